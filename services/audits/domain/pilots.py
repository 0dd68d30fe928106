"""Pilots: verified options shown to others, finished by a reviewer; replications, which name their pilot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from services.audits.domain import checks
from services.audits.domain.catalogue import PilotDesignated, PilotFinished, ReplicationNamed
from services.audits.domain.state import Assessment, Pilot
from services.eventkit.errors import InvalidInput, NotFound, Refused
from services.eventkit.events import Event


class DesignatePilot(msgspec.Struct, frozen=True, kw_only=True):
    """`pilot_id` begins with the id of the assessment and a full stop: see `assessment_of`."""

    pilot_id: str
    option_ids: tuple[str, ...]
    title: str
    by: str
    occurred_on: date
    task_id: str | None = None


class FinishPilot(msgspec.Struct, frozen=True, kw_only=True):
    pilot_id: str
    result: str
    verifier: str
    occurred_on: date


class NameReplication(msgspec.Struct, frozen=True, kw_only=True):
    """`pilot_facility_id` and `pilot_since` are what the pilot's own assessment says."""

    replication_id: str
    option_id: str
    pilot_id: str
    pilot_facility_id: str
    pilot_since: date
    by: str
    occurred_on: date


PilotCommand = DesignatePilot | FinishPilot | NameReplication
PILOT_COMMANDS = (DesignatePilot, FinishPilot, NameReplication)


def assessment_of(pilot_id: str) -> str:
    return pilot_id.partition(".")[0]


def pilot_of(state: Assessment, pilot_id: str) -> Pilot:
    checks.opened(state)
    pilot = state.pilots.get(pilot_id)
    if pilot is None:
        raise NotFound("There is no pilot with this id. Look it up in /api/v1/pilots.")
    return pilot


def decide(command: PilotCommand, state: Assessment) -> Sequence[Event]:
    match command:
        case DesignatePilot():
            return [_designate(command, state)]
        case FinishPilot():
            return [_finish(command, state)]
        case NameReplication():
            return [_replicate(command, state)]


def _designate(command: DesignatePilot, state: Assessment) -> Event:
    checks.status_in(state, "A pilot can only be designated", "approved")
    if command.pilot_id in state.pilots:
        raise Refused("The assessment already has a pilot with this id.")
    if not command.option_ids:
        raise InvalidInput.at("/option_ids", "must name the verified options that are shown")
    taken = {option_id for pilot in state.pilots.values() for option_id in pilot.option_ids}
    for index, option_id in enumerate(command.option_ids):
        field = f"/option_ids/{index}"
        option = state.options.get(option_id)
        if option is None:
            raise InvalidInput.at(field, "is no option of this assessment")
        if option_id in command.option_ids[:index]:
            raise InvalidInput.at(field, "stands here twice")
        if option.status != "verified" or option.verified_on is None:
            raise Refused(f"A pilot shows verified options; {option.title!r} is {option.status}.")
        if option_id in taken:
            raise Refused(f"The option {option.title!r} is shown by another pilot already.")
        checks.not_before(command.occurred_on, option.verified_on, "the verification of its option")
    return PilotDesignated(
        **checks.of(state),
        pilot_id=command.pilot_id,
        option_ids=command.option_ids,
        title=command.title,
        by=command.by,
        task_id=command.task_id,
        occurred_on=command.occurred_on,
    )


def _finish(command: FinishPilot, state: Assessment) -> Event:
    pilot = pilot_of(state, command.pilot_id)
    checks.independent(command.verifier, {pilot.by, state.assessor}, "A pilot")
    if pilot.finished_on is not None:
        raise Refused(f"The pilot was finished on {pilot.finished_on}.")
    checks.given(command.result, "/result")
    checks.not_before(command.occurred_on, pilot.designated_on, "its designation")
    return PilotFinished(
        **checks.of(state),
        pilot_id=command.pilot_id,
        result=command.result,
        verifier=command.verifier,
        occurred_on=command.occurred_on,
    )


def _replicate(command: NameReplication, state: Assessment) -> Event:
    option = checks.option_of(state, command.option_id)
    if option.pilot_id is not None:
        raise Refused(f"The option already names the pilot {option.pilot_id}.")
    if command.pilot_facility_id == state.facility_id:
        raise Refused("A replication repeats the pilot of another facility; this pilot is its own.")
    allowed = ("proposed", "pending", "implemented", "verified")
    checks.option_status(option, allowed, "called a replication")
    checks.not_before(command.occurred_on, option.proposed_on, "the proposal of the option")
    checks.not_before(command.occurred_on, command.pilot_since, "the designation of the pilot")
    return ReplicationNamed(
        **checks.of_option(state, command.option_id),
        replication_id=command.replication_id,
        pilot_id=command.pilot_id,
        pilot_facility_id=command.pilot_facility_id,
        by=command.by,
        occurred_on=command.occurred_on,
    )
