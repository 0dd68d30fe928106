"""Surveys and answers through the API on a real log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from services.training.container import Container
from tests.integration.training.people import HELD, LATER, Person

SignIn = Callable[..., Person]


def answers(container: Container) -> list[dict[str, Any]]:
    return [
        msgspec.json.decode(event.data)
        for stored in container.log.read(0, 1000)
        for event in stored.commit.events
        if event.type == "survey.answered"
    ]


def test_a_facilitys_later_answer_is_the_one_that_holds(mai: Person, container: Container) -> None:
    survey = mai.survey()
    mai.answered(survey, "f-coi")
    mai.answered(survey, "f-coi", "saves-energy", "cuts-cost", on=LATER)
    [item] = mai.items(f"{survey}/answers")
    assert item["benefits"] == ["cuts-cost", "saves-energy"]
    assert item["answered_on"] == LATER
    assert item["version"] == 2
    assert [(one["benefits"], one["occurred_on"], one["mode"]) for one in answers(container)] == [
        ([], HELD, "census"),
        (["cuts-cost", "saves-energy"], LATER, "census"),
    ]


def test_a_sample_answer_carries_its_weight_to_the_last_digit(mai: Person, container: Container) -> None:
    survey = mai.survey("sample")
    mai.answered(survey, "f-coi", "market", weight="12.50")
    assert answers(container)[0]["weight"] == "12.50"
    assert mai.items(f"{survey}/answers")[0]["weight"] == "12.50"


def test_a_closed_survey_takes_answers_of_the_days_it_was_open(mai: Person) -> None:
    survey = mai.survey()
    mai.did(f"{survey}/closure", {"occurred_on": HELD})
    late = {"facility_id": "f-coi", "benefits": [], "occurred_on": LATER}
    assert "no longer open" in mai.refused(409, f"{survey}/answers", late)["detail"]
    mai.answered(survey, "f-coi", "market", on=HELD)
    shown = mai.get(survey).get_json()
    assert (shown["status"], shown["closed_on"]) == ("closed", HELD)
    mai.refused(409, f"{survey}/closure", {"occurred_on": LATER})


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"facility_id": "f-unknown"}, "/facility_id"),
        ({"benefits": ["saves-time"]}, "/benefits/0"),
        ({"benefits": ["market", "market"]}, "/benefits"),
        ({"benefits": None}, "/benefits"),
        ({"weight": "2"}, "/weight"),
        ({"weight": "NaN"}, "/weight"),
        ({"occurred_on": "2999-01-01"}, "/occurred_on"),
    ],
)
def test_a_wrong_answer_is_named(
    mai: Person, container: Container, change: dict[str, Any], field: str
) -> None:
    survey = mai.survey()
    body = {"facility_id": "f-coi", "benefits": ["market"], "occurred_on": HELD, **change}
    problem = mai.refused(422, f"{survey}/answers", body)
    assert [error["field"] for error in problem["errors"]] == [field]
    assert answers(container) == []


def test_a_weight_of_a_sample_is_over_0(mai: Person) -> None:
    body = {"facility_id": "f-coi", "benefits": ["market"], "occurred_on": HELD, "weight": 0}
    problem = mai.refused(422, f"{mai.survey('sample')}/answers", body)
    assert problem["errors"][0]["field"] == "/weight"


def test_a_district_sees_and_writes_its_own_answers_only(mai: Person, sign_in: SignIn) -> None:
    survey = mai.survey()
    mai.answered(survey, "f-coi", "market")
    mai.answered(survey, "f-gom")
    local = sign_in("kim", "trainer", districts=["kim-son"])
    assert [item["facility_id"] for item in local.items(f"{survey}/answers")] == ["f-coi"]
    body = {"facility_id": "f-gom", "benefits": [], "occurred_on": LATER}
    local.refused(403, f"{survey}/answers", body)
    assert len(mai.items(f"{survey}/answers")) == 2


def test_surveys_are_listed_and_one_that_is_not_there_is_not_found(mai: Person) -> None:
    mai.survey("census", "Điều tra nhận thức 2018")
    mai.survey("sample", "Chọn mẫu 2019")
    assert [item["mode"] for item in mai.items("/surveys", q="dieu tra")] == ["census"]
    assert [item["title"] for item in mai.items("/surveys", mode="sample", status="open")] == [
        "Chọn mẫu 2019"
    ]
    assert mai.get("/surveys/none").status_code == 404
    assert mai.get("/surveys/none/answers").status_code == 404
    body = {"facility_id": "f-coi", "benefits": [], "occurred_on": HELD}
    mai.refused(404, "/surveys/none/answers", body)
