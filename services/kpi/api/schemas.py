"""The answers, exactly. Every field is always present; what has no value is null, with a reason."""

from __future__ import annotations

from marshmallow import validate

from services.eventkit.http import Schema, fields
from services.kpi.api.beside_schemas import BesideSchema
from services.kpi.api.described import always as _always
from services.kpi.api.described import nullable as _nullable
from services.kpi.api.estimated import EstimateSchema
from services.kpi.domain.facts import SOURCES
from services.kpi.domain.judging import STATUSES
from services.kpi.domain.saving import GROUPS
from services.kpi.domain.standing import KPIS
from services.kpi.domain.targets import CODES


class WordsSchema(Schema):
    vi = fields.String(**_always())
    en = fields.String(**_always())


class PositionSchema(Schema):
    """Per log, the position up to which all has been applied."""

    registry = fields.Integer(**_always())
    audits = fields.Integer(**_always())
    training = fields.Integer(**_always())


class PlanSchema(Schema):
    id = fields.String(**_always())
    name = fields.Nested(WordsSchema, **_always())
    source = fields.String(**_always())
    start = fields.Date(**_always())
    due = fields.Date(**_always())


class RulesSchema(Schema):
    id = fields.String(**_always())
    version = fields.String(**_always())


class ReadingSchema(Schema):
    value = fields.String(**_nullable("The exact ratio, numerator/denominator"))
    decimal = fields.String(**_nullable("The value rounded half-even to six places, for display only"))
    numerator = fields.Integer(**_nullable("In the unit of the target; of K2b expected − actual"))
    denominator = fields.Integer(**_nullable("In the unit of the target; of K2b expected"))
    met = fields.Boolean(**_nullable("Whether the exact value reaches the target"))
    reason = fields.Nested(WordsSchema, **_nullable("Why there is no value"))


class MedianSchema(Schema):
    """Of the facilities' own savings: beside the sum of sums, never in its place."""

    decimal = fields.String(**_nullable("Expected − actual over expected, to a hundredth of a percent"))
    count = fields.Integer(**_always("Of how many facilities"))
    reason = fields.Nested(WordsSchema, **_nullable("Why there is no value"))


class SavingsSchema(Schema):
    """A year, of the periods that count, exact."""

    toe = fields.String(**_nullable("Energy in tonnes of oil equivalent"))
    gj = fields.String(**_nullable("The same in GJ"))
    tco2 = fields.String(**_nullable("CO2 of the energy, tonnes"))
    vnd = fields.Integer(**_nullable("Of the flows with a price, at the baseline's prices"))
    of = fields.Integer(**_always("Facilities measured"))
    co2_of = fields.Integer(**_always("Facilities whose CO2 could be computed"))
    vnd_of = fields.Integer(**_always("Facilities whose money could be computed"))


class GroupSchema(ReadingSchema):
    group = fields.String(validate=validate.OneOf(GROUPS), **_always())
    unit = fields.String(validate=validate.OneOf(["goe", "l", "VND"]), **_always("goe: grams of oil"))
    median = fields.Nested(MedianSchema, **_always())


class PartSchema(ReadingSchema):
    code = fields.String(validate=validate.OneOf(["K2a", "K2b"]), **_always())


class ExcludedSchema(Schema):
    flagged = fields.Integer(**_always("Adopters beyond ±40%, left out until reviewed"))
    left_out = fields.Integer(**_always("Adopters left out by a review"))
    uncomputable = fields.Integer(**_always("Adopters whose saving cannot be computed"))


class ForecastSchema(Schema):
    method = fields.String(**_always("linear-12m: the least-squares line through the last twelve month ends"))
    months = fields.Integer(**_always("Month ends that had a value, at least six"))
    on = fields.Date(**_always("The day of the milestone"))
    decimal = fields.String(**_always("The value expected then"))


class TargetSchema(ReadingSchema):
    code = fields.String(validate=validate.OneOf(CODES), **_always())
    name = fields.Nested(WordsSchema, **_always())
    unit = fields.String(
        validate=validate.OneOf(["facilities", "goe", "units", "targets"]),
        **_always("Of numerator and denominator"),
    )
    target = fields.String(**_nullable("The ratio to reach, as a decimal; null when the plan names none"))
    status = fields.String(
        validate=validate.OneOf(STATUSES),
        **_always(
            "From the milestone's day on met or missed. Before: on-track on or above the path; below it "
            "at-risk when the forecast reaches the target, else off-track; unknown with too short a history"
        ),
    )
    milestone_on = fields.Date(**_nullable("The day by which the target is to be reached"))
    path = fields.String(**_nullable("Where the straight path of the plan is on that day"))
    forecast = fields.Nested(ForecastSchema, **_nullable("Before the milestone, with history enough"))
    official = fields.Nested(
        BesideSchema, **_nullable("What was frozen for this plan and day, of the whole province")
    )
    over_official = fields.Nested(
        ReadingSchema, **_nullable("K1, K2a, K2c: the numerator over the official number of facilities")
    )
    band = fields.List(fields.String(), **_nullable("K2b: the band the plan names"))
    enterprises = fields.Nested(ReadingSchema, **_nullable("The same for enterprises only"))
    parts = fields.List(fields.Nested(PartSchema), **_nullable("K2: its two parts"))
    groups = fields.List(fields.Nested(GroupSchema), **_nullable("K2b: by resource group"))
    estimates = fields.List(
        fields.Nested(EstimateSchema),
        **_nullable("K1 of the whole province: what samples say, by survey; never added to the census"),
    )
    savings = fields.Nested(SavingsSchema, **_nullable("K2, K2b: what that is in TOE, GJ, CO2 and money"))
    median = fields.Nested(MedianSchema, **_nullable("K2b: of the facilities' own energy savings"))
    excluded = fields.Nested(ExcludedSchema, **_nullable("K2b, K2d: adopters without a saving that counts"))
    at_five_percent = fields.Nested(ReadingSchema, **_nullable("K2c: the same with 5% in place of 8%"))
    shared_officers = fields.Integer(
        **_nullable("K3: appointments of qualified officers who serve another unit too")
    )


KNOWN_AT = _nullable("What had been recorded by then; null for what is recorded now")


class EnvelopeSchema(Schema):
    as_of = fields.Date(**_always("The day for which this is true"))
    known_at = fields.DateTime(**KNOWN_AT)
    generation = fields.String(**_always("Of the projection"))
    position = fields.Nested(PositionSchema, **_always())
    plan = fields.Nested(PlanSchema, **_always())
    rules = fields.Nested(RulesSchema, **_always())


class FiltersSchema(Schema):
    unit_id = fields.String(**_nullable("And what is within it"))
    section = fields.String(**_nullable("Of VSIC"))
    kind = fields.String(**_nullable(""))
    size = fields.String(**_nullable(""))


class TargetsSchema(EnvelopeSchema):
    filters = fields.Nested(FiltersSchema, **_always("What the facilities were chosen by"))
    targets = fields.List(fields.Nested(TargetSchema), **_always())


class MonthSchema(ReadingSchema):
    month = fields.String(**_always("YYYY-MM"))
    on = fields.Date(**_always("The last day of the month"))


class DistrictSchema(ReadingSchema):
    unit_id = fields.String(**_always())
    name = fields.Nested(WordsSchema, **_always())


class IndustrySchema(ReadingSchema):
    section = fields.String(**_always("Of VSIC"))
    name = fields.Nested(WordsSchema, **_always())


class SizeSchema(ReadingSchema):
    size = fields.String(**_always())
    name = fields.Nested(WordsSchema, **_always())


class KindSchema(ReadingSchema):
    kind = fields.String(validate=validate.OneOf(["enterprise", "household"]), **_always())


class TargetDetailSchema(EnvelopeSchema):
    filters = fields.Nested(FiltersSchema, **_always("What the facilities were chosen by"))
    target = fields.Nested(TargetSchema, **_always())
    rule = fields.Nested(WordsSchema, **_always("The rule in words"))
    series = fields.List(fields.Nested(MonthSchema), **_always("Through the plan, to as_of"))
    by_district = fields.List(fields.Nested(DistrictSchema), **_always())
    by_industry = fields.List(fields.Nested(IndustrySchema), **_always())
    by_size = fields.List(fields.Nested(SizeSchema), **_always("With a row for those of unknown size"))
    by_kind = fields.List(fields.Nested(KindSchema), **_always())


class LackSchema(WordsSchema):
    code = fields.String(**_always("Of the step"))


class KpiStandingSchema(Schema):
    code = fields.String(validate=validate.OneOf(KPIS), **_always())
    counted = fields.Boolean(**_always("In the numerator (K2b: in the sums)"))
    in_denominator = fields.Boolean(**_always())
    why = fields.Nested(WordsSchema, **_always())
    decided_by = fields.List(fields.String(), **_always("Ids of the events that decide"))
    lacks = fields.List(
        fields.Nested(LackSchema), **_always("Steps still to be done for it to count, in their order")
    )


class ParkedStateSchema(Schema):
    error = fields.String(**_always())
    since = fields.DateTime(**_nullable("Since when its events wait"))


class StandingSchema(Schema):
    facility_id = fields.String(**_always())
    unit_id = fields.String(**_nullable("The unit it stands in on that day"))
    as_of = fields.Date(**_always())
    known_at = fields.DateTime(**KNOWN_AT)
    generation = fields.String(**_always())
    position = fields.Nested(PositionSchema, **_always())
    rules = fields.Nested(RulesSchema, **_always())
    parked = fields.Nested(ParkedStateSchema, **_nullable("Set when an event of it could not be applied"))
    kpis = fields.List(fields.Nested(KpiStandingSchema), **_always())


class PartitionSchema(Schema):
    partition = fields.Integer(**_always())
    flush = fields.Integer(**_always("How often it has been written"))
    sequences = fields.Nested(PositionSchema, **_always("Sequence of the last event applied, per log"))
    complete = fields.Nested(PositionSchema, **_always())
    updated_at = fields.DateTime(**_nullable("When it was last written"))


class LogSchema(Schema):
    source = fields.String(validate=validate.OneOf(SOURCES), **_always())
    applied = fields.Integer(**_always("Position up to which every partition has applied all"))
    head = fields.Integer(**_nullable("Last position of the log"))
    lag_events = fields.Integer(**_nullable("Log positions not applied yet"))
    lag_seconds = fields.Float(**_nullable("Age of the oldest of them, 0 when there is none"))
    problem = fields.String(**_nullable("Why the log could not be asked"))


class ParkedSchema(ParkedStateSchema):
    subject = fields.String(**_always())
    partition = fields.Integer(**_always())
    waiting = fields.Integer(**_always("Events that wait in order"))
    redrive_requested = fields.DateTime(**_nullable("When a redrive was last asked for"))


class BuildingSchema(Schema):
    generation = fields.String(**_always())
    rules = fields.String(**_always("id@version"))
    since = fields.DateTime(**_always())
    at = fields.DateTime(**_always("When it last gave a sign of life"))
    stage = fields.String(**_always("reading, folding, following, comparing; paused; differs"))
    done = fields.Integer(**_always("Of this stage: commits read, events folded, partitions compared"))
    total = fields.Integer(**_nullable("How many there are"))
    events = fields.Integer(**_always("Taken so far"))
    position = fields.Nested(PositionSchema, **_always())
    asked = fields.String(**_nullable("What an operator asked of it: pause, cancel"))
    differences = fields.Integer(**_always("To the live generation under the same rules"))
    named = fields.List(fields.String(), **_always("The first of them"))


class PastSchema(Schema):
    """A generation that holds what was recorded up to `positions`, for those who ask with `known_at`."""

    name = fields.String(**_always())
    generation = fields.String(**_nullable("Under which it is stored, or is going to be"))
    rules = fields.String(**_always("id@version"))
    positions = fields.Nested(PositionSchema, **_always())
    state = fields.String(validate=validate.OneOf(["wanted", "building", "ready", "failed"]), **_always())
    done = fields.Nested(PositionSchema, **_always("How far it has been folded"))
    step = fields.String(**_nullable("What is done of which stage"))
    base = fields.String(**_always("The generation it was begun from; empty for nothing"))
    error = fields.String(**_always("Why it failed; empty otherwise"))


class ProjectionsSchema(Schema):
    generation = fields.String(**_always())
    rules = fields.Nested(RulesSchema, **_always())
    building = fields.Nested(
        BuildingSchema, **_nullable("The generation being built beside this one, or resting")
    )
    partitions = fields.List(fields.Nested(PartitionSchema), **_always())
    logs = fields.List(fields.Nested(LogSchema), **_always())
    past = fields.List(fields.Nested(PastSchema), **_always("Moments of the past, the last used first"))
    parked = fields.List(fields.Nested(ParkedSchema), **_always("The 200 that have waited longest"))


class RedriveSchema(Schema):
    subject = fields.String(**_always())
    redrive_requested = fields.DateTime(**_always())
