"""Follow-ups: later measurements of an approved assessment, each accepted or refused by someone else.

A refused report leaves its period free for a better one. An accepted one that proves wrong may still be
refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from services.audits.domain import checks, measurement
from services.audits.domain.catalogue import (
    OUTLIER_DECISIONS,
    Flag,
    FlagReviewed,
    FollowUpAccepted,
    FollowUpRefused,
    FollowUpReported,
    OutlierDecision,
    OutlierReviewed,
)
from services.audits.domain.flags import flags_of
from services.audits.domain.state import Assessment, FollowUp
from services.eventkit.errors import InvalidInput, Refused
from services.eventkit.events import Event


class ReportFollowUp(msgspec.Struct, frozen=True, kw_only=True):
    follow_up_id: str
    measurement: measurement.Measurement
    by: str


class AcceptFollowUp(msgspec.Struct, frozen=True, kw_only=True):
    follow_up_id: str
    reviewer: str
    occurred_on: date


class RefuseFollowUp(msgspec.Struct, frozen=True, kw_only=True):
    follow_up_id: str
    reviewer: str
    reason: str
    occurred_on: date


class ReviewOutlier(msgspec.Struct, frozen=True, kw_only=True):
    follow_up_id: str
    reviewer: str
    decision: OutlierDecision
    note: str
    occurred_on: date


class ReviewFlag(msgspec.Struct, frozen=True, kw_only=True):
    follow_up_id: str
    flag: Flag
    reviewer: str
    decision: OutlierDecision
    note: str
    occurred_on: date


FollowUpCommand = ReportFollowUp | AcceptFollowUp | RefuseFollowUp | ReviewOutlier | ReviewFlag
FOLLOW_UP_COMMANDS = (ReportFollowUp, AcceptFollowUp, RefuseFollowUp, ReviewOutlier, ReviewFlag)


def decide(command: FollowUpCommand, state: Assessment) -> Sequence[Event]:
    checks.opened(state)
    if isinstance(command, ReportFollowUp):
        return [_report(command, state)]
    follow_up = checks.follow_up_of(state, command.follow_up_id)
    checks.independent(command.reviewer, follow_up.contributors | {state.assessor}, "A follow-up")
    match command:
        case AcceptFollowUp():
            return [_accept(command, state, follow_up)]
        case RefuseFollowUp():
            return [_refuse(command, state, follow_up)]
        case ReviewOutlier():
            return [_review(command, state, follow_up)]
        case ReviewFlag():
            return [_review_flag(command, state, follow_up)]


def _report(command: ReportFollowUp, state: Assessment) -> Event:
    checks.status_in(state, "A follow-up can only be reported", "approved")
    if command.follow_up_id in state.follow_ups:
        raise Refused("The assessment already has a follow-up with this id.")
    check_figures(command.measurement, state, command.follow_up_id)
    return FollowUpReported(
        **checks.of_follow_up(state, command.follow_up_id),
        measurement=command.measurement,
        by=command.by,
        occurred_on=command.measurement.period.end,
    )


def check_figures(figures: measurement.Measurement, state: Assessment, follow_up_id: str) -> None:
    """Raises `InvalidInput` or `Refused` unless they can stand as those of this follow-up."""
    measurement.check(figures, baseline=state.baseline)
    period = figures.period
    if state.baseline is not None and period.start <= state.baseline.period.end:
        raise InvalidInput.at(
            "/period/start", f"must be after the baseline period, which ends on {state.baseline.period.end}"
        )
    for id_, other in state.follow_ups.items():
        if id_ != follow_up_id and other.status != "refused" and other.measurement.period.overlaps(period):
            raise Refused(
                f"The period {period} overlaps that of another follow-up, {other.measurement.period}. "
                "Have that one refused first if it is wrong."
            )


def _accept(command: AcceptFollowUp, state: Assessment, follow_up: FollowUp) -> Event:
    checks.follow_up_status(follow_up, ("reported",), "accepted")
    _after_period(command.occurred_on, follow_up)
    return FollowUpAccepted(
        **checks.of_follow_up(state, command.follow_up_id),
        reviewer=command.reviewer,
        occurred_on=command.occurred_on,
    )


def _refuse(command: RefuseFollowUp, state: Assessment, follow_up: FollowUp) -> Event:
    checks.follow_up_status(follow_up, ("reported", "accepted"), "refused")
    checks.given(command.reason, "/reason")
    _after_period(command.occurred_on, follow_up)
    if follow_up.judged_on is not None:
        checks.not_before(command.occurred_on, follow_up.judged_on, "its acceptance")
    return FollowUpRefused(
        **checks.of_follow_up(state, command.follow_up_id),
        reviewer=command.reviewer,
        reason=command.reason,
        occurred_on=command.occurred_on,
    )


def _review(command: ReviewOutlier, state: Assessment, follow_up: FollowUp) -> Event:
    _check_review(command, follow_up, "reviewed as an outlier")
    return OutlierReviewed(
        **checks.of_follow_up(state, command.follow_up_id),
        reviewer=command.reviewer,
        decision=command.decision,
        note=command.note,
        occurred_on=command.occurred_on,
    )


def _review_flag(command: ReviewFlag, state: Assessment, follow_up: FollowUp) -> Event:
    _check_review(command, follow_up, "reviewed")
    raised = flags_of(state, command.follow_up_id)
    if command.flag not in raised:
        found = f"it raises {', '.join(raised)}" if raised else "it raises no flag"
        raise Refused(f"The figures of this follow-up do not raise {command.flag!r}; {found}.")
    return FlagReviewed(
        **checks.of_follow_up(state, command.follow_up_id),
        flag=command.flag,
        reviewer=command.reviewer,
        decision=command.decision,
        note=command.note,
        occurred_on=command.occurred_on,
    )


def _check_review(command: ReviewOutlier | ReviewFlag, follow_up: FollowUp, verb: str) -> None:
    checks.follow_up_status(follow_up, ("reported", "accepted"), verb)
    if command.decision not in OUTLIER_DECISIONS:
        raise InvalidInput.at("/decision", f"must be one of {', '.join(OUTLIER_DECISIONS)}")
    checks.given(command.note, "/note")
    _after_period(command.occurred_on, follow_up)


def _after_period(day: date, follow_up: FollowUp) -> None:
    checks.not_before(day, follow_up.measurement.period.end, "the end of its period")
