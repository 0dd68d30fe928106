"""Shapes of what is asked and said about records that may be one facility."""

from __future__ import annotations

from marshmallow import validate

from services.eventkit.http import Schema, fields
from services.eventkit.paging import ListQuerySchema
from services.registry.api.schemas import FacilityRowSchema, FacilitySchema

STRENGTHS = ("strong", "weak")


class DuplicateQuery(ListQuerySchema):
    by = fields.String(load_default="tax-code", validate=validate.OneOf(["tax-code", "name"]))
    unit_id = fields.Slug(metadata={"description": "of one of the records"})
    strength = fields.String(validate=validate.OneOf(STRENGTHS))


class AlikeSchema(FacilityRowSchema):
    class Meta(FacilityRowSchema.Meta):
        exclude = ("position", "section", "merged_into")


class DuplicateGroupSchema(Schema):
    """`key` is what the records share; `size` how many they are, the first 50 of which stand here."""

    by = fields.String()
    key = fields.String()
    strength = fields.String(validate=validate.OneOf(STRENGTHS))
    size = fields.Integer()
    facilities = fields.List(fields.Nested(AlikeSchema))


class DuplicateListSchema(Schema):
    items = fields.List(fields.Nested(DuplicateGroupSchema))
    next = fields.String(allow_none=True)


class ComparedSchema(Schema):
    """`same` is null where one of the two says nothing."""

    field = fields.String()
    same = fields.Boolean(allow_none=True)


class WarningSchema(Schema):
    code = fields.String(validate=validate.OneOf(["survivor-not-operating", "survivor-registered-later"]))
    detail = fields.String()


class SideBySideSchema(Schema):
    """`warnings` are about merging `one` into `other`."""

    one = fields.Nested(FacilitySchema)
    other = fields.Nested(FacilitySchema)
    strength = fields.String(
        allow_none=True, metadata={"description": "null: nothing says they are the same"}
    )
    declared_distinct = fields.Boolean()
    fields_compared = fields.List(fields.Nested(ComparedSchema))
    warnings = fields.List(fields.Nested(WarningSchema))
