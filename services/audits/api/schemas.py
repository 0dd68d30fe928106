"""Requests and answers of the audits service, but for measurements."""

from __future__ import annotations

from marshmallow.validate import Length, OneOf

from services.audits.api.measurements import MeasurementSchema
from services.audits.domain.catalogue import METHODS, OPTION_CLASSES, OUTLIER_DECISIONS
from services.audits.domain.measurement import RESOURCES
from services.audits.domain.state import STATUSES
from services.eventkit.http import Schema, fields
from services.eventkit.paging import ListQuerySchema

REASON = 2000


class OpenSchema(Schema):
    facility_id = fields.Text(max=64, required=True)
    method = fields.String(required=True, validate=OneOf(METHODS))
    occurred_on = fields.OccurredOn(required=True)


class OccurredSchema(Schema):
    occurred_on = fields.OccurredOn(required=True)


class ApprovalSchema(OccurredSchema):
    reason = fields.Text(max=REASON)


class ReasonSchema(OccurredSchema):
    reason = fields.Text(max=REASON, required=True)


class ProposalSchema(OccurredSchema):
    option_class = fields.String(required=True, validate=OneOf(OPTION_CLASSES))
    title = fields.Text(max=300, required=True)
    resources = fields.List(
        fields.String(validate=OneOf(RESOURCES)),
        required=True,
        validate=Length(max=len(RESOURCES)),
        metadata={"description": "What it saves or changes; each once", "uniqueItems": True},
    )
    investment_vnd = fields.Money()
    yearly_saving_vnd = fields.Money(metadata={"description": "Net, estimated, whole VND a year"})


class OutlierReviewSchema(OccurredSchema):
    decision = fields.String(required=True, validate=OneOf(OUTLIER_DECISIONS))
    note = fields.Text(max=REASON, required=True)


class AssessmentListQuery(ListQuerySchema):
    """`unit_id` is the administrative unit the facility belonged to when the assessment was opened."""

    facility_id = fields.Text(max=64)
    unit_id = fields.Text(max=64)
    status = fields.String(validate=OneOf(STATUSES))
    method = fields.String(validate=OneOf(METHODS))


class AssessmentItemSchema(Schema):
    """A line of the list; figures stand in the single assessment. `position` is that of its last change."""

    id = fields.String(required=True)
    version = fields.Integer(required=True)
    position = fields.Integer(required=True)
    facility_id = fields.String(required=True)
    unit_id = fields.String(required=True)
    method = fields.String(required=True, validate=OneOf(METHODS))
    status = fields.String(required=True, validate=OneOf(STATUSES))
    assessor = fields.String(required=True)
    opened_on = fields.Date(required=True)
    submitted_on = fields.Date(required=True, allow_none=True)
    decided_on = fields.Date(required=True, allow_none=True)
    baseline_end = fields.Date(required=True, allow_none=True)
    options_proposed = fields.Integer(required=True)
    options_implemented = fields.Integer(required=True)
    options_verified = fields.Integer(required=True)
    follow_ups_accepted = fields.Integer(required=True)


class AssessmentListSchema(Schema):
    items = fields.List(fields.Nested(AssessmentItemSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class OptionSchema(Schema):
    """`payback_years` is investment / yearly net saving, rounded to two places; null when not known."""

    option_id = fields.String(required=True)
    option_class = fields.String(required=True, validate=OneOf(OPTION_CLASSES))
    title = fields.String(required=True)
    resources = fields.List(fields.String(), required=True)
    investment_vnd = fields.Integer(required=True, allow_none=True)
    yearly_saving_vnd = fields.Integer(required=True, allow_none=True)
    payback_years = fields.String(required=True, allow_none=True)
    status = fields.String(required=True)
    proposed_on = fields.Date(required=True)
    implemented_on = fields.Date(required=True, allow_none=True)
    verified_on = fields.Date(required=True, allow_none=True)
    ended_on = fields.Date(required=True, allow_none=True)
    verifier = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)


class FollowUpSchema(Schema):
    follow_up_id = fields.String(required=True)
    status = fields.String(required=True)
    measurement = fields.Nested(MeasurementSchema, required=True)
    reporter = fields.String(required=True)
    reviewer = fields.String(required=True, allow_none=True)
    judged_on = fields.Date(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    outlier_decision = fields.String(required=True, allow_none=True)
    outlier_reviewer = fields.String(required=True, allow_none=True)
    outlier_note = fields.String(required=True, allow_none=True)


class AssessmentSchema(Schema):
    id = fields.String(required=True)
    version = fields.Integer(required=True)
    facility_id = fields.String(required=True)
    unit_id = fields.String(required=True)
    method = fields.String(required=True, validate=OneOf(METHODS))
    status = fields.String(required=True, validate=OneOf(STATUSES))
    assessor = fields.String(required=True)
    opened_on = fields.Date(required=True)
    submitted_on = fields.Date(required=True, allow_none=True)
    decided_on = fields.Date(required=True, allow_none=True)
    reviewer = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    baseline = fields.Nested(MeasurementSchema, required=True, allow_none=True)
    options = fields.List(fields.Nested(OptionSchema), required=True)
    follow_ups = fields.List(fields.Nested(FollowUpSchema), required=True)
