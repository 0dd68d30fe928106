"""A measurement as it is sent: the request body itself, so that error pointers are pointers into the body."""

from __future__ import annotations

from typing import Any

import msgspec
from marshmallow.validate import Length, OneOf

from services.audits.domain.measurement import BASES, RESOURCES, UNITS, Measurement
from services.eventkit.http import Schema, fields

#: Of every resource, each once, in the order of the vocabulary.
ALL_UNITS = tuple(dict.fromkeys(unit for units in UNITS.values() for unit in units))


class PeriodSchema(Schema):
    start = fields.OccurredOn(required=True, metadata={"description": "First day"})
    end = fields.OccurredOn(required=True, metadata={"description": "Last day, which belongs to the period"})


class ProductSchema(Schema):
    code = fields.Text(max=60, required=True, metadata={"description": "The same in every period"})
    name = fields.Text(max=200, required=True)
    unit = fields.Text(max=40, required=True, metadata={"description": "The same in every period"})
    output = fields.Quantity(required=True, metadata={"description": "Produced over the period, in `unit`"})
    equivalence = fields.Quantity(
        metadata={"description": "Weight of one unit among products that share a flow; greater than 0"}
    )


class FlowSchema(Schema):
    resource = fields.String(required=True, validate=OneOf(RESOURCES))
    name = fields.Text(max=200, metadata={"description": "Which material; needed when resource is material"})
    quantity = fields.Quantity(required=True, metadata={"description": "Taken in over the period, in `unit`"})
    unit = fields.String(
        required=True,
        validate=OneOf(ALL_UNITS),
        metadata={"description": "; ".join(f"{r}: {', '.join(u)}" for r, u in UNITS.items())},
    )
    cost_vnd = fields.Money(metadata={"description": "What it cost over the period, whole VND"})
    basis = fields.String(required=True, validate=OneOf(BASES))
    product = fields.Text(
        max=60, metadata={"description": "Code of the only product this meter serves; left out when shared"}
    )


class MeasurementSchema(Schema):
    """What was produced and consumed in a period."""

    period = fields.Nested(PeriodSchema, required=True)
    products = fields.List(fields.Nested(ProductSchema), required=True, validate=Length(min=1, max=100))
    flows = fields.List(fields.Nested(FlowSchema), required=True, validate=Length(max=500))


def measurement_of(body: dict[str, Any]) -> Measurement:
    """From a loaded `MeasurementSchema`. What the fields mean together is checked by the domain."""
    return msgspec.convert(body, Measurement)
