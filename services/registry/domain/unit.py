"""An administrative unit: an own id (codes are used twice), a validity, successors. Stream ``unit:<id>``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import msgspec

from services.eventkit.decider import Decider
from services.eventkit.errors import InvalidInput, NotFound, Refused
from services.eventkit.events import Event
from services.registry.domain.events import Level, UnitClosed, UnitRegistered, UnitRenamed
from services.registry.domain.history import History


class Naming(NamedTuple):
    code: str
    name: str


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    naming: History[Naming]
    level: Level
    kind: str
    parent_id: str | None
    valid_from: date
    valid_to: date | None = None
    successors: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        return self.naming.entries[-1].value.code

    @property
    def name(self) -> str:
        return self.naming.entries[-1].value.name

    def exists_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


class RegisterUnit(msgspec.Struct, frozen=True, kw_only=True):
    unit_id: str
    code: str
    name: str
    level: Level
    kind: str
    parent_id: str | None
    occurred_on: date
    reorganisation_id: str | None = None


class RenameUnit(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    name: str
    occurred_on: date
    reorganisation_id: str | None = None


class CloseUnit(msgspec.Struct, frozen=True, kw_only=True):
    """From `occurred_on` the unit is no more; its successors, which may be named later, take its place."""

    reason: str
    successors: tuple[str, ...]
    occurred_on: date
    reorganisation_id: str | None = None


Command = RegisterUnit | RenameUnit | CloseUnit


def existing(unit: Unit | None) -> Unit:
    if unit is None:
        raise NotFound("There is no such unit. Look for its id in the list of units.")
    return unit


def decide(command: Command, unit: Unit | None) -> Sequence[Event]:
    if isinstance(command, RegisterUnit):
        if unit is not None:
            raise Refused(f"Unit {unit.id} is registered already. Choose another id, or rename it.")
        return [UnitRegistered(**msgspec.structs.asdict(command))]
    known = existing(unit)
    if isinstance(command, CloseUnit):
        return _close(command, known)
    _ensure_exists(known, command.occurred_on)
    if known.naming.on(command.occurred_on) == (command.code, command.name):
        return []
    return [UnitRenamed(unit_id=known.id, **msgspec.structs.asdict(command))]


def _close(command: CloseUnit, known: Unit) -> Sequence[Event]:
    if known.id in command.successors:
        raise InvalidInput.at("/successors", "must not name the unit itself")
    if len(set(command.successors)) < len(command.successors):
        raise InvalidInput.at("/successors", "must name each unit once")
    names_successors = bool(command.successors) and not known.successors
    if known.valid_to != command.occurred_on or not names_successors:
        _ensure_exists(known, command.occurred_on)
        if known.valid_to is not None:
            raise Refused(f"Unit {known.id} is closed already, from {known.valid_to}.")
    return [UnitClosed(unit_id=known.id, **msgspec.structs.asdict(command))]


def _ensure_exists(unit: Unit, day: date) -> None:
    if not unit.exists_on(day):
        raise Refused(f"Unit {unit.id} did not exist on {day}.")


def evolve(unit: Unit | None, event: Event) -> Unit | None:
    if isinstance(event, UnitRegistered):
        naming: History[Naming] = History()
        return Unit(
            id=event.unit_id,
            naming=naming.since(event.occurred_on, Naming(event.code, event.name)),
            level=event.level,
            kind=event.kind,
            parent_id=event.parent_id,
            valid_from=event.occurred_on,
        )
    if unit is not None and isinstance(event, UnitRenamed):
        naming = unit.naming.since(event.occurred_on, Naming(event.code, event.name))
        return msgspec.structs.replace(unit, naming=naming)
    if unit is not None and isinstance(event, UnitClosed):
        return msgspec.structs.replace(unit, valid_to=event.occurred_on, successors=event.successors)
    return unit


UNIT: Decider[Command, Unit | None] = Decider("unit", None, decide, evolve)
