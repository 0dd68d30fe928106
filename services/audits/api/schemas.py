"""Requests and answers of the audits service, but for measurements."""

from __future__ import annotations

from marshmallow.validate import OneOf

from services.audits.domain.catalogue import METHODS
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


class AssessmentListQuery(ListQuerySchema):
    """`unit_id` is the administrative unit the facility belonged to when the assessment was opened."""

    facility_id = fields.Text(max=64)
    unit_id = fields.Text(max=64)
    status = fields.String(validate=OneOf(STATUSES))
    method = fields.String(validate=OneOf(METHODS))


class AssessmentSummaryQuery(Schema):
    facility_id = fields.Text(max=64)
    unit_id = fields.Text(max=64)
    method = fields.String(validate=OneOf(METHODS))
    on = fields.Date(
        load_default=fields.today,
        metadata={"description": "How far they had come by this day; default: today"},
    )


class AssessmentSummarySchema(Schema):
    """`submitted` holds all that ever were, `waiting` those that nobody has judged since."""

    on = fields.Date(required=True)
    opened = fields.Integer(required=True)
    submitted = fields.Integer(required=True)
    approved = fields.Integer(required=True)
    rejected = fields.Integer(required=True)
    waiting = fields.Integer(required=True)


class AssessmentItemSchema(Schema):
    """A line of the list; figures stand in the single assessment. `position` is that of its last change."""

    id = fields.String(required=True)
    version = fields.Integer(required=True)
    position = fields.Integer(required=True)
    facility_id = fields.String(required=True)
    unit_id = fields.String(required=True)
    method = fields.String(required=True, validate=OneOf(METHODS))
    status = fields.String(required=True, validate=OneOf(STATUSES))
    step = fields.Integer(required=True)
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
