"""Requests and answers about courses and their sessions."""

from __future__ import annotations

from marshmallow.validate import OneOf, Range

from services.eventkit.http import Schema, fields
from services.eventkit.paging import ListQuerySchema
from services.training.api.schemas.common import OccurredSchema, PlannedOn
from services.training.domain.events import Audience
from services.training.domain.validity import MOST_MONTHS

AUDIENCES = [each.value for each in Audience]


class OpenCourseSchema(OccurredSchema):
    title = fields.Text(max=300, required=True)
    audience = fields.String(required=True, validate=OneOf(AUDIENCES))
    pass_mark = fields.Integer(
        required=True, validate=Range(0, 100), metadata={"description": "Points out of 100 that pass"}
    )
    validity_months = fields.Integer(
        validate=Range(1, MOST_MONTHS),
        metadata={
            "description": "Of officers' certificates; without it they count as long as the rule allows, "
            f"{MOST_MONTHS} months"
        },
    )


class ScheduleSessionSchema(Schema):
    """`occurred_on` is the day of the session, or the first of its days; it may be to come."""

    occurred_on = PlannedOn(required=True)
    unit_id = fields.Slug(required=True, metadata={"description": "The administrative unit it is held in"})
    place = fields.Text(max=300, required=True)
    hours = fields.Integer(
        required=True, validate=Range(1, 200), metadata={"description": "Hours of teaching"}
    )


class CourseQuery(ListQuerySchema):
    audience = fields.String(validate=OneOf(AUDIENCES))


class SessionSchema(Schema):
    id = fields.String(required=True)
    on = fields.Date(required=True)
    unit_id = fields.String(required=True)
    place = fields.String(required=True)
    hours = fields.Integer(required=True)
    cancelled_on = fields.Date(required=True, allow_none=True)
    cancellation_reason = fields.String(required=True, allow_none=True)


class CourseSchema(Schema):
    id = fields.String(required=True)
    version = fields.Integer(required=True)
    title = fields.String(required=True)
    audience = fields.String(required=True, validate=OneOf(AUDIENCES))
    pass_mark = fields.Integer(required=True)
    opened_on = fields.Date(required=True)
    validity_months = fields.Integer(required=True, allow_none=True)
    sessions = fields.List(fields.Nested(SessionSchema), required=True)


class CourseItemSchema(Schema):
    """A line of the list; the sessions stand in the single course, cancelled ones are not counted here."""

    id = fields.String(required=True)
    version = fields.Integer(required=True)
    title = fields.String(required=True)
    audience = fields.String(required=True, validate=OneOf(AUDIENCES))
    pass_mark = fields.Integer(required=True)
    opened_on = fields.Date(required=True)
    session_count = fields.Integer(required=True)
    last_session_on = fields.Date(required=True, allow_none=True)


class CourseListSchema(Schema):
    items = fields.List(fields.Nested(CourseItemSchema), required=True)
    next = fields.String(required=True, allow_none=True)
