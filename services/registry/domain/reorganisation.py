"""An administrative reorganisation: announced as data, applied as one act. Stream ``reorganisation:<id>``.

What is announced may be incomplete (`complete` is False: successors are not known yet) and is then announced
anew, with more, as often as more is known; what was applied stays in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec

from services.eventkit.decider import Decider
from services.eventkit.errors import InvalidInput, NotFound, Refused
from services.eventkit.events import Event
from services.registry.domain.events import (
    NewUnit,
    ReorganisationAnnounced,
    ReorganisationApplied,
    UnitChange,
)


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    units: int
    facilities_moved: int
    facilities_waiting: int


class Reorganisation(msgspec.Struct, frozen=True, kw_only=True):
    """`day` is that from which it takes effect; `announcements` how often it was announced."""

    id: str
    title: str
    source: str
    complete: bool
    day: date
    changes: tuple[UnitChange, ...]
    new_units: tuple[NewUnit, ...]
    announcements: int
    applied: Applied | None = None

    @property
    def ended(self) -> list[UnitChange]:
        """The units that are no more from its day on."""
        return [change for change in self.changes if change.kind != "rename"]


class Announce(msgspec.Struct, frozen=True, kw_only=True):
    """A renamed unit keeps its id; its new code and name stand in `new_units` under that id."""

    reorganisation_id: str
    title: str
    source: str
    complete: bool
    changes: tuple[UnitChange, ...]
    new_units: tuple[NewUnit, ...]
    occurred_on: date


class RecordApplication(msgspec.Struct, frozen=True, kw_only=True):
    units: int
    facilities_moved: int
    facilities_waiting: int


Command = Announce | RecordApplication


def existing(state: Reorganisation | None) -> Reorganisation:
    if state is None:
        raise NotFound("There is no such reorganisation. Look for its id in the list of reorganisations.")
    return state


def decide(command: Command, state: Reorganisation | None) -> Sequence[Event]:
    if isinstance(command, Announce):
        return _announce(command, state)
    known = existing(state)
    if known.applied == Applied(**msgspec.structs.asdict(command)):
        return []
    return [
        ReorganisationApplied(
            reorganisation_id=known.id, occurred_on=known.day, **msgspec.structs.asdict(command)
        )
    ]


def _announce(command: Announce, state: Reorganisation | None) -> Sequence[Event]:
    _check(command)
    event = ReorganisationAnnounced(**msgspec.structs.asdict(command))
    if state is None:
        return [event]
    announced = _announced(event, state)
    if msgspec.structs.replace(announced, announcements=state.announcements) == state:
        return []
    if state.complete:
        raise Refused(f"Reorganisation {state.id} is complete. Announce another under an id of its own.")
    if state.applied is not None:
        _ensure_kept(command, state)
    return [event]


def _ensure_kept(command: Announce, state: Reorganisation) -> None:
    """What was applied can not be unsaid."""
    if command.occurred_on != state.day:
        raise Refused(f"Reorganisation {state.id} was applied from {state.day} on: its day stays.")
    now = {change.unit_id: change for change in command.changes}
    lost = [each.unit_id for each in state.changes if not _is_kept(each, now.get(each.unit_id))]
    known = {new.unit_id for new in command.new_units}
    lost += [new.unit_id for new in state.new_units if new.unit_id not in known]
    if lost:
        raise Refused(
            f"Reorganisation {state.id} was applied to {', '.join(lost)}: announce these as before."
        )


def _is_kept(before: UnitChange, now: UnitChange | None) -> bool:
    """Successors may be named once: all of them, after none."""
    return now is not None and now.kind == before.kind and before.successors in ((), now.successors)


def _check(command: Announce) -> None:
    changes, new = command.changes, command.new_units
    _ensure_once("/changes", (change.unit_id for change in changes))
    _ensure_once("/new_units", (unit.unit_id for unit in new))
    if not changes and not new:
        raise InvalidInput.at("/changes", "must name a unit, unless there are new ones")
    named = {unit.unit_id for unit in new}
    renamed = {change.unit_id for change in changes if change.kind == "rename"}
    ended = {change.unit_id for change in changes} - renamed
    for index, change in enumerate(changes):
        _check_change(f"/changes/{index}", change, named, ended, command.complete)
    for index, unit in enumerate(new):
        if unit.unit_id in ended:
            raise InvalidInput.at(f"/new_units/{index}/unit_id", "is a unit that ends; choose another id")
        if unit.parent_id in ended:
            raise InvalidInput.at(f"/new_units/{index}/parent_id", "must not be a unit that ends")


def _check_change(at: str, change: UnitChange, new: set[str], ended: set[str], complete: bool) -> None:
    successors = change.successors
    if change.kind == "rename":
        if change.unit_id not in new:
            raise InvalidInput.at(f"{at}/unit_id", "a renamed unit needs its code and name in new_units")
        if successors:
            raise InvalidInput.at(f"{at}/successors", "must be empty: a renamed unit goes on under its id")
        return
    _ensure_once(f"{at}/successors", successors)
    if ended.intersection(successors):
        raise InvalidInput.at(f"{at}/successors", "must not name a unit that ends")
    if change.kind == "merge" and len(successors) != 1:
        raise InvalidInput.at(f"{at}/successors", "must be the one unit into which it is merged")
    if change.kind == "split" and len(successors) == 1:
        raise InvalidInput.at(f"{at}/successors", "must be several, or none while they are not known")
    if complete and not successors:
        raise InvalidInput.at(f"{at}/successors", "must be named, or the whole marked complete: false")


def _ensure_once(at: str, ids: Iterable[str]) -> None:
    seen: set[str] = set()
    for index, id_ in enumerate(ids):
        if id_ in seen:
            raise InvalidInput.at(f"{at}/{index}", f"names {id_} again; once is enough")
        seen.add(id_)


def evolve(state: Reorganisation | None, event: Event) -> Reorganisation | None:
    if isinstance(event, ReorganisationAnnounced):
        return _announced(event, state)
    if state is not None and isinstance(event, ReorganisationApplied):
        applied = Applied(
            units=event.units,
            facilities_moved=event.facilities_moved,
            facilities_waiting=event.facilities_waiting,
        )
        return msgspec.structs.replace(state, applied=applied)
    return state


def _announced(event: ReorganisationAnnounced, before: Reorganisation | None) -> Reorganisation:
    return Reorganisation(
        id=event.reorganisation_id,
        title=event.title,
        source=event.source,
        complete=event.complete,
        day=event.occurred_on,
        changes=event.changes,
        new_units=event.new_units,
        announcements=1 if before is None else before.announcements + 1,
        applied=None if before is None else before.applied,
    )


REORGANISATION: Decider[Command, Reorganisation | None] = Decider("reorganisation", None, decide, evolve)
