"""The assessment: opened at a facility, measured, submitted, and approved or rejected by someone else.

A baseline may be recorded anew until the approval. Doing so while a reviewer has it takes the submission
back, so that nobody approves figures other than those they read. A rejected assessment may be amended and
submitted again. After the approval figures are changed by a correction alone, which says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from services.audits.domain import (
    attachments,
    checks,
    corrections,
    follow_ups,
    measurement,
    option_life,
    options,
    pilots,
    steps,
)
from services.audits.domain.catalogue import (
    METHODS,
    AssessmentApproved,
    AssessmentOpened,
    AssessmentRejected,
    AssessmentSubmitted,
    BaselineRecorded,
    Method,
)
from services.audits.domain.evolve import evolve
from services.audits.domain.state import Assessment
from services.eventkit.decider import Decider
from services.eventkit.errors import InvalidInput, Refused
from services.eventkit.events import Event


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """`unit_id` is the unit that the facility belongs to now."""

    assessment_id: str
    facility_id: str
    unit_id: str
    method: Method
    assessor: str
    occurred_on: date


class RecordBaseline(msgspec.Struct, frozen=True, kw_only=True):
    measurement: measurement.Measurement
    by: str


class Submit(msgspec.Struct, frozen=True, kw_only=True):
    by: str
    occurred_on: date


class Approve(msgspec.Struct, frozen=True, kw_only=True):
    reviewer: str
    occurred_on: date
    reason: str | None = None


class Reject(msgspec.Struct, frozen=True, kw_only=True):
    reviewer: str
    occurred_on: date
    reason: str


Command = (
    Open
    | RecordBaseline
    | Submit
    | Approve
    | Reject
    | options.OptionCommand
    | option_life.LifeCommand
    | follow_ups.FollowUpCommand
    | corrections.Correction
    | steps.ReachStep
    | pilots.PilotCommand
    | attachments.AttachmentCommand
)


def decide(command: Command, state: Assessment) -> Sequence[Event]:
    if isinstance(command, options.OPTION_COMMANDS):
        return options.decide(command, state)
    if isinstance(command, option_life.LIFE_COMMANDS):
        return option_life.decide(command, state)
    if isinstance(command, follow_ups.FOLLOW_UP_COMMANDS):
        return follow_ups.decide(command, state)
    if isinstance(command, corrections.CORRECTIONS):
        return corrections.decide(command, state)
    if isinstance(command, pilots.PILOT_COMMANDS):
        return pilots.decide(command, state)
    if isinstance(command, attachments.ATTACHMENT_COMMANDS):
        return attachments.decide(command, state)
    if isinstance(command, steps.ReachStep):
        return steps.decide(command, state)
    match command:
        case Open():
            return [_open(command, state)]
        case RecordBaseline():
            return [_record_baseline(command, state)]
        case Submit():
            return [_submit(command, state)]
        case Approve() | Reject():
            return [_judge(command, state)]


def _open(command: Open, state: Assessment) -> Event:
    if state.status != "none":
        raise Refused("This assessment is already open.")
    if command.method not in METHODS:
        raise InvalidInput.at("/method", f"must be one of {', '.join(METHODS)}")
    return AssessmentOpened(
        assessment_id=command.assessment_id,
        facility_id=command.facility_id,
        unit_id=command.unit_id,
        method=command.method,
        assessor=command.assessor,
        occurred_on=command.occurred_on,
    )


def _record_baseline(command: RecordBaseline, state: Assessment) -> Event:
    checks.status_in(state, "A baseline can only be recorded", "open", "submitted", "rejected")
    measurement.check(command.measurement)
    return BaselineRecorded(
        **checks.of(state),
        measurement=command.measurement,
        by=command.by,
        occurred_on=command.measurement.period.end,
    )


def _submit(command: Submit, state: Assessment) -> Event:
    checks.status_in(state, "An assessment can only be submitted", "open", "rejected")
    if state.baseline is None:
        raise Refused("There is no baseline yet. Record it first (PUT …/baseline).")
    if all(option.status in ("refused", "excluded") for option in state.options.values()):
        raise Refused("There is no option yet that could be carried out. Propose one first (POST …/options).")
    steps.ensure_far_enough(state)
    checks.not_before(command.occurred_on, state.opened_on, "the opening of the assessment")
    checks.not_before(command.occurred_on, state.baseline.period.end, "the end of the baseline period")
    if state.decided_on is not None:
        checks.not_before(command.occurred_on, state.decided_on, "the rejection it answers to")
    return AssessmentSubmitted(**checks.of(state), by=command.by, occurred_on=command.occurred_on)


def _judge(command: Approve | Reject, state: Assessment) -> Event:
    checks.opened(state)
    checks.independent(command.reviewer, state.contributors, "An assessment")
    checks.status_in(state, "An assessment can only be approved or rejected", "submitted")
    if state.submitted_on is not None:
        checks.not_before(command.occurred_on, state.submitted_on, "the submission")
    if isinstance(command, Approve):
        return AssessmentApproved(
            **checks.of(state),
            reviewer=command.reviewer,
            reason=command.reason,
            occurred_on=command.occurred_on,
        )
    checks.given(command.reason, "/reason")
    return AssessmentRejected(
        **checks.of(state), reviewer=command.reviewer, reason=command.reason, occurred_on=command.occurred_on
    )


assessment: Decider[Command, Assessment] = Decider("assessment", Assessment(), decide, evolve)
