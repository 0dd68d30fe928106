"""A repeated request gives the first answer, whatever has happened since to the units it names."""

from __future__ import annotations

from typing import Any

import pytest

from services.registry.container import Container
from tests.integration.registry.people import Person, facility, unit

LATE = {"occurred_on": "2018-01-01"}
#: Tam Điệp turns out to have ended before what is repeated here.
ENDED = {"reason": "merged", "successors": ["nho-quan"], "occurred_on": "2014-01-01"}


def repeated(person: Person, path: str, body: Any, then: Person) -> None:
    first = person.post(path, body, Idempotency_Key="once")
    assert first.status_code == 201, first.get_json()
    then.did("/units/tam-diep/closures", ENDED)
    again = person.post(path, body, Idempotency_Key="once")
    assert (again.status_code, again.get_json()) == (201, first.get_json())


def test_of_a_registration(lan: Person, boss: Person) -> None:
    repeated(lan, "/facilities", facility(unit_id="tam-diep"), boss)


def test_of_a_move(lan: Person, boss: Person) -> None:
    repeated(lan, f"{lan.registered('NB-001')}/moves", {"unit_id": "tam-diep", **LATE}, boss)


def test_of_an_appointment(lan: Person, boss: Person) -> None:
    at = lan.did("/officers", {"person": {"name": "Hoa"}, "occurred_on": "2016-01-01"})
    repeated(lan, f"{at}/appointments", {"unit_id": "tam-diep", "dedicated": True, **LATE}, boss)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/facilities/none/moves", {"unit_id": "nowhere", **LATE}),
        ("/officers/none/appointments", {"unit_id": "nowhere", "dedicated": True, **LATE}),
        ("/officers/none/reliefs", {"unit_id": "nowhere", "reason": "x", **LATE}),
        ("/units/none/closures", {"successors": ["nowhere"], "reason": "x", **LATE}),
    ],
)
def test_what_is_not_there_is_said_to_be_not_there(boss: Person, path: str, body: Any) -> None:
    assert boss.post(path, body).status_code == 404


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/units", unit("cuc-phuong", "1", "Cúc Phương", parent_id="nowhere"), "/parent_id"),
        (
            "/units/tam-diep/closures",
            {"reason": "x", "successors": ["nho-quan", "nowhere"], **LATE},
            "/successors/1",
        ),
        (
            "/units/tam-diep/closures",
            {"reason": "x", "successors": ["nho-quan", "nho-quan"], **LATE},
            "/successors",
        ),
    ],
)
def test_a_unit_names_only_units_that_are_there_and_each_once(
    boss: Person, container: Container, path: str, body: Any, field: str
) -> None:
    head = container.log.head()
    answer = boss.post(path, body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.get_json()["errors"]] == [field]
    assert container.log.head() == head
