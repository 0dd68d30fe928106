"""Administrative reorganisations, and the official counts of facilities by unit."""

from __future__ import annotations

from typing import Literal

import msgspec

from services.eventkit.events import Event
from services.registry.domain.events.core import Level, UnitEvent, catalogue


class UnitChange(msgspec.Struct, frozen=True):
    """What becomes of a unit. Empty `successors`: none, or not known yet."""

    unit_id: str
    kind: Literal["rename", "merge", "split", "end-of-level"]
    successors: tuple[str, ...] = ()


class NewUnit(msgspec.Struct, frozen=True):
    unit_id: str
    code: str
    name: str
    level: Level
    kind: str
    parent_id: str | None = None


class ReorganisationEvent(Event, frozen=True, kw_only=True):
    reorganisation_id: str

    @property
    def subject(self) -> str:
        return f"reorganisation:{self.reorganisation_id}"


@catalogue.event("reorganisation.announced")
class ReorganisationAnnounced(ReorganisationEvent, frozen=True, kw_only=True):
    """`occurred_on` is the day it takes effect. `complete` is False while units are missing from the data."""

    title: str
    source: str
    complete: bool
    changes: tuple[UnitChange, ...]
    new_units: tuple[NewUnit, ...]


@catalogue.event("reorganisation.applied")
class ReorganisationApplied(ReorganisationEvent, frozen=True, kw_only=True):
    """`facilities_waiting` still stand in a unit that ended, because it has not exactly one successor."""

    units: int
    facilities_moved: int
    facilities_waiting: int


@catalogue.event("official-count.published")
class OfficialCountPublished(UnitEvent, frozen=True, kw_only=True):
    """How many industrial facilities a unit has by the statistics office; `households` of these."""

    facilities: int
    source: str
    households: int | None = None
