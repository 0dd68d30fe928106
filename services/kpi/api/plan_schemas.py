"""Plans, and targets under several of them."""

from __future__ import annotations

from typing import Any

from marshmallow import validate

from services.eventkit.http import Schema, fields
from services.kpi.api.schemas import (
    EnvelopeSchema,
    ForecastSchema,
    PlanSchema,
    PositionSchema,
    ReadingSchema,
    WordsSchema,
)
from services.kpi.domain.judging import STATUSES
from services.kpi.domain.targets import CODES

ALWAYS: dict[str, Any] = {"required": True}
OR_NONE: dict[str, Any] = {"required": True, "allow_none": True}


class MilestoneSchema(Schema):
    on = fields.Date(**ALWAYS)
    value = fields.String(**ALWAYS)
    band = fields.List(fields.String(), **OR_NONE)


class PlanTargetSchema(Schema):
    code = fields.String(**ALWAYS)
    milestones = fields.List(fields.Nested(MilestoneSchema), **ALWAYS)


class ExpectedSchema(Schema):
    measure = fields.String(**ALWAYS)
    expected = fields.Integer(**ALWAYS)
    name = fields.Nested(WordsSchema, **OR_NONE)


class KnownPlanSchema(PlanSchema):
    """`default`: judged by when none is asked for. `loaded`: from the registry, not built in. A number that
    the plan expects of a measure without a name is one that nothing here is judged by."""

    default = fields.Boolean(**ALWAYS)
    loaded = fields.Boolean(**ALWAYS)
    territory = fields.List(fields.String(), **ALWAYS)
    targets = fields.List(fields.Nested(PlanTargetSchema), **ALWAYS)
    expected = fields.List(fields.Nested(ExpectedSchema), **ALWAYS)


class PlansSchema(Schema):
    known_at = fields.DateTime(**OR_NONE)
    position = fields.Nested(PositionSchema, **ALWAYS)
    plans = fields.List(fields.Nested(KnownPlanSchema), **ALWAYS)


class ComparedSchema(ReadingSchema):
    code = fields.String(validate=validate.OneOf(CODES), **ALWAYS)
    name = fields.Nested(WordsSchema, **ALWAYS)
    target = fields.String(**OR_NONE)
    status = fields.String(validate=validate.OneOf(STATUSES), **ALWAYS)
    milestone_on = fields.Date(**OR_NONE)
    path = fields.String(**OR_NONE)
    forecast = fields.Nested(ForecastSchema, **OR_NONE)


class ComparedPlanSchema(PlanSchema):
    targets = fields.List(fields.Nested(ComparedSchema), **ALWAYS)


class ComparisonSchema(EnvelopeSchema):
    """`plan` is the one by which the default day was chosen."""

    plans = fields.List(fields.Nested(ComparedPlanSchema), **ALWAYS)
