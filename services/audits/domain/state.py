"""What an assessment has become: the fold of its events. Nothing is decided here."""

from __future__ import annotations

from datetime import date
from typing import Literal, TypeVar

import msgspec
from msgspec.structs import replace

from services.audits.domain.catalogue import (
    AssessmentApproved,
    AssessmentOpened,
    AssessmentRejected,
    AssessmentSubmitted,
    BaselineRecorded,
    FollowUpAccepted,
    FollowUpEvent,
    FollowUpRefused,
    FollowUpReported,
    Method,
    OptionClass,
    OptionDiscontinued,
    OptionEvent,
    OptionImplemented,
    OptionProposed,
    OptionRefused,
    OptionVerified,
    OutlierDecision,
    OutlierReviewed,
)
from services.audits.domain.measurement import Measurement
from services.eventkit.events import Event

Status = Literal["none", "open", "submitted", "approved", "rejected"]
STATUSES: tuple[Status, ...] = ("open", "submitted", "approved", "rejected")
OptionStatus = Literal["proposed", "implemented", "verified", "discontinued", "refused"]
FollowUpStatus = Literal["reported", "accepted", "refused"]

T = TypeVar("T")


class Option(msgspec.Struct, frozen=True, kw_only=True):
    option_class: OptionClass
    title: str
    resources: tuple[str, ...]
    proposed_on: date
    contributors: frozenset[str]
    investment_vnd: int | None = None
    yearly_saving_vnd: int | None = None
    status: OptionStatus = "proposed"
    implemented_on: date | None = None
    verified_on: date | None = None
    ended_on: date | None = None
    verifier: str | None = None
    reason: str | None = None


class FollowUp(msgspec.Struct, frozen=True, kw_only=True):
    measurement: Measurement
    reporter: str
    status: FollowUpStatus = "reported"
    reviewer: str | None = None
    judged_on: date | None = None
    reason: str | None = None
    outlier_decision: OutlierDecision | None = None
    outlier_reviewer: str | None = None
    outlier_note: str | None = None


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    """`status` is none before it is opened. `contributors` are all who brought in what it claims.

    `decided_on`, `reviewer` and `reason` are of the last approval or rejection.
    """

    id: str = ""
    facility_id: str = ""
    unit_id: str = ""
    method: Method = "quick"
    assessor: str = ""
    opened_on: date = date.min
    status: Status = "none"
    baseline: Measurement | None = None
    submitted_on: date | None = None
    decided_on: date | None = None
    reviewer: str | None = None
    reason: str | None = None
    options: dict[str, Option] = {}
    follow_ups: dict[str, FollowUp] = {}
    contributors: frozenset[str] = frozenset()


def evolve(state: Assessment, event: Event) -> Assessment:
    match event:
        case OptionEvent():
            return _with_option(state, event)
        case FollowUpEvent():
            return _with_follow_up(state, event)
        case AssessmentOpened():
            return Assessment(
                id=event.assessment_id,
                facility_id=event.facility_id,
                unit_id=event.unit_id,
                method=event.method,
                assessor=event.assessor,
                opened_on=event.occurred_on,
                status="open",
                contributors=frozenset({event.assessor}),
            )
        case BaselineRecorded():
            return replace(
                state,
                baseline=event.measurement,
                status="open" if state.status == "submitted" else state.status,
                contributors=state.contributors | {event.by},
            )
        case AssessmentSubmitted():
            return replace(
                state,
                status="submitted",
                submitted_on=event.occurred_on,
                contributors=state.contributors | {event.by},
            )
        case AssessmentApproved() | AssessmentRejected():
            return replace(
                state,
                status="approved" if isinstance(event, AssessmentApproved) else "rejected",
                decided_on=event.occurred_on,
                reviewer=event.reviewer,
                reason=event.reason,
            )
    return state


def _with_option(state: Assessment, event: OptionEvent) -> Assessment:
    brought_by = frozenset[str]()
    if isinstance(event, OptionProposed):
        brought_by = frozenset({event.by})
        option = Option(
            option_class=event.option_class,
            title=event.title,
            resources=event.resources,
            proposed_on=event.occurred_on,
            contributors=brought_by,
            investment_vnd=event.investment_vnd,
            yearly_saving_vnd=event.yearly_saving_vnd,
        )
    else:
        if isinstance(event, OptionImplemented):
            brought_by = frozenset({event.by})
        option = _option_after(state.options[event.option_id], event)
    return replace(
        state,
        options=_put(state.options, event.option_id, option),
        contributors=state.contributors | brought_by,
    )


def _option_after(option: Option, event: OptionEvent) -> Option:
    day = event.occurred_on
    match event:
        case OptionImplemented():
            contributors = option.contributors | {event.by}
            return replace(option, status="implemented", implemented_on=day, contributors=contributors)
        case OptionVerified():
            return replace(option, status="verified", verified_on=day, verifier=event.verifier)
        case OptionDiscontinued():
            return replace(option, status="discontinued", ended_on=day, reason=event.reason)
        case OptionRefused():
            return replace(option, status="refused", ended_on=day, reason=event.reason)
    return option


def _with_follow_up(state: Assessment, event: FollowUpEvent) -> Assessment:
    if isinstance(event, FollowUpReported):
        follow_up = FollowUp(measurement=event.measurement, reporter=event.by)
    else:
        follow_up = _follow_up_after(state.follow_ups[event.follow_up_id], event)
    return replace(state, follow_ups=_put(state.follow_ups, event.follow_up_id, follow_up))


def _follow_up_after(follow_up: FollowUp, event: FollowUpEvent) -> FollowUp:
    day = event.occurred_on
    match event:
        case FollowUpAccepted():
            return replace(follow_up, status="accepted", reviewer=event.reviewer, judged_on=day)
        case FollowUpRefused():
            return replace(
                follow_up, status="refused", reviewer=event.reviewer, judged_on=day, reason=event.reason
            )
        case OutlierReviewed():
            return replace(
                follow_up,
                outlier_decision=event.decision,
                outlier_reviewer=event.reviewer,
                outlier_note=event.note,
            )
    return follow_up


def _put(items: dict[str, T], key: str, value: T) -> dict[str, T]:
    return {**items, key: value}
