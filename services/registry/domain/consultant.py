"""A consultant of a network: active or not; who it is stands sealed. Stream ``consultant:<id>``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from services.eventkit.decider import Decider
from services.eventkit.errors import InvalidInput, NotFound, Refused
from services.eventkit.events import Event
from services.eventkit.sealed import Sealed
from services.registry.domain.events import (
    ConsultantDeactivated,
    ConsultantPersonErased,
    ConsultantReactivated,
    ConsultantRegistered,
)
from services.registry.domain.history import History


class Activity(msgspec.Struct, frozen=True):
    """`reason` is None from the registration."""

    active: bool
    reason: str | None = None


class Consultant(msgspec.Struct, frozen=True, kw_only=True):
    """`fields` are those of expertise."""

    id: str
    network_id: str
    person: Sealed
    fields: tuple[str, ...]
    registered_on: date
    activity: History[Activity]
    erased_on: date | None = None

    def active_on(self, day: date) -> bool:
        found = self.activity.on(day)
        return found is not None and found.active

    @property
    def active(self) -> bool:
        return self.active_on(date.max)


class RegisterConsultant(msgspec.Struct, frozen=True, kw_only=True):
    consultant_id: str
    network_id: str
    person: Sealed
    fields: tuple[str, ...]
    occurred_on: date


class Deactivate(msgspec.Struct, frozen=True, kw_only=True):
    reason: str
    occurred_on: date


class Reactivate(msgspec.Struct, frozen=True, kw_only=True):
    reason: str
    occurred_on: date


class ErasePerson(msgspec.Struct, frozen=True, kw_only=True):
    """Said after the consultant's key was dropped; said again it changes nothing."""

    reason: str
    occurred_on: date


Command = RegisterConsultant | Deactivate | Reactivate | ErasePerson


def existing(consultant: Consultant | None) -> Consultant:
    if consultant is None:
        raise NotFound("There is no such consultant. Look for the id in the list of consultants.")
    return consultant


def decide(command: Command, consultant: Consultant | None) -> Sequence[Event]:
    if isinstance(command, RegisterConsultant):
        if consultant is not None:
            raise Refused(f"Consultant {consultant.id} is registered already.")
        return [ConsultantRegistered(**{f: getattr(command, f) for f in command.__struct_fields__})]
    known = existing(consultant)
    if command.occurred_on < known.registered_on:
        raise InvalidInput.at(
            "/occurred_on", f"must not be before {known.registered_on}, the day of the registration"
        )
    if isinstance(command, ErasePerson):
        erased = ConsultantPersonErased(consultant_id=known.id, **msgspec.structs.asdict(command))
        return [erased] if known.erased_on is None else []
    active = known.active_on(command.occurred_on)
    fields = {"consultant_id": known.id, **msgspec.structs.asdict(command)}
    if isinstance(command, Deactivate):
        if not active:
            raise Refused(f"The consultant was not active on {command.occurred_on}.")
        return [ConsultantDeactivated(**fields)]
    if active:
        raise Refused(f"The consultant was already active on {command.occurred_on}.")
    return [ConsultantReactivated(**fields)]


def evolve(consultant: Consultant | None, event: Event) -> Consultant | None:
    if isinstance(event, ConsultantRegistered):
        activity: History[Activity] = History()
        return Consultant(
            id=event.consultant_id,
            network_id=event.network_id,
            person=event.person,
            fields=event.fields,
            registered_on=event.occurred_on,
            activity=activity.since(event.occurred_on, Activity(True)),
        )
    if consultant is not None and isinstance(event, ConsultantPersonErased):
        return msgspec.structs.replace(consultant, erased_on=event.occurred_on)
    if consultant is not None and isinstance(event, ConsultantDeactivated | ConsultantReactivated):
        said = Activity(isinstance(event, ConsultantReactivated), event.reason)
        activity = consultant.activity.since(event.occurred_on, said)
        return msgspec.structs.replace(consultant, activity=activity)
    return consultant


CONSULTANT: Decider[Command, Consultant | None] = Decider("consultant", None, decide, evolve)
