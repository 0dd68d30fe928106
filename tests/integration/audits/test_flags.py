"""The queue of doubts over HTTP: found by a reviewer, decided, and taken up again after a correction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.integration.audits.people import People, Person

Year = Callable[..., dict[str, Any]]


def flags(person: Person, query: str = "") -> list[tuple[str, bool]]:
    return [(item["flag"], item["decided"]) for item in person.read(f"/flags{query}")["items"]]


def test_a_doubt_is_shown_decided_and_raised_again(
    an: Person, dung: Person, measured: Year, people: People
) -> None:
    at, _ = an.submitted(measured())
    dung.did(f"{at}/approval", {"occurred_on": "2018-03-10"})
    follow_up = an.did(f"{at}/follow-ups", measured(2019, coal="500"))["location"]
    # The electricity is that of the baseline too.
    assert sorted(flags(dung, "?decided=false")) == [("outlier", False), ("same-figure", False)]

    shown = an.get(follow_up).get_json()
    assert [flag["flag"] for flag in shown["flags"]] == ["outlier", "same-figure"]
    assert shown["left_out"]
    assert shown["flags"][0]["vi"].startswith("mức tiết kiệm vượt")
    saving = shown["saving"]
    assert saving["fuel_toe"] == {
        "expected": "600.000000",
        "actual": "250.000000",
        "saved": "350.000000",
        "percent": "58.33",
        "reason": None,
    }
    assert saving["cost_vnd"]["expected"] is None
    assert saving["cost_vnd"]["reason"]["en"].startswith("cannot be computed because")
    assert an.get(at).get_json()["follow_ups"][0] == shown

    keep = {"decision": "keep", "note": "lò mới, đã xem", "occurred_on": "2020-02-01"}
    assert an.post(f"{follow_up}/flag-review", keep | {"flag": "outlier"}).status_code == 403
    assert dung.post(f"{follow_up}/flag-review", keep | {"flag": "zero-output"}).status_code == 409
    dung.did(f"{follow_up}/flag-review", keep | {"flag": "outlier"})
    assert flags(dung, "?decided=false") == [("same-figure", False)]
    assert flags(dung, "?decision=keep&q=lo%20moi") == [("outlier", True)]
    dung.did(f"{follow_up}/flag-review", keep | {"flag": "same-figure"})
    assert not an.get(follow_up).get_json()["left_out"]

    better = measured(2019, coal="1100")
    better["flows"][1]["quantity"] = "80000"
    an.did(f"{follow_up}/corrections", {**better, "reason": "thiếu số liệu"})
    assert flags(dung) == []
    again = measured(2019, coal="500")
    an.did(f"{follow_up}/corrections", {**again, "reason": "nhầm lại"})
    assert sorted(flags(dung)) == [("outlier", False), ("same-figure", False)]
    local = people.sign_in("hoa", "operator", districts=["tam-diep"])
    assert flags(local) == []


def test_a_product_is_told_apart_from_a_new_one(an: Person, dung: Person, measured: Year) -> None:
    at, _ = an.submitted(measured())
    dung.did(f"{at}/approval", {"occurred_on": "2018-03-10"})
    after = measured(2019, coal="1080")
    after["products"].append({"code": "tile", "name": "Ngói", "unit": "m2", "output": 500, "equivalence": 2})
    follow_up = an.did(f"{at}/follow-ups", after)["location"]
    saving = an.get(follow_up).get_json()["saving"]
    assert saving["new_products"] == ["Ngói"]
    (brick,) = saving["by_product"]
    assert (brick["code"], brick["name"]) == ("brick", "Gạch nung")
    assert brick["saved"] == saving["energy_toe"]["saved"]
