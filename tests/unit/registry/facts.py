"""A brick works, a district and an officer: the facts that the tests of the registry begin with."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.eventkit.sealed import Sealed
from services.registry.domain.events import (
    FacilityClosed,
    FacilityCorrected,
    FacilityKind,
    FacilityMoved,
    FacilityRegistered,
    FacilityReopened,
    FacilitySuspended,
    Industry,
    Level,
    OfficerAppointed,
    OfficerRegistered,
    OfficerRelieved,
    Product,
    UnitClosed,
    UnitRegistered,
    UnitRenamed,
)
from services.registry.domain.facility import Details, Register

REGISTERED_ON = date(2015, 3, 1)
DETAILS: dict[str, Any] = {
    "code": "NB-001",
    "name": "Gạch Đông Sơn",
    "kind": FacilityKind.ENTERPRISE,
    "industry": Industry(version=2007, code="2392"),
    "tax_code": "2700123456",
    "employees": 120,
    "products": (Product(name="Gạch nung", unit="1000 viên"),),
}
FACILITY = {"facility_id": "f1"}
registered = FacilityRegistered(**FACILITY, **DETAILS, unit_id="nho-quan", occurred_on=REGISTERED_ON)


def register(**changes: Any) -> Register:
    return Register(
        facility_id="f1", details=Details(**DETAILS | changes), unit_id="nho-quan", occurred_on=REGISTERED_ON
    )


def corrected(day: date, **changes: Any) -> FacilityCorrected:
    return FacilityCorrected(**FACILITY, reason="seen on site", occurred_on=day, **changes)


def moved(unit_id: str, day: date) -> FacilityMoved:
    return FacilityMoved(**FACILITY, unit_id=unit_id, occurred_on=day)


def suspended(day: date) -> FacilitySuspended:
    return FacilitySuspended(**FACILITY, reason="no orders", occurred_on=day)


def closed(day: date) -> FacilityClosed:
    return FacilityClosed(**FACILITY, reason="bankrupt", occurred_on=day)


def reopened(day: date) -> FacilityReopened:
    return FacilityReopened(**FACILITY, reason="new owner", occurred_on=day)


unit_registered = UnitRegistered(
    unit_id="nho-quan",
    code="372",
    name="Huyện Nho Quan",
    level=Level.DISTRICT,
    kind="district",
    parent_id="ninh-binh",
    occurred_on=date(2000, 1, 1),
)


def unit_renamed(code: str, name: str, day: date) -> UnitRenamed:
    return UnitRenamed(unit_id="nho-quan", code=code, name=name, occurred_on=day)


unit_closed = UnitClosed(
    unit_id="nho-quan", reason="merged", successors=("hoa-lu",), occurred_on=date(2025, 7, 1)
)

PERSON = Sealed(person="officer:o1", box="c2VhbGVk")
officer_registered = OfficerRegistered(officer_id="o1", person=PERSON, occurred_on=date(2016, 1, 1))


def appointed(unit_id: str, day: date, *, dedicated: bool = True) -> OfficerAppointed:
    return OfficerAppointed(officer_id="o1", unit_id=unit_id, dedicated=dedicated, occurred_on=day)


def relieved(unit_id: str, day: date) -> OfficerRelieved:
    return OfficerRelieved(officer_id="o1", unit_id=unit_id, reason="retired", occurred_on=day)
