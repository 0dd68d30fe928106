"""The difference between two readings, as it is answered."""

from __future__ import annotations

from marshmallow import validate

from services.eventkit.http import Schema, fields
from services.kpi.api.described import always, nullable
from services.kpi.api.queries import Day, Moment, SelectionQuery
from services.kpi.api.schemas import (
    FiltersSchema,
    PlanSchema,
    PositionSchema,
    ReadingSchema,
    RulesSchema,
    WordsSchema,
)
from services.kpi.api.traced_schemas import TracedSchema
from services.kpi.domain.shares import FACILITY_CODES

#: Facilities, or units, of a page: the events of each are asked for at three logs.
USUAL, MOST = 20, 50


class ChangesQuery(SelectionQuery):
    """Two readings: each of a day, as it was known at a moment."""

    class Meta:
        exclude = ("known_at", "after")

    from_ = Moment(data_key="from", metadata={"description": "The first as known at; by default now"})
    to = Moment(metadata={"description": "The second as known at; by default now"})
    from_on = Day(metadata={"description": "The day of the first, where it is another than `on`"})
    to_on = Day(metadata={"description": "The day of the second, where it is another than `on`"})
    limit = fields.Integer(load_default=USUAL, validate=validate.Range(1, MOST))
    cursor = fields.String(
        load_default=None,
        validate=validate.Length(1, 1000),
        metadata={"description": "`next` of the page before"},
    )


class AmountSchema(Schema):
    numerator = fields.Integer(**always())
    denominator = fields.Integer(**always())


class ReadAtSchema(ReadingSchema):
    as_of = fields.Date(**always())
    known_at = fields.DateTime(**always("What had been recorded by then"))
    generation = fields.String(**always())
    position = fields.Nested(PositionSchema, **always())


class ChangedSideSchema(AmountSchema):
    unit_id = fields.String(**nullable("Where it stands"))
    why = fields.Nested(WordsSchema, **always())


class DecidingSchema(TracedSchema):
    decides = fields.List(
        fields.String(validate=validate.OneOf(["from", "to"])), **always("The readings in which it decides")
    )
    new = fields.Boolean(**always("Recorded between the two moments"))


class ChangedSchema(AmountSchema):
    """What it adds to the difference, and to each of the two."""

    id = fields.String(**always("Of the facility; of K3 of the unit"))
    from_ = fields.Nested(ChangedSideSchema, data_key="from", **always())
    to = fields.Nested(ChangedSideSchema, **always())
    events = fields.List(
        fields.Nested(DecidingSchema), **always("That decide in either, or were recorded between")
    )


class ChangesSchema(Schema):
    code = fields.String(validate=validate.OneOf([*FACILITY_CODES, "K3"]), **always())
    name = fields.Nested(WordsSchema, **always())
    unit = fields.String(**always("Of numerator and denominator"))
    plan = fields.Nested(PlanSchema, **always())
    rules = fields.Nested(RulesSchema, **always())
    filters = fields.Nested(FiltersSchema, **always())
    from_ = fields.Nested(ReadAtSchema, data_key="from", **always())
    to = fields.Nested(ReadAtSchema, **always())
    difference = fields.Nested(AmountSchema, **always("Of the two readings"))
    explained = fields.Nested(AmountSchema, **always("The sum over all items of all pages: the same"))
    changed = fields.Integer(**always("How many items there are on all pages"))
    items = fields.List(fields.Nested(ChangedSchema), **always("Ordered by id"))
    next = fields.String(**nullable("Cursor of the next page"))
