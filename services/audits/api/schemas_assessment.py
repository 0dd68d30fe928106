"""The single assessment as it is answered."""

from __future__ import annotations

from marshmallow.validate import OneOf

from services.audits.api.measurements import MeasurementSchema
from services.audits.api.schemas_follow_ups import FollowUpSchema, MeasurementHistorySchema
from services.audits.api.schemas_options import OptionSchema
from services.audits.domain.catalogue import METHODS
from services.audits.domain.state import STATUSES
from services.eventkit.http import Schema, fields


class PilotSchema(Schema):
    pilot_id = fields.String(required=True)
    title = fields.String(required=True)
    option_ids = fields.List(fields.String(), required=True)
    by = fields.String(required=True)
    task_id = fields.String(required=True, allow_none=True)
    designated_on = fields.Date(required=True)
    finished_on = fields.Date(required=True, allow_none=True)
    result = fields.String(required=True, allow_none=True)
    verifier = fields.String(required=True, allow_none=True)


class AssessmentSchema(Schema):
    """`step` is 0 while none was recorded; `tasks` are the codes of those done. Evidence is listed at
    `…/attachments`."""

    id = fields.String(required=True)
    version = fields.Integer(required=True)
    facility_id = fields.String(required=True)
    unit_id = fields.String(required=True)
    method = fields.String(required=True, validate=OneOf(METHODS))
    status = fields.String(required=True, validate=OneOf(STATUSES))
    step = fields.Integer(required=True)
    tasks = fields.List(fields.String(), required=True)
    assessor = fields.String(required=True)
    opened_on = fields.Date(required=True)
    submitted_on = fields.Date(required=True, allow_none=True)
    decided_on = fields.Date(required=True, allow_none=True)
    reviewer = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    baseline = fields.Nested(MeasurementSchema, required=True, allow_none=True)
    baseline_history = fields.List(fields.Nested(MeasurementHistorySchema), required=True)
    options = fields.List(fields.Nested(OptionSchema), required=True)
    follow_ups = fields.List(fields.Nested(FollowUpSchema), required=True)
    pilots = fields.List(fields.Nested(PilotSchema), required=True)
