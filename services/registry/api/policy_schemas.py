"""Shapes of policy documents."""

from __future__ import annotations

from typing import get_args

from marshmallow import validate

from services.eventkit.http import Schema, fields
from services.eventkit.paging import ListQuerySchema
from services.registry.domain.policy import PolicyStatus


class PlanPolicySchema(Schema):
    plan_id = fields.Slug(required=True)
    title = fields.Text(300, required=True)
    kind = fields.Text(100, required=True, metadata={"examples": ["Quyết định"]})
    agency = fields.Text(200, required=True)
    due = fields.Date(required=True)
    occurred_on = fields.OccurredOn(required=True)


class IssueSchema(Schema):
    number = fields.Text(100, required=True, metadata={"examples": ["12/2018/QĐ-UBND"]})
    issuer = fields.Text(200, required=True)
    occurred_on = fields.OccurredOn(required=True)


class PolicyQuery(ListQuerySchema):
    plan_id = fields.Slug()
    status = fields.String(validate=validate.OneOf(get_args(PolicyStatus)))
    kind = fields.Text(100)
    agency = fields.Text(200)


class PolicySchema(Schema):
    """`days_late` is from the day it was due to the day it was issued: below 0 when it came early."""

    id = fields.String()
    version = fields.Integer()
    plan_id = fields.String()
    title = fields.String()
    kind = fields.String()
    agency = fields.String()
    status = fields.String()
    due = fields.String()
    planned_on = fields.String()
    issued_on = fields.String(allow_none=True)
    dropped_on = fields.String(allow_none=True)
    days_late = fields.Integer(allow_none=True)
    number = fields.String(allow_none=True)
    issuer = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)


class PolicyRowSchema(PolicySchema):
    position = fields.Integer()


class PolicyListSchema(Schema):
    items = fields.List(fields.Nested(PolicyRowSchema))
    next = fields.String(allow_none=True)
