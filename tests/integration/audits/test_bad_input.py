"""What is wrong is refused with the name of every wrong field, and nothing of it reaches the log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.audits.container import Container
from tests.integration.audits.people import Person

Year = Callable[..., dict[str, Any]]


def wrong(answer: Any) -> list[str]:
    assert answer.status_code == 422, answer.get_json()
    return [error["field"] for error in answer.get_json()["errors"]]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/period/start", "2017-02-30"),
        ("/period/end", "2999-01-01"),
        ("/period/end", "2016-12-31"),
        ("/products", []),
        ("/products", None),
        ("/products/0/code", ""),
        ("/products/0/output", -1),
        ("/products/0/output", "-0.5"),
        ("/products/0/output", "NaN"),
        ("/products/0/output", True),
        ("/products/0/output", "1" * 19),
        ("/products/0/equivalence", 0),
        ("/flows/0/resource", "steam"),
        ("/flows/0/resource", None),
        ("/flows/0/unit", "kWh"),
        ("/flows/0/unit", "barrel"),
        ("/flows/0/basis", "guessed"),
        ("/flows/0/quantity", -1),
        ("/flows/1/cost_vnd", -5),
        ("/flows/1/cost_vnd", 1.5),
        ("/flows/1/product", "tile"),
        ("/flows/1/colour", "red"),
        ("/flows/0", "coal"),
    ],
)
def test_the_wrong_field_of_a_baseline_is_named(
    an: Person, measured: Year, container: Container, path: str, value: Any
) -> None:
    at = an.opened()
    body = measured()
    target: Any = body
    *way, last = path.strip("/").split("/")
    for step in way:
        target = target[int(step)] if step.isdigit() else target[step]
    target[int(last) if last.isdigit() else last] = value
    assert wrong(an.put(f"{at}/baseline", body)) == [path]
    assert container.log.head() == 1


def test_all_wrong_fields_are_named_at_once(an: Person, measured: Year) -> None:
    at = an.opened()
    body = measured()
    body["flows"][0].update(unit="kWh", product="tile")
    body["products"].append({**body["products"][0]})
    assert wrong(an.put(f"{at}/baseline", body)) == ["/products/1/code", "/flows/0/unit", "/flows/0/product"]


def test_what_cannot_be_right_is_refused_at_the_opening(an: Person, container: Container) -> None:
    good = {"facility_id": "f-gach", "method": "quick", "occurred_on": "2018-02-01"}
    assert wrong(an.post("", {**good, "facility_id": "f-none"})) == ["/facility_id"]
    assert wrong(an.post("", {**good, "method": "slow"})) == ["/method"]
    assert wrong(an.post("", {**good, "occurred_on": "2018-02-29"})) == ["/occurred_on"]
    assert wrong(an.post("", {**good, "occurred_on": "2999-01-01"})) == ["/occurred_on"]
    assert wrong(an.post("", {**good, "assessor": "someone else"})) == ["/assessor"]
    assert wrong(an.post("", {"method": 7})) == ["/facility_id", "/method", "/occurred_on"]
    assert container.log.head() == 0


def test_a_wrong_option_names_its_fields(an: Person) -> None:
    at = an.opened()
    option = {
        "option_class": "magic",
        "title": " ",
        "resources": ["coal-5-6", "steam"],
        "investment_vnd": -1,
        "occurred_on": "2018-02-20",
    }
    answer = an.post(f"{at}/options", option)
    assert set(wrong(answer)) == {"/option_class", "/title", "/resources/1", "/investment_vnd"}
    twice = {"option_class": "by-product", "title": "x", "resources": ["water", "water"]}
    assert wrong(an.post(f"{at}/options", {**twice, "occurred_on": "2018-02-20"})) == ["/resources/1"]


def test_a_follow_up_is_checked_against_the_baseline(an: Person, dung: Person, measured: Year) -> None:
    at, _ = an.submitted(measured())
    dung.did(f"{at}/approval", {"occurred_on": "2018-03-10"})
    assert wrong(an.post(f"{at}/follow-ups", measured(2017))) == ["/period/start"]
    in_pieces = measured(2019)
    in_pieces["products"][0]["unit"] = "pieces"
    assert wrong(an.post(f"{at}/follow-ups", in_pieces)) == ["/products/0/unit"]
    an.did(f"{at}/follow-ups", measured(2019))
    assert an.post(f"{at}/follow-ups", measured(2019)).status_code == 409


def test_what_does_not_exist_is_not_found(an: Person, dung: Person, measured: Year) -> None:
    on = {"occurred_on": "2018-03-10"}
    at = an.opened()
    for path in ("/none/submission", f"{at}/options/none/implementation"):
        assert an.post(path, on).status_code == 404
    assert dung.post(f"{at}/follow-ups/none/acceptance", on).status_code == 404
    for path in ("/none", f"{at}/options/none", f"{at}/follow-ups/none"):
        assert an.get(path).status_code == 404
    assert an.put("/none/baseline", measured()).status_code == 404
