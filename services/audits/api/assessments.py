"""Opening an assessment, its baseline, submission and judgement; the list and the single record."""

from __future__ import annotations

from typing import Any

from flask import Response

from services.audits.api.access import PATH, container, limits, read, write
from services.audits.api.measurements import MeasurementSchema, measurement_of
from services.audits.api.schemas import (
    ApprovalSchema,
    AssessmentListQuery,
    AssessmentListSchema,
    AssessmentSummaryQuery,
    AssessmentSummarySchema,
    OccurredSchema,
    OpenSchema,
    ReasonSchema,
)
from services.audits.api.schemas_assessment import AssessmentSchema
from services.audits.api.schemas_follow_ups import MeasurementCorrectionSchema
from services.audits.api.shown import assessment_shown
from services.audits.domain.assessment import Approve, Open, RecordBaseline, Reject, Submit, assessment
from services.audits.domain.corrections import CorrectBaseline
from services.audits.views.assessments import list_assessments, summary
from services.eventkit.http import (
    Blueprint,
    ReceiptSchema,
    allow,
    command_context,
    ensure_district,
    fields,
    json_response,
    principal,
    receipt_response,
    record_response,
)
from services.eventkit.identity import Role
from services.eventkit.ids import new_id

blueprint = Blueprint(
    "assessments", __name__, url_prefix=PATH, description="Assessments of cleaner production at a facility"
)


@blueprint.route("", methods=["POST"])
@allow(Role.ASSESSOR)
@blueprint.arguments(OpenSchema)
@blueprint.response(201, ReceiptSchema)
def open_assessment(body: dict[str, Any]) -> Response:
    """Open an assessment; the caller is its assessor."""
    context = command_context()
    receipt = container().bus.repeated(context)
    if receipt is None:
        facility = container().directory.facility(body["facility_id"])
        ensure_district(facility.unit_id)
        id_ = new_id()
        command = Open(assessment_id=id_, unit_id=facility.unit_id, assessor=principal().id, **body)
        receipt = container().bus.execute(assessment, id_, command, context)
    return receipt_response(receipt, status=201, location=f"{PATH}/{receipt.id}")


@blueprint.route("", methods=["GET"])
@allow()
@blueprint.arguments(AssessmentListQuery, location="query")
@blueprint.response(200, AssessmentListSchema)
def get_assessments(query: dict[str, Any]) -> Response:
    """List assessments, those of the caller's districts only where the caller is limited.

    Those of a facility include those of its merged duplicates.
    """
    return json_response(list_assessments(query, *limits(query)))


@blueprint.route("/summary", methods=["GET"])
@allow()
@blueprint.arguments(AssessmentSummaryQuery, location="query")
@blueprint.response(200, AssessmentSummarySchema)
def get_summary(query: dict[str, Any]) -> Response:
    """How many assessments had come how far by a day; those of the caller's districts only, if limited."""
    return json_response(summary(query, *limits(query)))


@blueprint.route("/<assessment_id>", methods=["GET"])
@allow()
@blueprint.response(200, AssessmentSchema)
def get_assessment(assessment_id: str) -> Response:
    """One assessment, straight from the log, with its options and follow-ups."""
    loaded = read(assessment_id)
    return record_response(assessment_shown(loaded.state, loaded.version, fields.today()), loaded.version)


@blueprint.route("/<assessment_id>/baseline", methods=["PUT"])
@allow(Role.ASSESSOR)
@blueprint.arguments(MeasurementSchema)
@blueprint.response(200, ReceiptSchema)
def put_baseline(body: dict[str, Any], assessment_id: str) -> Response:
    """Record the baseline, or replace it until the approval; a submission is taken back by it."""
    command = RecordBaseline(measurement=measurement_of(body), by=principal().id)
    return write(assessment_id, command, status=200)


@blueprint.route("/<assessment_id>/baseline/corrections", methods=["POST"])
@allow(Role.ASSESSOR)
@blueprint.arguments(MeasurementCorrectionSchema)
@blueprint.response(201, ReceiptSchema)
def correct_baseline(body: dict[str, Any], assessment_id: str) -> Response:
    """Correct the baseline of an approved assessment; what stood before is kept in its history."""
    reason = body.pop("reason")
    command = CorrectBaseline(measurement=measurement_of(body), by=principal().id, reason=reason)
    return write(assessment_id, command)


@blueprint.route("/<assessment_id>/submission", methods=["POST"])
@allow(Role.ASSESSOR)
@blueprint.arguments(OccurredSchema)
@blueprint.response(201, ReceiptSchema)
def submit(body: dict[str, Any], assessment_id: str) -> Response:
    """Submit for review; needs a baseline and an option."""
    return write(assessment_id, Submit(by=principal().id, **body))


@blueprint.route("/<assessment_id>/approval", methods=["POST"])
@allow(Role.REVIEWER)
@blueprint.arguments(ApprovalSchema)
@blueprint.response(201, ReceiptSchema)
def approve(body: dict[str, Any], assessment_id: str) -> Response:
    """Approve a submitted assessment in which the caller had no part."""
    return write(assessment_id, Approve(reviewer=principal().id, **body))


@blueprint.route("/<assessment_id>/rejection", methods=["POST"])
@allow(Role.REVIEWER)
@blueprint.arguments(ReasonSchema)
@blueprint.response(201, ReceiptSchema)
def reject(body: dict[str, Any], assessment_id: str) -> Response:
    """Reject a submitted assessment; it may be amended and submitted again."""
    return write(assessment_id, Reject(reviewer=principal().id, **body))
