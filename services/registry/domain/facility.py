"""A facility: registered once, corrected, moved, suspended, closed, reopened. Stream ``facility:<id>``.

Every attribute is a dated history. Whether a change of status is possible is judged on the status of its own
day, so a late report falls into its place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from enum import StrEnum

import msgspec

from services.eventkit.decider import Decider
from services.eventkit.errors import InvalidInput, NotFound, Refused
from services.eventkit.events import Event
from services.registry.domain.events import (
    FacilityClosed,
    FacilityCorrected,
    FacilityKind,
    FacilityMoved,
    FacilityRegistered,
    FacilityReopened,
    FacilitySuspended,
    Industry,
    Product,
)
from services.registry.domain.history import History

#: The divisions of VSIC 2007 (10/2007/QĐ-TTg) and 2018 (27/2018/QĐ-TTg), by section.
SECTIONS = (
    ("A", 1, 3), ("B", 5, 9), ("C", 10, 33), ("D", 35, 35), ("E", 36, 39), ("F", 41, 43), ("G", 45, 47),
    ("H", 49, 53), ("I", 55, 56), ("J", 58, 63), ("K", 64, 66), ("L", 68, 68), ("M", 69, 75), ("N", 77, 82),
    ("O", 84, 84), ("P", 85, 85), ("Q", 86, 88), ("R", 90, 93), ("S", 94, 96), ("T", 97, 98), ("U", 99, 99),
)  # fmt: skip
#: Of VSIC 2025 (36/2025/QĐ-TTg): 22 sections, A to V, of 87 divisions, laid out as in ISIC Rev. 5.
#: A to F are as before; 45 is no more, and from 61 on the letters move.
SECTIONS_2025 = (
    ("A", 1, 3), ("B", 5, 9), ("C", 10, 33), ("D", 35, 35), ("E", 36, 39), ("F", 41, 43), ("G", 46, 47),
    ("H", 49, 53), ("I", 55, 56), ("J", 58, 60), ("K", 61, 63), ("L", 64, 66), ("M", 68, 68), ("N", 69, 75),
    ("O", 77, 82), ("P", 84, 84), ("Q", 85, 85), ("R", 86, 88), ("S", 90, 93), ("T", 94, 96), ("U", 97, 98),
    ("V", 99, 99),
)  # fmt: skip
VSIC = {2007: SECTIONS, 2018: SECTIONS, 2025: SECTIONS_2025}
VSIC_VERSIONS = tuple(VSIC)
INDUSTRY_CODE = "must be 2 to 5 digits that begin with a division of VSIC"
CORRECTABLE = (
    "code",
    "name",
    "kind",
    "industry",
    "tax_code",
    "employees",
    "products",
    "latitude",
    "longitude",
)


class Status(StrEnum):
    OPERATING = "operating"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class Details(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    name: str
    kind: FacilityKind
    industry: Industry
    tax_code: str | None = None
    employees: int | None = None
    products: tuple[Product, ...] = ()
    latitude: float | None = None
    longitude: float | None = None


class Facility(msgspec.Struct, frozen=True, kw_only=True):
    """`corrections` are (day, {field: value}) in order of recording; `codes` all that were ever claimed;
    `reorganisations` those that moved it."""

    id: str
    registered_on: date
    original: Details
    corrections: tuple[tuple[date, dict[str, object]], ...] = ()
    unit: History[str]
    status: History[Status]
    codes: frozenset[str]
    reorganisations: tuple[str, ...] = ()

    def details_on(self, day: date) -> Details:
        holding = sorted((c for c in self.corrections if c[0] <= day), key=lambda c: c[0])
        changes = {field: value for _, fields in holding for field, value in fields.items()}
        return msgspec.structs.replace(self.original, **changes)

    @property
    def details(self) -> Details:
        return self.details_on(date.max)


class Register(msgspec.Struct, frozen=True, kw_only=True):
    facility_id: str
    details: Details
    unit_id: str
    occurred_on: date


class Correct(msgspec.Struct, frozen=True, kw_only=True):
    """`changes` maps names of `CORRECTABLE` to their right values from `occurred_on` on."""

    changes: dict[str, object]
    reason: str
    occurred_on: date


class Move(msgspec.Struct, frozen=True, kw_only=True):
    unit_id: str
    occurred_on: date


class Reassign(msgspec.Struct, frozen=True, kw_only=True):
    """A unit ended on `occurred_on`: whatever stood in it then, and was not closed, is in its successor."""

    from_unit_id: str
    unit_id: str
    reorganisation_id: str
    occurred_on: date


class Suspend(msgspec.Struct, frozen=True, kw_only=True):
    reason: str
    occurred_on: date


class Close(msgspec.Struct, frozen=True, kw_only=True):
    reason: str
    occurred_on: date


class Reopen(msgspec.Struct, frozen=True, kw_only=True):
    reason: str
    occurred_on: date


Command = Register | Correct | Move | Reassign | Suspend | Close | Reopen


def section_of(industry: Industry) -> str | None:
    """The section letter of a code in its version, None when no section has its division."""
    division = int(industry.code[:2])
    sections = VSIC[industry.version]
    return next((letter for letter, first, last in sections if first <= division <= last), None)


def has_section(industry: Industry) -> bool:
    """Whether it is a code of its version of VSIC: 2 to 5 digits that begin with a division."""
    return re.fullmatch("[0-9]{2,5}", industry.code) is not None and section_of(industry) is not None


def check_industry(industry: Industry, field: str = "/industry") -> None:
    if industry.version not in VSIC_VERSIONS:
        raise InvalidInput.at(f"{field}/version", "must be 2007, 2018 or 2025")
    if not has_section(industry):
        raise InvalidInput.at(f"{field}/code", INDUSTRY_CODE)


def decide(command: Command, facility: Facility | None) -> Sequence[Event]:
    if isinstance(command, Register):
        return _register(command, facility)
    known = existing(facility)
    if isinstance(command, Reassign):
        return _reassign(command, known)
    if command.occurred_on < known.registered_on:
        raise InvalidInput.at(
            "/occurred_on", f"must not be before {known.registered_on}, the day of the registration"
        )
    if isinstance(command, Correct):
        return _correct(command, known)
    if isinstance(command, Move):
        return _move(command, known)
    return _change_status(command, known)


def existing(facility: Facility | None) -> Facility:
    if facility is None:
        raise NotFound("There is no such facility. Look for its id in the list of facilities.")
    return facility


def _register(command: Register, facility: Facility | None) -> Sequence[Event]:
    if facility is not None:
        raise Refused(f"Facility {facility.id} is registered already. Correct it instead.")
    check_industry(command.details.industry)
    return [
        FacilityRegistered(
            facility_id=command.facility_id,
            unit_id=command.unit_id,
            occurred_on=command.occurred_on,
            **msgspec.structs.asdict(command.details),
        )
    ]


def _correct(command: Correct, known: Facility) -> Sequence[Event]:
    present = known.details_on(command.occurred_on)
    changes = {k: v for k, v in command.changes.items() if getattr(present, k) != v}
    if isinstance(industry := changes.get("industry"), Industry):
        check_industry(industry, "/changes/industry")
    if not changes:
        return []
    event = FacilityCorrected(facility_id=known.id, reason=command.reason, occurred_on=command.occurred_on)
    return [msgspec.structs.replace(event, **changes)]


def _move(command: Move, known: Facility) -> Sequence[Event]:
    if known.unit.on(command.occurred_on) == command.unit_id:
        return []
    if known.status.on(command.occurred_on) is Status.CLOSED:
        raise Refused(f"The facility was closed on {command.occurred_on}: it can not move.")
    return [FacilityMoved(facility_id=known.id, unit_id=command.unit_id, occurred_on=command.occurred_on)]


def _reassign(command: Reassign, known: Facility) -> Sequence[Event]:
    day = command.occurred_on
    if known.unit.on(day) != command.from_unit_id or known.status.on(day) is Status.CLOSED:
        return []
    return [
        FacilityMoved(
            facility_id=known.id,
            unit_id=command.unit_id,
            reorganisation_id=command.reorganisation_id,
            occurred_on=day,
        )
    ]


def _change_status(command: Suspend | Close | Reopen, known: Facility) -> Sequence[Event]:
    status = known.status.on(command.occurred_on)
    event: type[FacilitySuspended | FacilityClosed | FacilityReopened]
    if isinstance(command, Suspend):
        allowed, event = status is Status.OPERATING, FacilitySuspended
    elif isinstance(command, Close):
        allowed, event = status is not Status.CLOSED, FacilityClosed
    else:
        allowed, event = status is not Status.OPERATING, FacilityReopened
    if not allowed:
        raise Refused(f"The facility was already {status} on {command.occurred_on}.")
    return [event(facility_id=known.id, reason=command.reason, occurred_on=command.occurred_on)]


def evolve(facility: Facility | None, event: Event) -> Facility | None:
    if isinstance(event, FacilityRegistered):
        return _registered(event)
    if facility is None:
        return None
    replace = msgspec.structs.replace
    if isinstance(event, FacilityCorrected):
        changes = {f: v for f in CORRECTABLE if (v := getattr(event, f)) is not None}
        codes = facility.codes | ({event.code} if event.code else set())
        return replace(
            facility, corrections=(*facility.corrections, (event.occurred_on, changes)), codes=codes
        )
    if isinstance(event, FacilityMoved):
        by = event.reorganisation_id
        acts = facility.reorganisations if by is None else (*facility.reorganisations, by)
        moved = facility.unit.since(event.occurred_on, event.unit_id)
        return replace(facility, unit=moved, reorganisations=acts)
    status = _STATUS_AFTER.get(type(event))
    if status is None:
        return facility
    return replace(facility, status=facility.status.since(event.occurred_on, status))


_STATUS_AFTER: dict[type[Event], Status] = {
    FacilitySuspended: Status.SUSPENDED,
    FacilityClosed: Status.CLOSED,
    FacilityReopened: Status.OPERATING,
}


def _registered(event: FacilityRegistered) -> Facility:
    unit: History[str] = History()
    status: History[Status] = History()
    return Facility(
        id=event.facility_id,
        registered_on=event.occurred_on,
        original=Details(**{name: getattr(event, name) for name in Details.__struct_fields__}),
        unit=unit.since(event.occurred_on, event.unit_id),
        status=status.since(event.occurred_on, Status.OPERATING),
        codes=frozenset({event.code}),
    )


def claims(facility: Facility | None, events: Sequence[Event]) -> tuple[str, ...]:
    """A facility's code is its own for ever, also after it has been given another."""
    own = facility.codes if facility is not None else frozenset()
    codes = {
        event.code
        for event in events
        if isinstance(event, FacilityRegistered | FacilityCorrected) and event.code is not None
    }
    return tuple(f"facility-code:{code}" for code in sorted(codes - own))


FACILITY: Decider[Command, Facility | None] = Decider("facility", None, decide, evolve, claims)
