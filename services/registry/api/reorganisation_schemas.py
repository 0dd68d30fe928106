"""Shapes of what is asked and said about reorganisations and official counts."""

from __future__ import annotations

from marshmallow import validate

from services.eventkit.http import Schema, fields
from services.eventkit.paging import ListQuerySchema
from services.registry.api.schemas import LEVEL, UNIT_KIND, matching

KINDS = ("rename", "merge", "split", "end-of-level")
STATUSES = ("announced", "applied")


class UnitChangeSchema(Schema):
    """`successors`: one of a merge, several of a split, none of a rename. All of them, or none as long as not
    all are known: the facilities of a unit with exactly one are moved into it."""

    unit_id = fields.Slug(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    successors = fields.List(fields.Slug(), load_default=[], validate=validate.Length(max=200))


class NewUnitSchema(Schema):
    """A unit that comes into being, or, under the id of a renamed one, its new code and name."""

    unit_id = fields.OwnId(required=True)
    code = matching("[0-9]{1,10}", "1 to 10 digits", required=True)
    name = fields.Text(200, required=True)
    level = fields.String(required=True, validate=LEVEL)
    kind = fields.String(required=True, validate=UNIT_KIND)
    parent_id = fields.Slug(load_default=None, allow_none=True)


class AnnounceSchema(Schema):
    """`occurred_on` is the day from which it takes effect."""

    id = fields.OwnId(required=True)
    title = fields.Text(300, required=True)
    source = fields.Text(500, required=True)
    complete = fields.Boolean(required=True)
    changes = fields.List(fields.Nested(UnitChangeSchema), required=True, validate=validate.Length(max=500))
    new_units = fields.List(fields.Nested(NewUnitSchema), load_default=[], validate=validate.Length(max=2000))
    occurred_on = fields.OccurredOn(required=True)


class LoadSchema(Schema):
    name = fields.Slug(required=True, metadata={"description": "of a file that comes with the registry"})


class ReorganisationQuery(ListQuerySchema):
    status = fields.String(validate=validate.OneOf(STATUSES))
    complete = fields.Boolean()


class _ReorganisationSchema(Schema):
    """The last three are null until it is applied."""

    id = fields.String()
    version = fields.Integer()
    title = fields.String()
    source = fields.String()
    complete = fields.Boolean()
    status = fields.String(validate=validate.OneOf(STATUSES))
    occurred_on = fields.String(metadata={"format": "date"})
    units = fields.Integer(allow_none=True)
    facilities_moved = fields.Integer(allow_none=True)
    facilities_waiting = fields.Integer(allow_none=True)


class ReorganisationSchema(_ReorganisationSchema):
    changes = fields.List(fields.Nested(UnitChangeSchema))
    new_units = fields.List(fields.Nested(NewUnitSchema))


class ReorganisationRowSchema(_ReorganisationSchema):
    position = fields.Integer()


class ReorganisationListSchema(Schema):
    items = fields.List(fields.Nested(ReorganisationRowSchema))
    next = fields.String(allow_none=True)


class WaitingQuery(ListQuerySchema):
    unit_id = fields.Slug()


class PublishCountSchema(Schema):
    """`occurred_on` is the day from which the count holds."""

    facilities = fields.Integer(required=True, validate=validate.Range(0, 10_000_000))
    households = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(0, 10_000_000))
    source = fields.Text(500, required=True)
    occurred_on = fields.OccurredOn(required=True)


class CountSchema(Schema):
    since = fields.Date()
    facilities = fields.Integer()
    households = fields.Integer(allow_none=True)
    source = fields.String()


class CountsSchema(Schema):
    """By the day from which each holds; of one day the last holds."""

    unit_id = fields.String()
    version = fields.Integer()
    counts = fields.List(fields.Nested(CountSchema))
