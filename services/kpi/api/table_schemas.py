"""The tables of the plan's work as they are answered."""

from __future__ import annotations

from marshmallow import validate

from services.eventkit.http import Schema, fields
from services.kpi.api.described import always, nullable
from services.kpi.api.schemas import EnvelopeSchema, FiltersSchema, WordsSchema
from services.kpi.domain.texts import labels


def _one_of(named: str) -> validate.OneOf:
    return validate.OneOf(list(labels(named)))


class MiddleSchema(Schema):
    decimal = fields.String(**nullable("The median, exact to the unit in which the values are kept"))
    count = fields.Integer(**always("Of how many"))
    reason = fields.Nested(WordsSchema, **nullable("Why there is none"))


class OptionCountsSchema(Schema):
    proposed = fields.Integer(**always("All but the excluded, wherever they stand"))
    pending = fields.Integer(**always())
    due = fields.Integer(**always("Of the pending, those to be asked about"))
    in_use = fields.Integer(**always("The verified too"))
    verified = fields.Integer(**always())
    not_implemented = fields.Integer(**always("The lapsed too"))
    lapsed = fields.Integer(**always("Pending for three years since they were proposed"))
    excluded = fields.Integer(**always())
    discontinued = fields.Integer(**always())
    investment_vnd = fields.Integer(**always("Of those in use"))
    yearly_saving_vnd = fields.Integer(**always("Of those in use: as found, else as estimated"))


class OptionRowSchema(OptionCountsSchema):
    class_ = fields.String(validate=_one_of("classes"), data_key="class", **always())
    name = fields.Nested(WordsSchema, **always())


class OptionsSchema(EnvelopeSchema):
    filters = fields.Nested(FiltersSchema, **always("What the facilities were chosen by"))
    options = fields.List(fields.Nested(OptionRowSchema), **always())
    total = fields.Nested(OptionCountsSchema, **always())
    median_payback_years = fields.Nested(MiddleSchema, **always("Of the options in use"))


class MoneySchema(Schema):
    planned_vnd = fields.Integer(**always())
    committed_vnd = fields.Integer(**always())
    disbursed_vnd = fields.Integer(**always())
    over_planned = fields.Boolean(**always("More was committed than planned"))


class FundingRowSchema(MoneySchema):
    source = fields.String(validate=_one_of("sources"), **always())
    source_name = fields.Nested(WordsSchema, **always())
    group = fields.Integer(**always("Of tasks, 1 to 5"))
    group_name = fields.Nested(WordsSchema, **always())


class FundingSchema(EnvelopeSchema):
    filters = fields.Nested(FiltersSchema, **always("Always empty"))
    funding = fields.List(fields.Nested(FundingRowSchema), **always())
    total = fields.Nested(MoneySchema, **always())


class TaskCountsSchema(Schema):
    tasks = fields.Integer(**always())
    percent = fields.Float(**nullable("Mean of the percents last reported, 0 for a task without a report"))
    late = fields.Integer(**always("Their period is over and they are neither done nor dropped"))


class TaskRowSchema(TaskCountsSchema):
    group = fields.Integer(**always("1 to 5"))
    group_name = fields.Nested(WordsSchema, **always())
    status = fields.String(validate=_one_of("statuses"), **always())
    status_name = fields.Nested(WordsSchema, **always())


class TasksSchema(EnvelopeSchema):
    filters = fields.Nested(FiltersSchema, **always("Always empty"))
    tasks = fields.List(fields.Nested(TaskRowSchema), **always())
    total = fields.Nested(TaskCountsSchema, **always())


class RecordsSchema(Schema):
    facilities = fields.Integer(**always("Active, in scope"))
    official = fields.Integer(**nullable("The official number, where there is one"))
    complete = fields.Integer(**always("With tax code, products, coordinates and employees"))
    fresh = fields.Integer(**always("Of which something was heard within twelve months"))
    reached = fields.Integer(**always("By a course or a campaign"))
    median_delay_days = fields.Nested(MiddleSchema, **always("From the fact to its record"))


class QualityRowSchema(RecordsSchema):
    unit_id = fields.String(**always())
    name = fields.Nested(WordsSchema, **always())


class QualitySchema(EnvelopeSchema):
    filters = fields.Nested(FiltersSchema, **always("What the facilities were chosen by"))
    quality = fields.List(fields.Nested(QualityRowSchema), **always())
    total = fields.Nested(RecordsSchema, **always())
