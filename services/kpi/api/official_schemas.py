"""Shapes of official values."""

from __future__ import annotations

from typing import get_args

from marshmallow import validate

from services.eventkit.http import Schema, fields
from services.eventkit.paging import ListQuerySchema
from services.kpi.api.described import always, nullable
from services.kpi.api.queries import Moment
from services.kpi.api.schemas import PositionSchema, WordsSchema
from services.kpi.domain.official import Lack
from services.kpi.domain.plans import DEFAULT


class _ReadingAskedSchema(Schema):
    known_at = Moment(
        metadata={"description": "What had been recorded by then, as reads take it; by default, by now"}
    )
    despite = fields.List(
        fields.String(validate=validate.OneOf(get_args(Lack))),
        load_default=list,
        validate=validate.Length(max=2),
        metadata={
            "description": "Freeze although subjects are parked, or although not all that is recorded "
            "has been applied; what was lacking is kept with the values"
        },
    )


class FreezeSchema(_ReadingAskedSchema):
    plan = fields.Slug(load_default=DEFAULT, metadata={"description": f"By default {DEFAULT}"})
    on = fields.OccurredOn(required=True, metadata={"description": "The end of the period"})
    label = fields.Text(200, required=True, metadata={"examples": ["Báo cáo năm 2018"]})


class CorrectSchema(_ReadingAskedSchema):
    corrects = fields.String(
        required=True,
        validate=validate.Length(1, 64),
        metadata={"description": "`official_id` of what holds until now"},
    )
    reason = fields.Text(1000, required=True)
    label = fields.Text(200, required=True)


class OfficialQuery(ListQuerySchema):
    plan_id = fields.Slug()
    on = fields.Date(metadata={"description": "The end of the period"})


class OfficialRowSchema(Schema):
    id = fields.String(**always("Plan and day"))
    version = fields.Integer(**always())
    position = fields.Integer(**always("In the log of this service"))
    plan_id = fields.String(**always())
    on = fields.String(**always("The end of the period"))
    label = fields.String(**always())
    by = fields.String(**always("Who froze it"))
    read_at = fields.String(**always("When it was read and frozen"))
    official_id = fields.String(**always("What holds now"))
    corrections = fields.Integer(**always("How often it was corrected"))
    rules = fields.String(**always("id@version"))
    sha256 = fields.String(**always("Of the canonical JSON of the reading"))
    values = fields.Dict(
        keys=fields.String(),
        values=fields.String(allow_none=True),
        **always("By target, the exact ratio; null without a value"),
    )


class OfficialListSchema(Schema):
    items = fields.List(fields.Nested(OfficialRowSchema), **always())
    next = fields.String(**nullable("Cursor of the next page"))


class ValueSchema(Schema):
    code = fields.String(**always())
    value = fields.String(**nullable("Exact"))
    decimal = fields.String(**nullable("For display"))
    numerator = fields.Integer(**nullable(""))
    denominator = fields.Integer(**nullable(""))
    met = fields.Boolean(**nullable(""))
    reason = fields.Nested(WordsSchema, **nullable("Why there is no value"))


class TargetValueSchema(ValueSchema):
    target = fields.String(**nullable("What the plan asked for on that day"))


class MeasureValueSchema(ValueSchema):
    measure = fields.String(**always())
    unit = fields.String(**always())
    expected = fields.Integer(**nullable("What the plan expects by its end"))


class SourceSchema(Schema):
    id = fields.String(**always())
    version = fields.String(**nullable(""))
    sha256 = fields.String(**always("Of the content as canonical JSON"))


class HeadsSchema(Schema):
    """Of the logs that answered."""

    registry = fields.String()
    audits = fields.String()
    training = fields.String()


class OfficialReadingSchema(Schema):
    on = fields.Date(**always())
    read_at = fields.DateTime(**always())
    known_at = fields.DateTime(**nullable("The moment of the past that was read, if one was asked for"))
    plan = fields.Nested(SourceSchema, **always())
    rules = fields.Nested(SourceSchema, **always())
    position = fields.Nested(PositionSchema, **always("How far each log had been applied"))
    heads = fields.Nested(HeadsSchema, **always("The hash of the commit at that position"))
    targets = fields.List(fields.Nested(TargetValueSchema), **always())
    supporting = fields.List(fields.Nested(MeasureValueSchema), **always())


class LackingSchema(Schema):
    what = fields.String(validate=validate.OneOf(get_args(Lack)), **always())
    detail = fields.String(**always())


class EntrySchema(Schema):
    official_id = fields.String(**always())
    label = fields.String(**always())
    by = fields.String(**always("Who froze it"))
    reading = fields.Nested(OfficialReadingSchema, **always())
    sha256 = fields.String(**always("Of the canonical JSON of `reading`"))
    lacking = fields.List(fields.Nested(LackingSchema), **always("Known to be missing, and accepted"))
    corrects = fields.String(**nullable("Of a correction: what held before"))
    reason = fields.String(**nullable("Of a correction"))


class PeriodSchema(Schema):
    id = fields.String(**always())
    version = fields.Integer(**always())
    plan_id = fields.String(**always())
    on = fields.Date(**always())
    official = fields.Nested(EntrySchema, **always("What holds now"))
    earlier = fields.List(fields.Nested(EntrySchema), **always("What was corrected, the first first"))
