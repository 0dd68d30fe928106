"""An officer: appointed to units and relieved again; who it is stands sealed. Stream ``officer:<id>``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from services.eventkit.decider import Decider
from services.eventkit.errors import InvalidInput, NotFound, Refused
from services.eventkit.events import Event
from services.eventkit.sealed import Sealed
from services.registry.domain.events import (
    OfficerAppointed,
    OfficerPersonErased,
    OfficerRegistered,
    OfficerRelieved,
)


class Appointment(msgspec.Struct, frozen=True, kw_only=True):
    unit_id: str
    dedicated: bool
    since: date
    until: date | None = None


class Officer(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    person: Sealed
    registered_on: date
    erased_on: date | None = None
    appointments: tuple[Appointment, ...] = ()

    def open_appointment(self, unit_id: str) -> Appointment | None:
        return next((a for a in self.appointments if a.unit_id == unit_id and a.until is None), None)

    @property
    def unit_ids(self) -> list[str]:
        return sorted(a.unit_id for a in self.appointments if a.until is None)


class RegisterOfficer(msgspec.Struct, frozen=True, kw_only=True):
    officer_id: str
    person: Sealed
    occurred_on: date


class Appoint(msgspec.Struct, frozen=True, kw_only=True):
    unit_id: str
    dedicated: bool
    occurred_on: date


class Relieve(msgspec.Struct, frozen=True, kw_only=True):
    unit_id: str
    reason: str
    occurred_on: date


class ErasePerson(msgspec.Struct, frozen=True, kw_only=True):
    """Said after the officer's key was dropped; said again it changes nothing."""

    reason: str
    occurred_on: date


Command = RegisterOfficer | Appoint | Relieve | ErasePerson


def existing(officer: Officer | None) -> Officer:
    if officer is None:
        raise NotFound("There is no such officer. Look for the id in the list of officers.")
    return officer


def decide(command: Command, officer: Officer | None) -> Sequence[Event]:
    if isinstance(command, RegisterOfficer):
        if officer is not None:
            raise Refused(f"Officer {officer.id} is registered already.")
        return [OfficerRegistered(**{f: getattr(command, f) for f in command.__struct_fields__})]
    known = existing(officer)
    if command.occurred_on < known.registered_on:
        raise InvalidInput.at(
            "/occurred_on", f"must not be before {known.registered_on}, the day of the registration"
        )
    if isinstance(command, Appoint):
        return _appoint(command, known)
    if isinstance(command, ErasePerson):
        erased = OfficerPersonErased(officer_id=known.id, **msgspec.structs.asdict(command))
        return [erased] if known.erased_on is None else []
    return _relieve(command, known)


def _appoint(command: Appoint, known: Officer) -> Sequence[Event]:
    for held in known.appointments:
        if held.unit_id == command.unit_id and (held.until is None or command.occurred_on < held.until):
            raise Refused(
                f"The officer is already appointed to {command.unit_id} since {held.since}. Relieve first."
            )
    return [OfficerAppointed(officer_id=known.id, **msgspec.structs.asdict(command))]


def _relieve(command: Relieve, known: Officer) -> Sequence[Event]:
    held = known.open_appointment(command.unit_id)
    if held is None:
        raise Refused(f"The officer is not appointed to {command.unit_id}.")
    if command.occurred_on < held.since:
        raise InvalidInput.at("/occurred_on", f"must not be before {held.since}, the day of the appointment")
    return [OfficerRelieved(officer_id=known.id, **msgspec.structs.asdict(command))]


def evolve(officer: Officer | None, event: Event) -> Officer | None:
    if isinstance(event, OfficerRegistered):
        return Officer(id=event.officer_id, person=event.person, registered_on=event.occurred_on)
    if officer is not None and isinstance(event, OfficerAppointed):
        new = Appointment(unit_id=event.unit_id, dedicated=event.dedicated, since=event.occurred_on)
        return msgspec.structs.replace(officer, appointments=(*officer.appointments, new))
    if officer is not None and isinstance(event, OfficerPersonErased):
        return msgspec.structs.replace(officer, erased_on=event.occurred_on)
    if officer is not None and isinstance(event, OfficerRelieved):
        held = officer.open_appointment(event.unit_id)
        appointments = tuple(
            msgspec.structs.replace(a, until=event.occurred_on) if a is held else a
            for a in officer.appointments
        )
        return msgspec.structs.replace(officer, appointments=appointments)
    return officer


OFFICER: Decider[Command, Officer | None] = Decider("officer", None, decide, evolve)
