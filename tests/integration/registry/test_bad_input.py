"""What is wrong is refused with the name of every wrong field, and nothing of it reaches the log."""

from __future__ import annotations

from typing import Any

import pytest

from services.registry.container import Container
from tests.integration.registry.people import Person, facility, unit

DAY = {"occurred_on": "2016-01-01"}


def wrong(answer: Any) -> list[str]:
    assert answer.status_code == 422, answer.get_json()
    return sorted(error["field"] for error in answer.get_json()["errors"])


WRONG: list[tuple[str, Any]] = [
    ("/code", ""),
    ("/code", "NB 001"),
    ("/code", "NB-001\n"),
    ("/code", "x" * 41),
    ("/code", 1),
    ("/name", "  "),
    ("/name", "Gạch\x00Sơn"),
    ("/name", "x" * 201),
    ("/name", None),
    ("/kind", "factory"),
    ("/industry", None),
    ("/industry/version", 2016),
    ("/industry/code", "2"),
    ("/industry/code", "34"),
    ("/industry/code", "2392\n"),
    ("/industry/code", 2392),
    ("/tax_code", "27001"),
    ("/tax_code", "2700123456\n"),
    ("/employees", -1),
    ("/employees", 1.5),
    ("/employees", True),
    ("/employees", "12"),
    ("/products", {}),
    ("/products/0/name", ""),
    ("/products/0/unit", 5),
    ("/products/0/colour", "red"),
    ("/latitude", 91),
    ("/latitude", True),
    ("/longitude", -181),
    ("/unit_id", "Nho Quan"),
    ("/occurred_on", "2015-02-29"),
    ("/occurred_on", "2999-01-01"),
    ("/occurred_on", "1989-12-31"),
    ("/owner", "x"),
]


def test_the_wrong_field_of_a_registration_is_named(lan: Person, container: Container) -> None:
    head = container.log.head()
    for path, value in WRONG:
        body = facility()
        target: Any = body
        *way, last = path.strip("/").split("/")
        for step in way:
            target = target[int(step)] if step.isdigit() else target[step]
        target[last] = value
        assert wrong(lan.post("/facilities", body)) == [path], value
    assert container.log.head() == head


def test_all_wrong_fields_are_named_at_once(lan: Person, container: Container) -> None:
    head = container.log.head()
    body = facility(
        "", " ", kind="x", tax_code="1", employees=-1, latitude=99, industry={"version": 1, "code": "34"}
    )
    assert wrong(lan.post("/facilities", body)) == [
        "/code",
        "/employees",
        "/industry/code",
        "/industry/version",
        "/kind",
        "/latitude",
        "/name",
        "/tax_code",
    ]
    required = ["/code", "/industry", "/kind", "/name", "/occurred_on", "/unit_id"]
    assert wrong(lan.post("/facilities", {})) == required
    assert container.log.head() == head


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"industry": {"code": "2392"}}, ["/changes/industry/version"]),
        ({"industry": {"version": 2018, "code": "00"}}, ["/changes/industry/code"]),
        ({"products": [{"name": "Gạch"}]}, ["/changes/products/0/unit"]),
        ({"unit_id": "tam-diep"}, ["/changes/unit_id"]),
        ({"code": "NB-001\n", "employees": -1}, ["/changes/code", "/changes/employees"]),
    ],
)
def test_the_wrong_field_of_a_correction_is_named(
    lan: Person, container: Container, changes: dict[str, Any], fields: list[str]
) -> None:
    at = lan.registered("NB-001")
    head = container.log.head()
    assert wrong(lan.post(f"{at}/corrections", {"changes": changes, "reason": "x", **DAY})) == fields
    assert container.log.head() == head


def test_a_change_of_status_or_place_needs_its_day_and_reason(lan: Person, container: Container) -> None:
    at = lan.registered("NB-001")
    head = container.log.head()
    for way in ("suspensions", "closures", "reopenings"):
        assert wrong(lan.post(f"{at}/{way}", {})) == ["/occurred_on", "/reason"]
    assert wrong(lan.post(f"{at}/moves", {})) == ["/occurred_on", "/unit_id"]
    assert wrong(lan.post(f"{at}/corrections", {"reason": " "})) == ["/changes", "/occurred_on", "/reason"]
    assert container.log.head() == head


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"id": "Gia Vien", "code": "37x", "name": ""}, ["/code", "/id", "/name"]),
        ({"code": "371\n"}, ["/code"]),
        ({"id": "export"}, ["/id"]),
        ({"level": "village", "kind": "village"}, ["/kind", "/level"]),
        ({"parent_id": "ha-noi"}, ["/parent_id"]),
        ({"parent_id": "gia-vien"}, ["/parent_id"]),
    ],
)
def test_the_wrong_field_of_a_unit_is_named(
    boss: Person, container: Container, changes: dict[str, Any], fields: list[str]
) -> None:
    head = container.log.head()
    assert wrong(boss.post("/units", unit("gia-vien", "371", "Gia Viễn") | changes)) == fields
    assert container.log.head() == head


@pytest.mark.parametrize(
    ("person", "fields"),
    [
        ({}, ["/person/name"]),
        ({"name": "Hoa", "phone": "call me", "email": "at home"}, ["/person/email", "/person/phone"]),
        ({"name": "Hoa", "phone": "0912345678\n"}, ["/person/phone"]),
        ({"name": "Hoa", "address": "x"}, ["/person/address"]),
        (None, ["/person"]),
    ],
)
def test_the_wrong_field_of_an_officer_is_named(
    lan: Person, container: Container, person: Any, fields: list[str]
) -> None:
    head = container.log.head()
    assert wrong(lan.post("/officers", {"person": person, **DAY})) == fields
    assert container.log.head() == head
