"""Courses, participations and answers as files; the names of those who attended stay sealed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.integration.training.people import Person


def records(person: Person, path: str, **query: Any) -> list[dict[str, Any]]:
    answer = person.get(f"{path}/export", format="jsonl", **query)
    assert answer.status_code == 200, answer.data
    meta, *found, end = map(json.loads, answer.data.splitlines())
    assert meta["_meta"]["route"].endswith(path)
    assert end["_meta"]["position_at_end"] == meta["_meta"]["position"]
    return found


def test_who_attended_is_exported_without_the_name(mai: Person) -> None:
    session = mai.session(mai.course("facilities"))
    mai.attended(session, facility_id="f-coi", attendee={"name": "Trần Văn Ngọc"})

    for format_ in ("csv", "jsonl"):
        assert "Ngọc".encode() not in mai.get("/participations/export", format=format_).data
    assert records(mai, "/participations") == mai.items("/participations")


def test_the_answers_of_one_survey_are_exported_within_the_own_districts(
    mai: Person, sign_in: Callable[..., Person]
) -> None:
    survey, other = mai.survey("sample"), mai.survey()
    mai.answered(survey, "f-coi", "market", weight="12.50")
    mai.answered(other, "f-coi")
    stranger = sign_in("an", "trainer", districts=["elsewhere"])

    assert records(mai, f"{survey}/answers") == mai.items(f"{survey}/answers")
    assert records(stranger, f"{survey}/answers") == []
    assert mai.get("/surveys/unknown/answers/export").status_code == 404
