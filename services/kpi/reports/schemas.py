"""The shapes of reports."""

from __future__ import annotations

from marshmallow import validate

from services.eventkit.http import Schema, fields
from services.kpi.api.described import always, nullable
from services.kpi.api.queries import KnownQuery
from services.kpi.api.schemas import PlanSchema, PositionSchema, ReadingSchema, TargetSchema, WordsSchema
from services.kpi.api.supporting_schemas import SupportingSchema
from services.kpi.api.table_schemas import (
    FundingRowSchema,
    MiddleSchema,
    MoneySchema,
    OptionCountsSchema,
    OptionRowSchema,
    QualityRowSchema,
    RecordsSchema,
    TaskCountsSchema,
    TaskRowSchema,
)
from services.kpi.domain.plans import DEFAULT
from services.kpi.domain.targets import CODES
from services.kpi.reports.files import FORMATS, LANGUAGES, MEDIA


class ReportsQuery(Schema):
    plan = fields.Slug(load_default=DEFAULT, metadata={"description": f"By default {DEFAULT}"})


class ReportQuery(KnownQuery):
    plan = fields.Slug(load_default=DEFAULT, metadata={"description": f"By default {DEFAULT}"})
    format = fields.String(
        load_default="json",
        validate=validate.OneOf(FORMATS),
        metadata={"description": "json has both languages and every number; pdf and xlsx are for people"},
    )
    lang = fields.String(
        load_default=LANGUAGES[0],
        validate=validate.OneOf(LANGUAGES),
        metadata={"description": "Of pdf and xlsx"},
    )


class KeptSchema(Schema):
    id = fields.String(**always("Under which it is read: /api/v1/reports/kept/{id}"))
    language = fields.String(validate=validate.OneOf(LANGUAGES), **always())
    format = fields.String(validate=validate.OneOf(list(MEDIA)), **always())
    position = fields.Nested(PositionSchema, **always())
    rules = fields.String(**always("id@version"))
    official_id = fields.String(**nullable("The official values that it tells of"))
    sha256 = fields.String(**always("Of the file"))
    size = fields.Integer(**always("Bytes"))
    made_at = fields.DateTime(**always())


class PeriodRowSchema(Schema):
    id = fields.String(**always("2018, or 2018-Q2"))
    year = fields.Integer(**always())
    quarter = fields.Integer(**nullable("1 to 4; null of a year"))
    start = fields.Date(**always())
    end = fields.Date(**always("The day of which it tells"))
    href = fields.String(**always("Where the report is made as of now, or of a moment"))
    kept = fields.List(fields.Nested(KeptSchema), **always("Made when it was due, the last first"))


class ReportsSchema(Schema):
    plan = fields.Nested(PlanSchema, **always())
    periods = fields.List(fields.Nested(PeriodRowSchema), **always("Those that are over, the latest first"))


class _SaidSchema(Schema):
    id = fields.String(**always("Plan and period"))
    year = fields.Integer(**always())
    quarter = fields.Integer(**nullable("1 to 4; null of a year"))
    start = fields.Date(**always())
    end = fields.Date(**always("All figures are of this day"))
    before = fields.Date(**nullable("The end of the period before, within the plan"))


class _PlanSchema(PlanSchema):
    sha256 = fields.String(**always("Of its content as canonical JSON"))


class _RulesSchema(Schema):
    id = fields.String(**always())
    version = fields.String(**always())
    sha256 = fields.String(**always("Of their content as canonical JSON"))


class _DividedSchema(ReadingSchema):
    name = fields.Nested(WordsSchema, **always())


class _DistrictSchema(_DividedSchema):
    unit_id = fields.String(**always())


class _IndustrySchema(_DividedSchema):
    section = fields.String(**always())


class _SizeSchema(_DividedSchema):
    size = fields.String(**always())


class _KindSchema(ReadingSchema):
    kind = fields.String(**always())


class ReportedSchema(TargetSchema):
    rule = fields.Nested(WordsSchema, **always("The rule in words"))
    before = fields.Nested(ReadingSchema, **nullable("At the end of the period before"))
    by_district = fields.List(fields.Nested(_DistrictSchema), **always())
    by_industry = fields.List(fields.Nested(_IndustrySchema), **always())
    by_size = fields.List(fields.Nested(_SizeSchema), **always())
    by_kind = fields.List(fields.Nested(_KindSchema), **always())


class _OptionsSchema(Schema):
    options = fields.List(fields.Nested(OptionRowSchema), **always())
    total = fields.Nested(OptionCountsSchema, **always())
    median_payback_years = fields.Nested(MiddleSchema, **always())


class _FundingSchema(Schema):
    funding = fields.List(fields.Nested(FundingRowSchema), **always())
    total = fields.Nested(MoneySchema, **always())


class _TasksSchema(Schema):
    tasks = fields.List(fields.Nested(TaskRowSchema), **always())
    total = fields.Nested(TaskCountsSchema, **always())


class _QualitySchema(Schema):
    quality = fields.List(fields.Nested(QualityRowSchema), **always())
    total = fields.Nested(RecordsSchema, **always())


class _CorrectionSchema(Schema):
    label = fields.String(**always())
    by = fields.String(**always())
    read_at = fields.DateTime(**always())
    reason = fields.String(**nullable("Always given: a correction has one"))


class _DifferenceSchema(Schema):
    """Facilities (of K3 units) that stand otherwise than when the values were frozen, by both reasons."""

    code = fields.String(validate=validate.OneOf(CODES), **always())
    from_ = fields.Nested(WordsSchema, data_key="from", **always("Why they stood so then"))
    to = fields.Nested(WordsSchema, **always("Why they stand so now"))
    count = fields.Integer(**always())
    numerator = fields.Integer(**always("What they change of it"))
    denominator = fields.Integer(**always("What they change of it"))


class _OfficialSchema(Schema):
    official_id = fields.String(**always())
    label = fields.String(**always())
    by = fields.String(**always())
    read_at = fields.DateTime(**always())
    position = fields.Nested(PositionSchema, **always())
    rules = fields.String(**always())
    sha256 = fields.String(**always())
    lacking = fields.List(fields.String(), **always())
    corrections = fields.List(fields.Nested(_CorrectionSchema), **always())
    differences = fields.List(
        fields.Nested(_DifferenceSchema),
        **always("Of the targets that are restated, by the rules of now; who: /targets/{code}/changes"),
    )


class _HeadsSchema(Schema):
    """Only of logs that have begun."""

    registry = fields.String()
    audits = fields.String()
    training = fields.String()


class ReportSchema(Schema):
    report = fields.Nested(_SaidSchema, **always())
    plan = fields.Nested(_PlanSchema, **always())
    rules = fields.Nested(_RulesSchema, **always())
    targets = fields.List(fields.Nested(ReportedSchema), **always("As /targets has them on that day"))
    supporting = fields.List(fields.Nested(SupportingSchema), **always())
    options = fields.Nested(_OptionsSchema, **always())
    funding = fields.Nested(_FundingSchema, **always())
    tasks = fields.Nested(_TasksSchema, **always())
    quality = fields.Nested(_QualitySchema, **always())
    official = fields.Nested(_OfficialSchema, **nullable("What is frozen of the day"))
    position = fields.Nested(PositionSchema, **always("Up to which everything that is told was recorded"))
    heads = fields.Nested(_HeadsSchema, **always("The hash of each log's commit there"))
    recorded_until = fields.DateTime(**nullable("When the last of these commits was recorded"))
    parked = fields.Integer(**always("Subjects whose events could not be applied"))
