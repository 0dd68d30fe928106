"""Shapes of the support network."""

from __future__ import annotations

from marshmallow import validate

from services.eventkit.http import Schema, fields
from services.eventkit.paging import ListQuerySchema
from services.registry.api.schemas import PersonSchema, ReasonSchema

NETWORK_ID = validate.Length(1, 64)


class EstablishSchema(Schema):
    """`decision` is the number of the decision that establishes it."""

    name = fields.Text(200, required=True)
    decision = fields.Text(100, required=True)
    occurred_on = fields.OccurredOn(required=True)


class NetworkQuery(ListQuerySchema):
    active = fields.Boolean()


class NetworkSchema(Schema):
    id = fields.String()
    version = fields.Integer()
    name = fields.String()
    decision = fields.String()
    established_on = fields.String()
    dissolved_on = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)
    active = fields.Boolean()


class NetworkRowSchema(NetworkSchema):
    position = fields.Integer()


class NetworkListSchema(Schema):
    items = fields.List(fields.Nested(NetworkRowSchema))
    next = fields.String(allow_none=True)


class RegisterConsultantSchema(Schema):
    """`fields` of expertise, e.g. boilers."""

    network_id = fields.String(required=True, validate=NETWORK_ID)
    person = fields.Nested(PersonSchema, required=True)
    expertise = fields.List(
        fields.Text(100),
        load_default=[],
        validate=validate.Length(max=20),
        data_key="fields",
        attribute="fields",
    )
    occurred_on = fields.OccurredOn(required=True)


class ConsultantQuery(ListQuerySchema):
    """`q` searches the fields of expertise: names are sealed."""

    network_id = fields.String(validate=NETWORK_ID)
    active = fields.Boolean()


class ConsultantRowSchema(Schema):
    id = fields.String()
    version = fields.Integer()
    position = fields.Integer()
    network_id = fields.String()
    expertise = fields.List(fields.String(), data_key="fields", attribute="fields")
    active = fields.Boolean()
    registered_on = fields.String()


class ConsultantListSchema(Schema):
    items = fields.List(fields.Nested(ConsultantRowSchema))
    next = fields.String(allow_none=True)


class ActivitySchema(Schema):
    since = fields.Date()
    active = fields.Boolean()
    reason = fields.String(allow_none=True)


class ConsultantSchema(Schema):
    """`person` is null for who may not see it, and once it has been erased."""

    id = fields.String()
    version = fields.Integer()
    network_id = fields.String()
    person = fields.Nested(PersonSchema, allow_none=True)
    erased_on = fields.Date(allow_none=True)
    expertise = fields.List(fields.String(), data_key="fields", attribute="fields")
    active = fields.Boolean()
    registered_on = fields.String()
    activity = fields.List(fields.Nested(ActivitySchema))


class LinkOfficeSchema(Schema):
    network_id = fields.String(required=True, validate=NETWORK_ID)
    office = fields.Text(200, required=True, metadata={"examples": ["Phòng Kinh tế và Hạ tầng"]})
    occurred_on = fields.OccurredOn(required=True)


class UnlinkSchema(ReasonSchema):
    network_id = fields.String(required=True, validate=NETWORK_ID)


class LinkQuery(ListQuerySchema):
    """`network_id` keeps the units that are linked to it now."""

    unit_id = fields.Slug()
    network_ids = fields.String(data_key="network_id", attribute="network_ids", validate=NETWORK_ID)
    linked = fields.Boolean()


class LinkSchema(Schema):
    network_id = fields.String()
    office = fields.String()
    since = fields.String()
    until = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)


class LinksSchema(Schema):
    """`id` is the unit's; `network_ids` are those it is linked to now, `since` the day of the newest link."""

    id = fields.String()
    version = fields.Integer()
    unit_id = fields.String()
    network_ids = fields.List(fields.String())
    linked = fields.Boolean()
    links = fields.List(fields.Nested(LinkSchema))
    since = fields.String()


class LinkRowSchema(LinksSchema):
    position = fields.Integer()


class LinkListSchema(Schema):
    items = fields.List(fields.Nested(LinkRowSchema))
    next = fields.String(allow_none=True)
