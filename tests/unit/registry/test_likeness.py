"""What a registrar is shown before merging: too much hides the duplicates, too little leaves them there."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest

from services.registry.domain.events import FacilityKind, Product
from services.registry.domain.facility import FACILITY, Facility
from services.registry.domain.likeness import Alike, compared, strength, strongest, warnings
from services.registry.domain.merging import MergeRegister
from tests.unit.registry.facts import closed, registered


def alike(
    id_: str = "a", name: str = "gach dong son", unit: str = "nho-quan", tax: str | None = None
) -> Alike:
    return Alike(id_, name, unit, tax)


CODE = "2700123456"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (alike(tax=CODE), alike(tax=CODE, name="khac", unit="tam-diep"), "strong"),
        (alike(tax=f"{CODE}-001"), alike(tax=f"{CODE}001", name="khac"), "strong"),
        (alike(tax=CODE), alike(tax=f"{CODE}-001", unit="tam-diep"), "strong"),
        (alike(tax=CODE), alike(tax=f"{CODE}-001", name="chi nhanh 1"), "weak"),
        (alike(tax=f"{CODE}-001"), alike(tax=f"{CODE}-002", name="chi nhanh 2"), "weak"),
        (alike(), alike(), "strong"),
        (alike(tax=CODE), alike(), "strong"),
        (alike(tax=CODE), alike(tax="2700999999"), "weak"),
        (alike(), alike(unit="tam-diep"), None),
        (alike(tax=CODE), alike(tax="2700999999", name="khac"), None),
        (alike(), alike(name="khac"), None),
    ],
)
def test_how_alike_two_are(one: Alike, other: Alike, expected: str | None) -> None:
    assert strength(one, other) == strength(other, one) == expected


def test_pairs_that_were_declared_distinct_say_nothing() -> None:
    records = [alike("a", tax=CODE), alike("b", tax=CODE), alike("c", tax=f"{CODE}-001", name="khac")]
    assert strongest(records, MergeRegister()) == "strong"
    assert strongest(records, MergeRegister(distinct=frozenset({("a", "b")}))) == "weak"
    every = frozenset({("a", "b"), ("a", "c"), ("b", "c")})
    assert strongest(records, MergeRegister(distinct=every)) is None


def facility(*more: Any, **changes: Any) -> Facility:
    state = FACILITY.fold([msgspec.structs.replace(registered, **changes), *more])
    assert state is not None
    return state


def test_each_field_is_equal_different_or_not_said() -> None:
    other = facility(
        facility_id="f2",
        code="NB-002",
        name="GẠCH ĐÔNG SƠN",
        tax_code="2700123456-001",
        kind=FacilityKind.HOUSEHOLD,
        employees=None,
        products=(Product(name="gạch nung", unit="viên"),),
    )
    found = compared(facility(), other)
    assert {field for field, same in found.items() if same} == {
        "name", "tax_code", "industry", "products", "unit_id", "status", "registered_on",
    }  # fmt: skip
    assert {field for field, same in found.items() if same is False} == {"code", "kind"}
    assert {field for field, same in found.items() if same is None} == {"employees", "latitude", "longitude"}


def test_what_a_merge_would_take_out_of_the_count_is_said() -> None:
    open_, shut = facility(), facility(closed(date(2019, 1, 1)))
    assert [warning.code for warning in warnings(open_, shut)] == ["survivor-not-operating"]
    assert list(warnings(shut, open_)) == list(warnings(open_, open_)) == []
    later = facility(occurred_on=date(2018, 1, 1))
    assert [warning.code for warning in warnings(open_, later)] == ["survivor-registered-later"]
