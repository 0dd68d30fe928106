"""Shapes of what is asked and said about duplicates."""

from __future__ import annotations

from marshmallow import validate

from services.eventkit.http import Schema, fields
from services.eventkit.paging import ListQuerySchema
from services.registry.api.schemas import FacilityRowSchema, ReasonSchema

_ID = validate.Length(1, 64)


class MergeSchema(ReasonSchema):
    survivor_id = fields.String(required=True, validate=_ID)


class DistinctSchema(ReasonSchema):
    other_id = fields.String(required=True, validate=_ID)


class MergeQuery(ListQuerySchema):
    survivor_id = fields.String(validate=_ID)
    unit_id = fields.Slug()


class MergedRowSchema(FacilityRowSchema):
    """A duplicate as its record stands, and what it was merged into."""

    survivor_id = fields.String()
    survivor_name = fields.String(allow_none=True)
    merged_on = fields.Date()
    reason = fields.String()


class MergeListSchema(Schema):
    items = fields.List(fields.Nested(MergedRowSchema))
    next = fields.String(allow_none=True)
