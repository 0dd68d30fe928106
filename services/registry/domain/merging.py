"""Which records are duplicates of which. One stream, ``merge-register:all``: its rules are about pairs.

A merge says that two records are one facility, on all days: `occurred_on` is the day of the decision. The
survivor stands for both; it is never merged itself while it does, so the register is a forest of depth 1.
To unmerge leaves nothing of the merge but its history.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from services.eventkit.decider import Decider
from services.eventkit.errors import InvalidInput, Refused
from services.eventkit.events import Event
from services.registry.domain.events import (
    DeclaredDistinct,
    FacilityAbsorbed,
    FacilityMerged,
    FacilityReleased,
    FacilityUnmerged,
)

#: The id of the one register.
REGISTER = "all"


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    survivor_id: str
    on: date
    reason: str


class MergeRegister(msgspec.Struct, frozen=True):
    """`merged` is by the id of the duplicate; `distinct` holds pairs of ids, each in order."""

    merged: dict[str, Merged] = {}
    distinct: frozenset[tuple[str, str]] = frozenset()

    def survivor_of(self, id_: str) -> str | None:
        """The facility of which this is a duplicate."""
        found = self.merged.get(id_)
        return None if found is None else found.survivor_id

    def duplicates_of(self, id_: str) -> list[str]:
        return sorted(duplicate for duplicate, merged in self.merged.items() if merged.survivor_id == id_)

    def are_distinct(self, one: str, other: str) -> bool:
        return _pair(one, other) in self.distinct


class Merge(msgspec.Struct, frozen=True, kw_only=True):
    duplicate_id: str
    survivor_id: str
    reason: str
    occurred_on: date


class Unmerge(msgspec.Struct, frozen=True, kw_only=True):
    duplicate_id: str
    reason: str
    occurred_on: date


class DeclareDistinct(msgspec.Struct, frozen=True, kw_only=True):
    """The two are not proposed as duplicates again. Merged all the same, they are distinct once unmerged."""

    facility_id: str
    other_id: str
    reason: str
    occurred_on: date


Command = Merge | Unmerge | DeclareDistinct


def ensure_not_merged(register: MergeRegister, id_: str) -> None:
    """Raises `Refused`: what is written about a duplicate is written about its survivor."""
    survivor = register.survivor_of(id_)
    if survivor is not None:
        raise Refused(
            f"Facility {id_} was merged into {survivor}: write to {survivor}, or unmerge {id_} first."
        )


def decide(command: Command, register: MergeRegister) -> Sequence[Event]:
    if isinstance(command, Merge):
        return _merge(command, register)
    if isinstance(command, Unmerge):
        return _unmerge(command, register)
    return _declare_distinct(command, register)


def _merge(command: Merge, register: MergeRegister) -> Sequence[Event]:
    duplicate, survivor = command.duplicate_id, command.survivor_id
    if duplicate == survivor:
        raise InvalidInput.at("/survivor_id", "must be another facility than the duplicate")
    present = register.survivor_of(duplicate)
    if present == survivor:
        return []
    if present is not None:
        raise Refused(f"Facility {duplicate} was merged into {present} already. Unmerge it first.")
    further = register.survivor_of(survivor)
    if further is not None:
        raise Refused(f"Facility {survivor} was itself merged into {further}. Merge into {further}.")
    own = register.duplicates_of(duplicate)
    if own:
        raise Refused(
            f"Facility {duplicate} has duplicates of its own ({', '.join(own)}). "
            f"Unmerge these and merge them into {survivor}, or merge {survivor} into {duplicate}."
        )
    return [
        FacilityMerged(
            facility_id=duplicate,
            survivor_id=survivor,
            reason=command.reason,
            occurred_on=command.occurred_on,
        ),
        FacilityAbsorbed(facility_id=survivor, duplicate_id=duplicate, occurred_on=command.occurred_on),
    ]


def _unmerge(command: Unmerge, register: MergeRegister) -> Sequence[Event]:
    duplicate = command.duplicate_id
    survivor = register.survivor_of(duplicate)
    if survivor is None:
        raise Refused(f"Facility {duplicate} is not merged into another.")
    return [
        FacilityUnmerged(
            facility_id=duplicate,
            survivor_id=survivor,
            reason=command.reason,
            occurred_on=command.occurred_on,
        ),
        FacilityReleased(facility_id=survivor, duplicate_id=duplicate, occurred_on=command.occurred_on),
    ]


def _declare_distinct(command: DeclareDistinct, register: MergeRegister) -> Sequence[Event]:
    one, other = command.facility_id, command.other_id
    if one == other:
        raise InvalidInput.at("/other_id", "must be another facility")
    if register.survivor_of(one) == other or register.survivor_of(other) == one:
        raise Refused(f"Facilities {one} and {other} are merged. Unmerge them first.")
    if register.are_distinct(one, other):
        return []
    return [
        DeclaredDistinct(
            facility_id=one, other_id=other, reason=command.reason, occurred_on=command.occurred_on
        )
    ]


def evolve(register: MergeRegister, event: Event) -> MergeRegister:
    if isinstance(event, FacilityMerged):
        merged = Merged(survivor_id=event.survivor_id, on=event.occurred_on, reason=event.reason)
        return MergeRegister({**register.merged, event.facility_id: merged}, register.distinct)
    if isinstance(event, FacilityUnmerged):
        kept = {id_: merged for id_, merged in register.merged.items() if id_ != event.facility_id}
        return MergeRegister(kept, register.distinct)
    if isinstance(event, DeclaredDistinct):
        return MergeRegister(register.merged, register.distinct | {_pair(event.facility_id, event.other_id)})
    return register


def _pair(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)


MERGES: Decider[Command, MergeRegister] = Decider(
    "merge-register", MergeRegister(), decide, evolve, state=MergeRegister
)
