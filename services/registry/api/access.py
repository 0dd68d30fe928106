"""What the routes share: the container, loading, and checks that need a second stream."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar, cast

from flask import Response

from services.eventkit.decider import Decider
from services.eventkit.errors import InvalidInput
from services.eventkit.http import (
    command_context,
    ensure_district,
    expected_version,
    principal,
    receipt_response,
    service,
)
from services.registry.container import Container
from services.registry.domain import facility, officer, unit
from services.registry.domain.facility import FACILITY, Facility
from services.registry.domain.merging import ensure_not_merged
from services.registry.domain.officer import OFFICER, Officer
from services.registry.domain.unit import UNIT, Unit

FACILITIES = "/api/v1/facilities"
UNITS = "/api/v1/units"
OFFICERS = "/api/v1/officers"

C = TypeVar("C")
S = TypeVar("S")


def container() -> Container:
    return cast(Container, service())


def written(
    decider: Decider[C, S],
    id_: str,
    command: C,
    location: str,
    *,
    guard: Callable[[S], None] | None = None,
    status: int = 201,
) -> Response:
    """Execute the command as the request asks (its key, its `If-Match`); the receipt leads to `location`."""
    receipt = container().bus.execute(
        decider, id_, command, command_context(), expected_version=expected_version(), guard=guard
    )
    return receipt_response(receipt, status, location=location)


def load_facility(id_: str) -> tuple[Facility, int]:
    """(facility, version). Raises `NotFound`, or `Forbidden` for another district's."""
    loaded = container().bus.load(FACILITY, id_)
    found = facility.existing(loaded.state)
    ensure_district(found.unit.latest or "")
    return found, loaded.version


def load_unit(id_: str) -> tuple[Unit, int]:
    loaded = container().bus.load(UNIT, id_)
    return unit.existing(loaded.state), loaded.version


def load_officer(id_: str) -> tuple[Officer, int]:
    loaded = container().bus.load(OFFICER, id_)
    return officer.existing(loaded.state), loaded.version


def own_facility(state: Facility | None) -> None:
    """A guard: the facility stands in a district of the caller's, and is no duplicate merged into another.

    A merge between this and the commit hinders nothing: what was written of a duplicate counts for nobody
    until it is unmerged.
    """
    found = facility.existing(state)
    ensure_district(found.unit.latest or "")
    ensure_not_merged(container().merges.register(), found.id)


def own_units(asked: str | None) -> Any:
    """What a list filters `unit_id` by: the unit asked for, within the districts of the caller."""
    districts = principal().districts
    if districts is None:
        return asked
    return {"$in": sorted(districts if asked is None else districts & {asked})}


def ensure_unit(unit_id: str, on: date, field: str = "/unit_id") -> None:
    """The unit exists on that day, and the caller may act in it."""
    found: Unit | None = container().bus.load(UNIT, unit_id).state
    if found is None:
        raise InvalidInput.at(field, f"there is no unit {unit_id!r}; see the list of units")
    if not found.exists_on(on):
        until = f" to {found.valid_to}" if found.valid_to else ""
        raise InvalidInput.at(field, f"unit {unit_id!r} exists from {found.valid_from}{until}, not on {on}")
    ensure_district(unit_id)
