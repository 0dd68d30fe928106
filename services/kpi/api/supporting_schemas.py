"""The answers about S1 to S6, and the tables of options, money, tasks and data quality."""

from __future__ import annotations

from marshmallow import validate

from services.eventkit.http import Schema, fields
from services.kpi.api.beside_schemas import BesideSchema
from services.kpi.api.described import always, nullable
from services.kpi.api.schemas import (
    EnvelopeSchema,
    FiltersSchema,
    ForecastSchema,
    TargetsSchema,
    WordsSchema,
)
from services.kpi.domain.judging import STATUSES
from services.kpi.views.supporting import CODES


class MeasureSchema(Schema):
    measure = fields.String(**always("Also the key under which a plan says what it expects"))
    name = fields.Nested(WordsSchema, **always())
    unit = fields.String(**always("Of the value when it is a number, of its two parts when it is a share"))
    value = fields.String(**nullable("Exact: a number, or numerator/denominator"))
    decimal = fields.String(
        **nullable("The value; a share rounded half-even to six places, for display only")
    )
    numerator = fields.Integer(**nullable("What is counted, where it is a whole number"))
    denominator = fields.Integer(
        **nullable("Of a share the whole; of a median and of CO2, of how many; a number has none")
    )
    expected = fields.Integer(**nullable("What is wanted by the plan's end, of what is counted"))
    met = fields.Boolean(
        **nullable("Whether what is counted reaches that, or where less is better stays within it")
    )
    reason = fields.Nested(WordsSchema, **nullable("Why there is no value"))


class JudgedMeasureSchema(MeasureSchema):
    status = fields.String(validate=validate.OneOf(STATUSES), **always())
    expected_said_by = fields.String(
        validate=validate.OneOf(["plan", "records"]),
        **nullable("The plan's own number, or the documents and the money planned under it"),
    )
    milestone_on = fields.Date(**nullable("The day by which it is wanted: the last of the plan"))
    path = fields.String(**nullable("Where it should be on as_of, to six places"))
    along = fields.String(
        validate=validate.OneOf(["straight", "due-days", "limit"]),
        **nullable("From nothing at the plan's start; as documents fall due; at most so much every day"),
    )
    forecast = fields.Nested(ForecastSchema, **nullable("Of a value that has a number to reach"))
    not_judged = fields.Nested(WordsSchema, **nullable("Why it cannot be judged"))
    official = fields.Nested(
        BesideSchema, **nullable("What was frozen for this plan and day, of the whole province")
    )


class SupportingSchema(Schema):
    code = fields.String(validate=validate.OneOf(CODES), **always())
    name = fields.Nested(WordsSchema, **always())
    status = fields.String(
        validate=validate.OneOf(STATUSES), **always("The worst of those of its measures that have a number")
    )
    measures = fields.List(fields.Nested(JudgedMeasureSchema), **always())


class AllTargetsSchema(TargetsSchema):
    supporting = fields.List(fields.Nested(SupportingSchema), **always("S1 to S6"))


class MonthMeasureSchema(MeasureSchema):
    month = fields.String(**always("YYYY-MM"))
    on = fields.Date(**always("The last day of the month"))


class RowSchema(MeasureSchema):
    by = fields.String(
        validate=validate.OneOf(
            ["unit", "section", "kind", "size", "channel", "audience", "class", "source", "group"]
        ),
        **always("What the row divides by"),
    )
    group = fields.String(**always())
    group_name = fields.Nested(WordsSchema, **always())


class SupportingDetailSchema(EnvelopeSchema):
    filters = fields.Nested(FiltersSchema, **always("What was chosen"))
    code = fields.String(validate=validate.OneOf(CODES), **always())
    name = fields.Nested(WordsSchema, **always())
    rule = fields.Nested(WordsSchema, **always("The rule in words"))
    status = fields.String(
        validate=validate.OneOf(STATUSES), **always("The worst of those of its measures that have a number")
    )
    measures = fields.List(fields.Nested(JudgedMeasureSchema), **always())
    series = fields.List(fields.Nested(MonthMeasureSchema), **always("Through the plan, to as_of"))
    rows = fields.List(fields.Nested(RowSchema), **always("The measures that divide, by each division"))
