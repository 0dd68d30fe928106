"""From a number to facilities, to events, and what one event does to the numbers."""

from __future__ import annotations

from typing import Any

from marshmallow import validate

from services.eventkit.http import Schema, fields
from services.kpi.api.change_schemas import AmountSchema
from services.kpi.api.described import always, nullable
from services.kpi.api.queries import SelectionQuery
from services.kpi.api.schemas import (
    KNOWN_AT,
    EnvelopeSchema,
    FiltersSchema,
    PositionSchema,
    ReadingSchema,
    WordsSchema,
)
from services.kpi.api.traced_schemas import TracedSchema
from services.kpi.domain.targets import CODES

#: Facilities of a page.
USUAL, MOST = 50, 200


class FacilitiesQuery(SelectionQuery):
    counted = fields.Boolean(
        metadata={"description": "true: in the numerator only (K2b: in the sums); false: not in it"}
    )
    limit = fields.Integer(load_default=USUAL, validate=validate.Range(1, MOST))
    cursor = fields.String(
        load_default="",
        validate=validate.Length(1, 200),
        metadata={"description": "`next` of the page before"},
    )


class CountedSchema(AmountSchema):
    """What one adds to numerator and denominator: over all pages they are the target's."""

    id = fields.String(**always("Of the facility; of K3 of the unit"))
    unit_id = fields.String(**nullable("Where it stands on that day"))
    counted = fields.Boolean(**always("In the numerator (K2b: in the sums)"))
    why = fields.Nested(WordsSchema, **always())
    decided_by = fields.List(fields.String(), **always("Ids of the events that decide"))
    subjects = fields.List(
        fields.String(),
        **always("Whose events are behind it: itself, those merged into it, a unit's officers"),
    )


class FacilitiesSchema(EnvelopeSchema):
    filters = fields.Nested(FiltersSchema, **always())
    code = fields.String(**always())
    items = fields.List(
        fields.Nested(CountedSchema), **always("In the denominator; ordered by id. May be few, see `next`")
    )
    next = fields.String(**nullable("Cursor of the next page; null after the last"))


class EventsSchema(Schema):
    known_at = fields.DateTime(**KNOWN_AT)
    position = fields.Nested(PositionSchema, **always())
    subjects = fields.List(fields.String(), **always("The record, and those merged into it"))
    events = fields.List(fields.Nested(TracedSchema), **always("As they were recorded"))


class EffectOnSchema(Schema):
    code = fields.String(validate=validate.OneOf(CODES), **always())
    name = fields.Nested(WordsSchema, **always())
    with_ = fields.Nested(ReadingSchema, data_key="with", **always("As it is"))
    without = fields.Nested(ReadingSchema, **always("As it would be"))
    changed = fields.Boolean(**always())


class MeasureEffectSchema(Schema):
    code = fields.String(**always("S1 to S6"))
    measure = fields.String(**always())
    name = fields.Nested(WordsSchema, **always())
    with_ = fields.String(data_key="with", **nullable("Its exact value"))
    without = fields.String(**nullable("Its exact value"))


class EffectSchema(EnvelopeSchema):
    filters = fields.Nested(FiltersSchema, **always())
    event = fields.Nested(TracedSchema, **always())
    targets = fields.List(fields.Nested(EffectOnSchema), **always("All of them"))
    supporting = fields.List(fields.Nested(MeasureEffectSchema), **always("Those measures that differ"))


def some(shown: dict[str, Any]) -> dict[str, Any]:
    """The reading of a shown target."""
    return {name: shown[name] for name in ReadingSchema._declared_fields}
