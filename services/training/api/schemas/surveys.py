"""Requests and answers about surveys and what facilities answered."""

from __future__ import annotations

from marshmallow.validate import Length, OneOf, Range

from services.eventkit.http import Schema, fields
from services.eventkit.paging import ListQuerySchema
from services.training.api.schemas.common import ID, STATUSES, OccurredSchema, units_field
from services.training.domain.answers import MOST_WEIGHT
from services.training.domain.events import Benefit, Mode
from services.training.domain.surveys import MOST_DRAWN, MOST_POPULATION, MOST_SEED

MODES = [each.value for each in Mode]
BENEFITS = [each.value for each in Benefit]


class OpenSurveySchema(OccurredSchema):
    title = fields.Text(max=300, required=True)
    mode = fields.String(required=True, validate=OneOf(MODES))
    population = fields.Integer(
        validate=Range(1, MOST_POPULATION),
        metadata={"description": "How many facilities the survey is to speak of, where that is known"},
    )
    unit_ids = units_field("The units whose facilities it asks; empty or left out for the whole province")


class DrawSchema(OccurredSchema):
    size = fields.Integer(
        required=True, validate=Range(1, MOST_DRAWN), metadata={"description": "Facilities to draw"}
    )
    seed = fields.Integer(
        validate=Range(0, MOST_SEED),
        metadata={"description": "The same seed draws the same of the same facilities; by chance without"},
    )


class AnswerSchema(OccurredSchema):
    facility_id = fields.Text(max=ID, required=True)
    benefits = fields.List(
        fields.String(validate=OneOf(BENEFITS)),
        required=True,
        validate=Length(max=len(BENEFITS)),
        metadata={
            "description": "The benefits the facility named, each once; empty when it named none",
            "uniqueItems": True,
        },
    )
    weight = fields.Quantity(
        metadata={
            "description": "Of a sample survey only: how many facilities it stands for; over 0, at most "
            f"{MOST_WEIGHT}, two decimals",
            "pattern": r"^[0-9]{1,6}(\.[0-9]{1,2})?$",
            "maximum": MOST_WEIGHT,
        }
    )


class SurveyQuery(ListQuerySchema):
    mode = fields.String(validate=OneOf(MODES))
    status = fields.String(validate=OneOf(STATUSES))
    unit_id = fields.Text(max=ID, metadata={"description": "Those that ask in this unit by name"})


class AnswerQuery(ListQuerySchema):
    facility_id = fields.Text(max=ID)

    class Meta(ListQuerySchema.Meta):
        exclude = ("q",)


class SampleQuery(ListQuerySchema):
    answered = fields.Boolean(metadata={"description": "false: who is still to be asked"})

    class Meta(ListQuerySchema.Meta):
        exclude = ("q",)


class EstimateQuery(Schema):
    unit_id = fields.Text(max=ID, metadata={"description": "Of the facilities that stand in this unit now"})


class SurveyItemSchema(Schema):
    """A line of the list. `sample_size` is null while no sample was drawn."""

    id = fields.String(required=True)
    version = fields.Integer(required=True)
    title = fields.String(required=True)
    mode = fields.String(required=True, validate=OneOf(MODES))
    status = fields.String(required=True, validate=OneOf(STATUSES))
    opened_on = fields.Date(required=True)
    closed_on = fields.Date(required=True, allow_none=True)
    population = fields.Integer(required=True, allow_none=True)
    unit_ids = fields.List(fields.String(), required=True)
    sample_size = fields.Integer(required=True, allow_none=True)


class DrawnSchema(Schema):
    """How the sample was drawn, so that it can be drawn again."""

    drawn_on = fields.Date(required=True)
    seed = fields.Integer(required=True)
    size = fields.Integer(required=True)
    frame_size = fields.Integer(required=True)
    frame_sha256 = fields.String(
        required=True,
        metadata={"description": "Of the sorted ids of the facilities drawn from, a line feed after each"},
    )


class SurveySchema(SurveyItemSchema):
    """`sample` is null while none was drawn."""

    sample = fields.Nested(DrawnSchema, required=True, allow_none=True)


class DrawnItemSchema(Schema):
    """`ask` is the survivor of a drawn duplicate; `answered_on` is null while it is still to be asked."""

    facility_id = fields.String(required=True)
    ask = fields.String(required=True)
    answered_on = fields.Date(required=True, allow_none=True)


class WordsSchema(Schema):
    vi = fields.String(required=True)
    en = fields.String(required=True)


class MethodSchema(WordsSchema):
    id = fields.String(required=True)


class CensusSchema(Schema):
    """Facilities that answered in a census, and those whose latest such answer names a benefit."""

    answers = fields.Integer(required=True)
    naming = fields.Integer(required=True)


class EstimateSchema(Schema):
    """The share of facilities that name a benefit, as the sample has it. It is never added to the census.

    `share`, `low` and `high` have six decimals; they are null with a reason where there is nothing to
    estimate from. `population` is the number of facilities with which the interval was corrected.
    """

    survey_id = fields.String(required=True)
    mode = fields.String(required=True, validate=OneOf(MODES))
    unit_id = fields.String(required=True, allow_none=True)
    position = fields.String(required=True)
    answers = fields.Integer(required=True)
    naming = fields.Integer(required=True)
    weight = fields.String(required=True)
    effective_answers = fields.String(required=True, allow_none=True)
    population = fields.Integer(required=True, allow_none=True)
    share = fields.String(required=True, allow_none=True)
    low = fields.String(required=True, allow_none=True)
    high = fields.String(required=True, allow_none=True)
    level = fields.String(required=True)
    method = fields.Nested(MethodSchema, required=True)
    reason = fields.Nested(WordsSchema, required=True, allow_none=True)
    census = fields.Nested(CensusSchema, required=True)


class AnswerItemSchema(Schema):
    """The answer that holds: that of the latest day."""

    id = fields.String(required=True)
    version = fields.Integer(required=True)
    survey_id = fields.String(required=True)
    facility_id = fields.String(required=True)
    mode = fields.String(required=True, validate=OneOf(MODES))
    answered_on = fields.Date(required=True)
    benefits = fields.List(fields.String(validate=OneOf(BENEFITS)), required=True)
    weight = fields.String(required=True, allow_none=True)


class SampleListSchema(Schema):
    items = fields.List(fields.Nested(DrawnItemSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class SurveyListSchema(Schema):
    items = fields.List(fields.Nested(SurveyItemSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class AnswerListSchema(Schema):
    items = fields.List(fields.Nested(AnswerItemSchema), required=True)
    next = fields.String(required=True, allow_none=True)
