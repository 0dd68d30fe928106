"""Requests and answers about surveys and what facilities answered."""

from __future__ import annotations

from marshmallow.validate import Length, OneOf

from services.eventkit.http import Schema, fields
from services.eventkit.paging import ListQuerySchema
from services.training.api.schemas.common import ID, STATUSES, OccurredSchema
from services.training.domain.events import Benefit, Mode

MODES = [each.value for each in Mode]
BENEFITS = [each.value for each in Benefit]


class OpenSurveySchema(OccurredSchema):
    title = fields.Text(max=300, required=True)
    mode = fields.String(required=True, validate=OneOf(MODES))


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
        metadata={"description": "Of a sample survey only: how many facilities it stands for; over 0"}
    )


class SurveyQuery(ListQuerySchema):
    mode = fields.String(validate=OneOf(MODES))
    status = fields.String(validate=OneOf(STATUSES))


class AnswerQuery(ListQuerySchema):
    facility_id = fields.Text(max=ID)

    class Meta(ListQuerySchema.Meta):
        exclude = ("q",)


class SurveySchema(Schema):
    id = fields.String(required=True)
    version = fields.Integer(required=True)
    title = fields.String(required=True)
    mode = fields.String(required=True, validate=OneOf(MODES))
    status = fields.String(required=True, validate=OneOf(STATUSES))
    opened_on = fields.Date(required=True)
    closed_on = fields.Date(required=True, allow_none=True)


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


class SurveyListSchema(Schema):
    items = fields.List(fields.Nested(SurveySchema), required=True)
    next = fields.String(required=True, allow_none=True)


class AnswerListSchema(Schema):
    items = fields.List(fields.Nested(AnswerItemSchema), required=True)
    next = fields.String(required=True, allow_none=True)
