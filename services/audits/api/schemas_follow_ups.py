"""Bodies and answers about measurements: follow-ups, and corrections of them and of the baseline."""

from __future__ import annotations

from marshmallow.validate import OneOf

from services.audits.api.measurements import MeasurementSchema
from services.audits.api.schemas import REASON, OccurredSchema
from services.audits.domain.catalogue import OUTLIER_DECISIONS
from services.eventkit.http import Schema, fields


class MeasurementCorrectionSchema(MeasurementSchema):
    """The whole measurement as it should have been, and why."""

    reason = fields.Text(max=REASON, required=True)


class OutlierReviewSchema(OccurredSchema):
    decision = fields.String(required=True, validate=OneOf(OUTLIER_DECISIONS))
    note = fields.Text(max=REASON, required=True)


class MeasurementHistorySchema(Schema):
    """`before` are the figures that `by` replaced."""

    by = fields.String(required=True)
    reason = fields.String(required=True)
    before = fields.Nested(MeasurementSchema, required=True)


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
    history = fields.List(fields.Nested(MeasurementHistorySchema), required=True)
