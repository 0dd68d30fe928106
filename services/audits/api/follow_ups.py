"""Follow-ups of an approved assessment: reported, accepted, refused, reviewed as outliers."""

from __future__ import annotations

from typing import Any

from flask import Response

from services.audits.api.access import PATH, part_id, read, write
from services.audits.api.measurements import MeasurementSchema, measurement_of
from services.audits.api.schemas import OccurredSchema, ReasonSchema
from services.audits.api.schemas_follow_ups import (
    FollowUpSchema,
    MeasurementCorrectionSchema,
    OutlierReviewSchema,
)
from services.audits.api.shown import follow_up_shown
from services.audits.domain import checks
from services.audits.domain.corrections import CorrectFollowUp
from services.audits.domain.follow_ups import (
    AcceptFollowUp,
    RefuseFollowUp,
    ReportFollowUp,
    ReviewOutlier,
)
from services.eventkit.http import (
    Blueprint,
    ReceiptSchema,
    allow,
    command_context,
    principal,
    record_response,
)
from services.eventkit.identity import Role

blueprint = Blueprint(
    "follow-ups",
    __name__,
    url_prefix=f"{PATH}/<assessment_id>/follow-ups",
    description="Measurements after the approval",
)


@blueprint.route("", methods=["POST"])
@allow(Role.ASSESSOR)
@blueprint.arguments(MeasurementSchema)
@blueprint.response(201, ReceiptSchema)
def report(body: dict[str, Any], assessment_id: str) -> Response:
    """Report a later period. `Location` names the follow-up; a repeat of the request names the same."""
    context = command_context()
    follow_up_id = part_id(context)
    command = ReportFollowUp(follow_up_id=follow_up_id, measurement=measurement_of(body), by=principal().id)
    location = f"{PATH}/{assessment_id}/follow-ups/{follow_up_id}"
    return write(assessment_id, command, context=context, location=location)


@blueprint.route("/<follow_up_id>", methods=["GET"])
@allow()
@blueprint.response(200, FollowUpSchema)
def get_follow_up(assessment_id: str, follow_up_id: str) -> Response:
    """One follow-up with its saving and its flags. The ETag is the version of its assessment."""
    loaded = read(assessment_id)
    checks.follow_up_of(loaded.state, follow_up_id)
    return record_response(follow_up_shown(loaded.state, follow_up_id), loaded.version)


@blueprint.route("/<follow_up_id>/acceptance", methods=["POST"])
@allow(Role.REVIEWER)
@blueprint.arguments(OccurredSchema)
@blueprint.response(201, ReceiptSchema)
def accept(body: dict[str, Any], assessment_id: str, follow_up_id: str) -> Response:
    """Accept a report that the caller did not make."""
    return write(assessment_id, AcceptFollowUp(follow_up_id=follow_up_id, reviewer=principal().id, **body))


@blueprint.route("/<follow_up_id>/refusal", methods=["POST"])
@allow(Role.REVIEWER)
@blueprint.arguments(ReasonSchema)
@blueprint.response(201, ReceiptSchema)
def refuse(body: dict[str, Any], assessment_id: str, follow_up_id: str) -> Response:
    """Refuse a report, also an accepted one that proves wrong; its period is then free for another."""
    return write(assessment_id, RefuseFollowUp(follow_up_id=follow_up_id, reviewer=principal().id, **body))


@blueprint.route("/<follow_up_id>/corrections", methods=["POST"])
@allow(Role.ASSESSOR)
@blueprint.arguments(MeasurementCorrectionSchema)
@blueprint.response(201, ReceiptSchema)
def correct(body: dict[str, Any], assessment_id: str, follow_up_id: str) -> Response:
    """Correct a report. It waits for acceptance again, by someone who neither made nor corrected it."""
    reason = body.pop("reason")
    command = CorrectFollowUp(
        follow_up_id=follow_up_id, measurement=measurement_of(body), by=principal().id, reason=reason
    )
    return write(assessment_id, command)


@blueprint.route("/<follow_up_id>/outlier-review", methods=["POST"])
@allow(Role.REVIEWER)
@blueprint.arguments(OutlierReviewSchema)
@blueprint.response(201, ReceiptSchema)
def review_outlier(body: dict[str, Any], assessment_id: str, follow_up_id: str) -> Response:
    """Say whether a saving beyond the limit is kept in the indicators or left out."""
    return write(assessment_id, ReviewOutlier(follow_up_id=follow_up_id, reviewer=principal().id, **body))
