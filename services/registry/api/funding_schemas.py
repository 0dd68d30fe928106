"""Shapes of funding lines."""

from __future__ import annotations

from typing import get_args

from marshmallow import validate

from services.eventkit.http import Schema, fields
from services.eventkit.paging import ListQuerySchema
from services.registry.api.plan_schemas import GROUP
from services.registry.domain.events import FundingSource, FundingStage

SOURCE = validate.OneOf(get_args(FundingSource))


class PlanFundingSchema(Schema):
    """`donor` and `abroad` only of a sponsorship; `task_id` where the money is for one task of the group."""

    plan_id = fields.Slug(required=True)
    group = fields.Integer(required=True, validate=GROUP)
    source = fields.String(required=True, validate=SOURCE)
    amount_vnd = fields.Money(required=True)
    task_id = fields.Slug(load_default=None, allow_none=True)
    donor = fields.Text(200, load_default=None, allow_none=True)
    abroad = fields.Boolean(load_default=False)
    occurred_on = fields.OccurredOn(required=True)


class AmountSchema(Schema):
    """`amount_vnd` of this act, not the sum so far."""

    amount_vnd = fields.Money(required=True, validate=validate.Range(min=1))
    occurred_on = fields.OccurredOn(required=True)


class CorrectFundingSchema(Schema):
    """`delta_vnd` is added to the sum `of`; below 0 it takes away."""

    of = fields.String(required=True, validate=validate.OneOf(get_args(FundingStage)))
    delta_vnd = fields.Integer(required=True, validate=validate.Range(-(10**15), 10**15))
    reason = fields.Text(500, required=True)
    occurred_on = fields.OccurredOn(required=True)


class FundingQuery(ListQuerySchema):
    plan_id = fields.Slug()
    group = fields.Integer(validate=GROUP)
    source = fields.String(validate=SOURCE)
    task_id = fields.Slug()
    abroad = fields.Boolean()
    over_planned = fields.Boolean()


class SummaryQuery(Schema):
    plan_id = fields.Slug(required=True)


class ActSchema(Schema):
    on = fields.Date()
    of = fields.String()
    vnd = fields.Integer()


class SumsSchema(Schema):
    planned_vnd = fields.Integer()
    committed_vnd = fields.Integer()
    disbursed_vnd = fields.Integer()
    over_planned = fields.Boolean(metadata={"description": "More is committed than planned"})


class FundingLineSchema(SumsSchema):
    id = fields.String()
    version = fields.Integer()
    plan_id = fields.String()
    group = fields.Integer()
    source = fields.String()
    task_id = fields.String(allow_none=True)
    donor = fields.String(allow_none=True)
    abroad = fields.Boolean()
    planned_on = fields.String()


class FundingSchema(FundingLineSchema):
    """`acts` as they were recorded: what each added to which sum, from which day on."""

    acts = fields.List(fields.Nested(ActSchema))


class FundingRowSchema(FundingLineSchema):
    position = fields.Integer()


class FundingListSchema(Schema):
    items = fields.List(fields.Nested(FundingRowSchema))
    next = fields.String(allow_none=True)


class TotalSchema(SumsSchema):
    lines = fields.Integer()


class BySourceSchema(TotalSchema):
    source = fields.String()


class ByGroupSchema(TotalSchema):
    group = fields.Integer()


class SummaryRowSchema(BySourceSchema):
    group = fields.Integer()


class FundingSummarySchema(Schema):
    plan_id = fields.String()
    rows = fields.List(fields.Nested(SummaryRowSchema))
    by_source = fields.List(fields.Nested(BySourceSchema))
    by_group = fields.List(fields.Nested(ByGroupSchema))
    total = fields.Nested(TotalSchema)
