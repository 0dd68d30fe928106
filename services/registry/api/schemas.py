"""Shapes of the registry's requests and answers."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, validate, validates_schema

from services.eventkit.http import Schema, fields
from services.eventkit.paging import ListQuerySchema
from services.registry.domain.events import FacilityKind, Industry, Level
from services.registry.domain.facility import (
    INDUSTRY_CODE,
    SECTIONS_2025,
    VSIC_VERSIONS,
    Status,
    has_section,
)

KIND = validate.OneOf([kind.value for kind in FacilityKind])
UNIT_KIND = validate.OneOf(["province", "city", "town", "district", "commune", "ward"])
LEVEL = validate.OneOf([level.value for level in Level])


def matching(pattern: str, says: str, **options: Any) -> fields.String:
    """Text that is `pattern` from end to end; a newline after it does not pass."""
    check = validate.Regexp(rf"^(?:{pattern})\Z", error=f"Must be {says}.")
    return fields.String(validate=check, metadata={"pattern": f"^(?:{pattern})$"}, **options)


def _in_some_version(code: str) -> None:
    if not any(has_section(Industry(version, code)) for version in VSIC_VERSIONS):
        raise ValidationError(INDUSTRY_CODE)


class IndustrySchema(Schema):
    version = fields.Integer(required=True, validate=validate.OneOf(VSIC_VERSIONS))
    code = fields.String(required=True, validate=_in_some_version, metadata={"pattern": "^[0-9]{2,5}$"})

    @validates_schema
    def in_a_section(self, data: dict[str, Any], **kwargs: Any) -> None:
        if not has_section(Industry(**data)):
            raise ValidationError({"code": [INDUSTRY_CODE]})


class ProductSchema(Schema):
    name = fields.Text(200, required=True)
    unit = fields.Text(40, required=True)


class DetailsSchema(Schema):
    code = matching("[A-Za-z0-9][A-Za-z0-9._/-]{0,39}", "1 to 40 letters, digits, . _ / -", required=True)
    name = fields.Text(200, required=True)
    kind = fields.String(required=True, validate=KIND)
    industry = fields.Nested(IndustrySchema, required=True)
    tax_code = matching("[0-9]{10}(-?[0-9]{3})?", "10 or 13 digits", allow_none=True)
    employees = fields.Integer(validate=validate.Range(0, 1_000_000), allow_none=True)
    products = fields.List(fields.Nested(ProductSchema), validate=validate.Length(max=50))
    latitude = fields.Float(validate=validate.Range(-90, 90), allow_none=True)
    longitude = fields.Float(validate=validate.Range(-180, 180), allow_none=True)


class RegisterSchema(DetailsSchema):
    unit_id = fields.Slug(required=True)
    occurred_on = fields.OccurredOn(required=True)


class CorrectSchema(Schema):
    """A change of the industry or of a product gives it whole."""

    changes = fields.Nested(DetailsSchema(partial=("code", "name", "kind", "industry")), required=True)
    reason = fields.Text(500, required=True)
    occurred_on = fields.OccurredOn(required=True)


class MoveSchema(Schema):
    unit_id = fields.Slug(required=True)
    occurred_on = fields.OccurredOn(required=True)


class ReasonSchema(Schema):
    reason = fields.Text(500, required=True)
    occurred_on = fields.OccurredOn(required=True)


class FacilityQuery(ListQuerySchema):
    unit_id = fields.Slug()
    status = fields.String(validate=validate.OneOf([status.value for status in Status]))
    kind = fields.String(validate=KIND)
    section = fields.String(validate=validate.OneOf([letter for letter, _, _ in SECTIONS_2025]))
    code = fields.String(validate=validate.Length(1, 40))
    tax_code = fields.String(validate=validate.Length(1, 14))
    within = fields.Slug(metadata={"description": "In this unit or in one that is part of it"})
    id = fields.List(
        fields.Text(max=64),
        validate=validate.Length(max=200),
        metadata={"description": "Those of these ids; give it again for several"},
    )
    employees_from = fields.Integer(validate=validate.Range(0, 1_000_000))
    employees_to = fields.Integer(validate=validate.Range(0, 1_000_000))
    merged = fields.Boolean(
        load_default=False, metadata={"description": "true: merged duplicates alone; false: all others"}
    )


class StatusSchema(Schema):
    since = fields.Date()
    value = fields.String()


class FacilitySchema(Schema):
    id = fields.String()
    version = fields.Integer()
    code = fields.String()
    name = fields.String()
    kind = fields.String()
    industry = fields.Nested(IndustrySchema)
    tax_code = fields.String(allow_none=True)
    employees = fields.Integer(allow_none=True)
    products = fields.List(fields.Nested(ProductSchema))
    latitude = fields.Float(allow_none=True)
    longitude = fields.Float(allow_none=True)
    unit_id = fields.String()
    status = fields.String()
    registered_on = fields.Date()
    unit_history = fields.List(fields.Nested(StatusSchema))
    status_history = fields.List(fields.Nested(StatusSchema))
    merged_into = fields.String(allow_none=True)


class FacilityRowSchema(Schema):
    id = fields.String()
    version = fields.Integer()
    position = fields.Integer()
    code = fields.String()
    name = fields.String()
    tax_code = fields.String(allow_none=True)
    kind = fields.String()
    industry = fields.Nested(IndustrySchema)
    section = fields.String(allow_none=True)
    unit_id = fields.String()
    status = fields.String()
    employees = fields.Integer(allow_none=True)
    registered_on = fields.String()
    merged_into = fields.String(allow_none=True)


class FacilityListSchema(Schema):
    items = fields.List(fields.Nested(FacilityRowSchema))
    next = fields.String(allow_none=True)


class RegisterUnitSchema(Schema):
    id = fields.OwnId(required=True)
    code = matching("[0-9]{1,10}", "1 to 10 digits", required=True)
    name = fields.Text(200, required=True)
    level = fields.String(required=True, validate=LEVEL)
    kind = fields.String(required=True, validate=UNIT_KIND)
    parent_id = fields.Slug(load_default=None, allow_none=True)
    occurred_on = fields.OccurredOn(required=True)


class RenameUnitSchema(Schema):
    code = matching("[0-9]{1,10}", "1 to 10 digits", required=True)
    name = fields.Text(200, required=True)
    occurred_on = fields.OccurredOn(required=True)


class CloseUnitSchema(ReasonSchema):
    successors = fields.List(fields.Slug(), load_default=[], validate=validate.Length(max=200))


class UnitQuery(ListQuerySchema):
    level = fields.String(validate=LEVEL)
    parent_id = fields.Slug()
    code = fields.String(validate=validate.Length(1, 10))


class UnitSchema(Schema):
    id = fields.String()
    version = fields.Integer()
    position = fields.Integer()
    code = fields.String()
    name = fields.String()
    level = fields.String()
    kind = fields.String()
    parent_id = fields.String(allow_none=True)
    valid_from = fields.String()
    valid_to = fields.String(allow_none=True)
    successors = fields.List(fields.String())


class UnitListSchema(Schema):
    items = fields.List(fields.Nested(UnitSchema))
    next = fields.String(allow_none=True)


class PersonSchema(Schema):
    name = fields.Text(200, required=True)
    phone = matching("[+]?[0-9 .-]{6,20}", "6 to 20 digits", allow_none=True)
    email = fields.Email(validate=validate.Length(max=254), allow_none=True)


class RegisterOfficerSchema(Schema):
    person = fields.Nested(PersonSchema, required=True)
    occurred_on = fields.OccurredOn(required=True)


class AppointSchema(MoveSchema):
    dedicated = fields.Boolean(required=True)


class RelieveSchema(ReasonSchema):
    unit_id = fields.Slug(required=True)


class AppointmentSchema(Schema):
    unit_id = fields.String()
    dedicated = fields.Boolean()
    since = fields.Date()
    until = fields.Date(allow_none=True)


class ErasureQuery(Schema):
    """Of a DELETE that erases a person."""

    reason = fields.Text(
        500,
        required=True,
        metadata={"description": "Such as the number of the request; without names: it stays for ever"},
    )


class OfficerSchema(Schema):
    """`person` is null for who may not see it, and once it has been erased: then `erased_on` says when."""

    id = fields.String()
    version = fields.Integer()
    person = fields.Nested(PersonSchema, allow_none=True)
    erased_on = fields.Date(allow_none=True)
    registered_on = fields.Date()
    unit_ids = fields.List(fields.String())
    appointments = fields.List(fields.Nested(AppointmentSchema))


class OfficerQuery(ListQuerySchema):
    """No `q`: names are sealed, so there is nothing to search."""

    class Meta(ListQuerySchema.Meta):
        exclude = ("q",)

    unit_ids = fields.Slug(data_key="unit_id", attribute="unit_ids")


class OfficerRowSchema(Schema):
    id = fields.String()
    version = fields.Integer()
    position = fields.Integer()
    unit_ids = fields.List(fields.String())
    registered_on = fields.String()


class OfficerListSchema(Schema):
    items = fields.List(fields.Nested(OfficerRowSchema))
    next = fields.String(allow_none=True)
