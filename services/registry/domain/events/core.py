"""Facilities, administrative units, officers."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from services.eventkit.events import Catalogue, Event
from services.eventkit.sealed import Sealed

catalogue = Catalogue("registry")


class FacilityKind(StrEnum):
    ENTERPRISE = "enterprise"
    HOUSEHOLD = "household"


class Level(StrEnum):
    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"


class Industry(msgspec.Struct, frozen=True):
    """A code of the Vietnamese industry classification (VSIC): version 2007, 2018 or 2025; 2 to 5 digits."""

    version: int
    code: str


class Product(msgspec.Struct, frozen=True):
    name: str
    unit: str


class FacilityEvent(Event, frozen=True, kw_only=True):
    facility_id: str

    @property
    def subject(self) -> str:
        return f"facility:{self.facility_id}"


@catalogue.event("facility.registered")
class FacilityRegistered(FacilityEvent, frozen=True, kw_only=True):
    code: str
    name: str
    kind: FacilityKind
    industry: Industry
    unit_id: str
    tax_code: str | None = None
    employees: int | None = None
    products: tuple[Product, ...] = ()
    latitude: float | None = None
    longitude: float | None = None


@catalogue.event("facility.corrected")
class FacilityCorrected(FacilityEvent, frozen=True, kw_only=True):
    """Only the fields that change stand; they hold from `occurred_on`."""

    reason: str
    code: str | None = None
    name: str | None = None
    kind: FacilityKind | None = None
    industry: Industry | None = None
    tax_code: str | None = None
    employees: int | None = None
    products: tuple[Product, ...] | None = None
    latitude: float | None = None
    longitude: float | None = None


@catalogue.event("facility.moved")
class FacilityMoved(FacilityEvent, frozen=True, kw_only=True):
    """`reorganisation_id` names the reorganisation by which it found itself in another unit."""

    unit_id: str
    reorganisation_id: str | None = None


@catalogue.event("facility.suspended")
class FacilitySuspended(FacilityEvent, frozen=True, kw_only=True):
    reason: str


@catalogue.event("facility.closed")
class FacilityClosed(FacilityEvent, frozen=True, kw_only=True):
    reason: str


@catalogue.event("facility.reopened")
class FacilityReopened(FacilityEvent, frozen=True, kw_only=True):
    reason: str


class UnitEvent(Event, frozen=True, kw_only=True):
    unit_id: str

    @property
    def subject(self) -> str:
        return f"unit:{self.unit_id}"


@catalogue.event("unit.registered")
class UnitRegistered(UnitEvent, frozen=True, kw_only=True):
    code: str
    name: str
    level: Level
    kind: str
    parent_id: str | None = None
    reorganisation_id: str | None = None


@catalogue.event("unit.renamed")
class UnitRenamed(UnitEvent, frozen=True, kw_only=True):
    code: str
    name: str
    reorganisation_id: str | None = None


@catalogue.event("unit.closed")
class UnitClosed(UnitEvent, frozen=True, kw_only=True):
    reason: str
    successors: tuple[str, ...] = ()
    reorganisation_id: str | None = None


class OfficerEvent(Event, frozen=True, kw_only=True):
    officer_id: str

    @property
    def subject(self) -> str:
        return f"officer:{self.officer_id}"


@catalogue.event("officer.registered")
class OfficerRegistered(OfficerEvent, frozen=True, kw_only=True):
    """`person` holds name, phone and email, sealed with the officer's own key."""

    person: Sealed


@catalogue.event("officer.person-erased")
class OfficerPersonErased(OfficerEvent, frozen=True, kw_only=True):
    """The officer's key was dropped: who it was can not be read any more, here or in any copy."""

    reason: str


@catalogue.event("officer.appointed")
class OfficerAppointed(OfficerEvent, frozen=True, kw_only=True):
    unit_id: str
    dedicated: bool


@catalogue.event("officer.relieved")
class OfficerRelieved(OfficerEvent, frozen=True, kw_only=True):
    unit_id: str
    reason: str
