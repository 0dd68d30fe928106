"""What a reorganisation does to the units: the commands that carry it out, or why it can not be.

All is looked at before anything is done, so that what can not be applied leaves nothing. What stands already,
from an application that was cut off or by hand, is not done again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from services.eventkit.errors import Refused
from services.registry.domain import unit
from services.registry.domain.events import NewUnit, UnitChange
from services.registry.domain.reorganisation import Reorganisation
from services.registry.domain.unit import CloseUnit, RegisterUnit, RenameUnit, Unit

UnitCommand = tuple[str, unit.Command]


def touched(reorganisation: Reorganisation) -> set[str]:
    """The units that must be known to say what is to be done."""
    ids = {change.unit_id for change in reorganisation.changes}
    ids |= {successor for change in reorganisation.changes for successor in change.successors}
    for new in reorganisation.new_units:
        ids |= {new.unit_id} | ({new.parent_id} if new.parent_id else set())
    return ids


def unit_commands(reorganisation: Reorganisation, units: Mapping[str, Unit]) -> list[UnitCommand]:
    """(unit, command) in the order in which they are to be run. Raises `Refused` with all that hinders it.

    `units` are those of `touched` that are registered.
    """
    problems = list(_problems(reorganisation, units))
    if problems:
        raise Refused(f"Reorganisation {reorganisation.id} can not be applied: {'; '.join(problems)}.")
    renamed = {change.unit_id for change in reorganisation.changes if change.kind == "rename"}
    registered: list[UnitCommand] = []
    named: list[UnitCommand] = []
    for new in reorganisation.new_units:
        if new.unit_id in renamed:
            named.append((new.unit_id, _rename(new, reorganisation)))
        elif new.unit_id not in units:
            registered.append((new.unit_id, _register(new, reorganisation)))
    closed: list[UnitCommand] = [
        (change.unit_id, _close(change, reorganisation))
        for change in reorganisation.ended
        if _is_open(units[change.unit_id], change)
    ]
    return registered + named + closed


def _is_open(found: Unit, change: UnitChange) -> bool:
    """Whether its closure, or who succeeds it, is still to be recorded."""
    return found.valid_to is None or (not found.successors and bool(change.successors))


def destinations(reorganisation: Reorganisation) -> dict[str, str]:
    """Where the facilities of a unit go by themselves: of those with exactly one successor."""
    return {
        change.unit_id: change.successors[0] for change in reorganisation.ended if len(change.successors) == 1
    }


def _problems(reorganisation: Reorganisation, units: Mapping[str, Unit]) -> Iterator[str]:
    day = reorganisation.day
    renamed = {change.unit_id for change in reorganisation.changes if change.kind == "rename"}
    coming: set[str] = set()
    for new in reorganisation.new_units:
        if new.unit_id not in renamed:
            yield from _problems_of_new(new, units, coming, day)
            coming.add(new.unit_id)
    for change in reorganisation.changes:
        found = units.get(change.unit_id)
        if found is None:
            yield f"there is no unit {change.unit_id}, register it first"
        elif not found.exists_on(day) and (change.kind == "rename" or found.valid_to != day):
            yield f"unit {change.unit_id} did not exist on {day}"
        elif change.kind != "rename" and found.valid_to not in (None, day):
            yield f"unit {change.unit_id} is closed already, from {found.valid_to}"
        elif found.successors and set(found.successors) != set(change.successors):
            yield f"unit {change.unit_id} is succeeded by {', '.join(found.successors)} already"
        for successor in change.successors:
            known = units.get(successor)
            if successor not in coming and (known is None or not known.exists_on(day)):
                yield f"{successor}, which succeeds {change.unit_id}, is no unit on {day}"


def _problems_of_new(new: NewUnit, units: Mapping[str, Unit], coming: set[str], day: date) -> Iterator[str]:
    found = units.get(new.unit_id)
    if found is not None:
        naming = found.naming.on(day)
        if not found.exists_on(day) or naming is None or naming.code != new.code:
            yield f"unit {new.unit_id} is registered already, as another: choose another id"
    parent = new.parent_id
    if parent is not None and parent not in coming and parent not in units:
        yield f"there is no unit {parent}, to which {new.unit_id} belongs: register it first"


def _register(new: NewUnit, reorganisation: Reorganisation) -> RegisterUnit:
    return RegisterUnit(
        unit_id=new.unit_id,
        code=new.code,
        name=new.name,
        level=new.level,
        kind=new.kind,
        parent_id=new.parent_id,
        occurred_on=reorganisation.day,
        reorganisation_id=reorganisation.id,
    )


def _rename(new: NewUnit, reorganisation: Reorganisation) -> RenameUnit:
    return RenameUnit(
        code=new.code,
        name=new.name,
        occurred_on=reorganisation.day,
        reorganisation_id=reorganisation.id,
    )


def _close(change: UnitChange, reorganisation: Reorganisation) -> CloseUnit:
    return CloseUnit(
        reason=reorganisation.title,
        successors=change.successors,
        occurred_on=reorganisation.day,
        reorganisation_id=reorganisation.id,
    )
