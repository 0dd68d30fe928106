"""Bodies and answers about measurements: follow-ups, and corrections of them and of the baseline."""

from __future__ import annotations

from marshmallow.validate import OneOf

from services.audits.api.measurements import MeasurementSchema
from services.audits.api.schemas import REASON, OccurredSchema
from services.audits.domain.catalogue import OUTLIER_DECISIONS
from services.audits.domain.flags import FLAGS
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


class WhySchema(Schema):
    code = fields.String(required=True)
    vi = fields.String(required=True)
    en = fields.String(required=True)


class PairSchema(Schema):
    """Decimals as text. `saved` = expected − actual; `percent` of what was expected, null when that is 0."""

    expected = fields.String(required=True, allow_none=True)
    actual = fields.String(required=True, allow_none=True)
    saved = fields.String(required=True, allow_none=True)
    percent = fields.String(required=True, allow_none=True)


class SavedSchema(PairSchema):
    """Where it cannot be computed the figures are null and `reason` says why."""

    reason = fields.Nested(WhySchema, required=True, allow_none=True)


class SavedByProductSchema(PairSchema):
    """Energy in TOE."""

    code = fields.String(required=True)
    name = fields.String(required=True)


class SavingSchema(Schema):
    """Against the baseline, per unit of product: expected is the baseline's specific consumption x the later
    output. Fuel is a part of energy. Money at the baseline's prices. `factors` is the version of the factors,
    `grid_year` the year of the grid's emission factor. `new_products` are left out, output and input."""

    factors = fields.String(required=True)
    grid_year = fields.Integer(required=True)
    energy_toe = fields.Nested(SavedSchema, required=True)
    energy_gj = fields.Nested(SavedSchema, required=True)
    fuel_toe = fields.Nested(SavedSchema, required=True)
    water_m3 = fields.Nested(SavedSchema, required=True)
    material_vnd = fields.Nested(SavedSchema, required=True)
    co2_t = fields.Nested(SavedSchema, required=True)
    cost_vnd = fields.Nested(SavedSchema, required=True)
    by_product = fields.List(fields.Nested(SavedByProductSchema), required=True)
    new_products = fields.List(fields.String(), required=True)


class RaisedFlagSchema(Schema):
    flag = fields.String(required=True, validate=OneOf(FLAGS))
    vi = fields.String(required=True)
    en = fields.String(required=True)
    decision = fields.String(required=True, allow_none=True)
    reviewer = fields.String(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)
    decided_on = fields.Date(required=True, allow_none=True)


class FollowUpSchema(Schema):
    """`left_out` says that a flag, undecided or decided so, keeps the figures out of the indicators."""

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
    saving = fields.Nested(SavingSchema, required=True)
    flags = fields.List(fields.Nested(RaisedFlagSchema), required=True)
    left_out = fields.Boolean(required=True)
    history = fields.List(fields.Nested(MeasurementHistorySchema), required=True)
