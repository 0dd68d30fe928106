"""The fold of an assessment's events."""

from __future__ import annotations

from typing import TypeVar

from msgspec.structs import replace

from services.audits.domain.catalogue import (
    AssessmentApproved,
    AssessmentOpened,
    AssessmentRejected,
    AssessmentSubmitted,
    AttachmentLinked,
    AttachmentWithdrawn,
    BaselineCorrected,
    BaselineRecorded,
    FlagReviewed,
    FollowUpAccepted,
    FollowUpCorrected,
    FollowUpEvent,
    FollowUpRefused,
    FollowUpReported,
    OptionEvent,
    OutlierReviewed,
    PilotDesignated,
    PilotFinished,
    StepReached,
)
from services.audits.domain.evolve_option import evolve_option
from services.audits.domain.state import (
    Assessment,
    Attachment,
    FlagDecision,
    FollowUp,
    MeasurementCorrection,
    Pilot,
)
from services.eventkit.events import Event

T = TypeVar("T")


def evolve(state: Assessment, event: Event) -> Assessment:
    match event:
        case OptionEvent():
            option, brought_by = evolve_option(state.options.get(event.option_id), event)
            return replace(
                state,
                options=_put(state.options, event.option_id, option),
                contributors=state.contributors | brought_by,
            )
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
        case BaselineCorrected():
            return _with_corrected_baseline(state, event)
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
        case StepReached():
            return replace(
                state,
                step=event.step,
                tasks=(*state.tasks, *event.tasks),
                contributors=state.contributors | {event.by},
            )
        case PilotDesignated() | PilotFinished():
            pilot = _pilot_after(state.pilots.get(event.pilot_id), event)
            return replace(state, pilots=_put(state.pilots, event.pilot_id, pilot))
        case AttachmentLinked() | AttachmentWithdrawn():
            attachment = _attachment_after(state.attachments.get(event.attachment_id), event)
            return replace(state, attachments=_put(state.attachments, event.attachment_id, attachment))
    return state


def _pilot_after(pilot: Pilot | None, event: PilotDesignated | PilotFinished) -> Pilot:
    if isinstance(event, PilotDesignated):
        return Pilot(
            title=event.title,
            option_ids=event.option_ids,
            by=event.by,
            designated_on=event.occurred_on,
            task_id=event.task_id,
        )
    if pilot is None:
        raise KeyError(event.pilot_id)
    return replace(pilot, finished_on=event.occurred_on, result=event.result, verifier=event.verifier)


def _attachment_after(
    attachment: Attachment | None, event: AttachmentLinked | AttachmentWithdrawn
) -> Attachment:
    if isinstance(event, AttachmentLinked):
        return Attachment(
            of=event.of,
            sha256=event.sha256,
            media_type=event.media_type,
            bytes=event.bytes,
            title=event.title,
            by=event.by,
            linked_on=event.occurred_on,
            url=event.url,
        )
    if attachment is None:
        raise KeyError(event.attachment_id)
    return replace(attachment, withdrawn_on=event.occurred_on, withdrawal=event.reason)


def _with_corrected_baseline(state: Assessment, event: BaselineCorrected) -> Assessment:
    history = state.baseline_history
    if state.baseline is not None:
        before = MeasurementCorrection(by=event.by, reason=event.reason, before=state.baseline)
        history = (*history, before)
    return replace(
        state,
        baseline=event.measurement,
        baseline_history=history,
        contributors=state.contributors | {event.by},
        follow_ups={id_: replace(report, decisions={}) for id_, report in state.follow_ups.items()},
    )


def _with_follow_up(state: Assessment, event: FollowUpEvent) -> Assessment:
    if isinstance(event, FollowUpReported):
        follow_up = FollowUp(
            measurement=event.measurement, reporter=event.by, contributors=frozenset({event.by})
        )
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
        case OutlierReviewed() | FlagReviewed():
            flag = event.flag if isinstance(event, FlagReviewed) else "outlier"
            decision = FlagDecision(decision=event.decision, reviewer=event.reviewer, note=event.note, on=day)
            return replace(follow_up, decisions={**follow_up.decisions, flag: decision})
        case FollowUpCorrected():
            before = MeasurementCorrection(by=event.by, reason=event.reason, before=follow_up.measurement)
            return replace(
                follow_up,
                measurement=event.measurement,
                status="reported",
                reviewer=None,
                judged_on=None,
                contributors=follow_up.contributors | {event.by},
                decisions={},
                history=(*follow_up.history, before),
            )
    return follow_up


def _put(items: dict[str, T], key: str, value: T) -> dict[str, T]:
    return {**items, key: value}
