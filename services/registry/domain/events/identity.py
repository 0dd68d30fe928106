"""Two records that turn out to be one facility, and that were declared not to be."""

from __future__ import annotations

from services.registry.domain.events.core import FacilityEvent, catalogue


@catalogue.event("facility.merged")
class FacilityMerged(FacilityEvent, frozen=True, kw_only=True):
    """This record is a duplicate of the survivor's: one facility, on all days."""

    survivor_id: str
    reason: str


@catalogue.event("facility.unmerged")
class FacilityUnmerged(FacilityEvent, frozen=True, kw_only=True):
    """This record is a facility of its own again, as if it had never been merged."""

    survivor_id: str
    reason: str


@catalogue.event("facility.absorbed")
class FacilityAbsorbed(FacilityEvent, frozen=True, kw_only=True):
    """Stands with `facility.merged` in one commit, so that the survivor's own history tells it."""

    duplicate_id: str


@catalogue.event("facility.released")
class FacilityReleased(FacilityEvent, frozen=True, kw_only=True):
    """Stands with `facility.unmerged` in one commit."""

    duplicate_id: str


@catalogue.event("facility.declared-distinct")
class DeclaredDistinct(FacilityEvent, frozen=True, kw_only=True):
    """The two are alike but not the same; they are not proposed as duplicates again."""

    other_id: str
    reason: str
