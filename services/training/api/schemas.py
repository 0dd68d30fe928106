"""Requests and answers of the training service."""

from __future__ import annotations

from marshmallow.validate import Length, OneOf, Range

from services.eventkit.http import Schema, fields
from services.eventkit.paging import ListQuerySchema
from services.training.domain.events import Audience, Benefit, Mode

AUDIENCES = [each.value for each in Audience]
MODES = [each.value for each in Mode]
BENEFITS = [each.value for each in Benefit]
ID = 64


class OccurredSchema(Schema):
    occurred_on = fields.OccurredOn(required=True)


class ReasonSchema(OccurredSchema):
    reason = fields.Text(max=2000, required=True)


class OpenCourseSchema(OccurredSchema):
    title = fields.Text(max=300, required=True)
    audience = fields.String(required=True, validate=OneOf(AUDIENCES))
    pass_mark = fields.Integer(
        required=True, validate=Range(0, 100), metadata={"description": "Points out of 100 that pass"}
    )


class ScheduleSessionSchema(OccurredSchema):
    """`occurred_on` is the day of the session, or the first of its days."""

    unit_id = fields.Slug(required=True, metadata={"description": "The administrative unit it is held in"})
    place = fields.Text(max=300, required=True)
    hours = fields.Integer(
        required=True, validate=Range(1, 200), metadata={"description": "Hours of teaching"}
    )


class AttendeeSchema(Schema):
    name = fields.Text(max=200, required=True)


class AttendSchema(Schema):
    """Give `facility_id` or `officer_id`, as the course's audience asks."""

    facility_id = fields.Text(max=ID)
    officer_id = fields.Text(max=ID)
    attendee = fields.Nested(
        AttendeeSchema,
        metadata={"description": "Who came for the facility; kept encrypted, can be erased"},
    )
    occurred_on = fields.OccurredOn(
        metadata={"description": "The day of the session; can be left out, cannot be another"}
    )


class RecordTestSchema(OccurredSchema):
    score = fields.Integer(
        required=True, validate=Range(0, 100), metadata={"description": "Points out of 100"}
    )
    correction = fields.Boolean(
        load_default=False,
        metadata={"description": "true: replaces the score recorded before, dated to the day of that test"},
    )


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


class CourseQuery(ListQuerySchema):
    audience = fields.String(validate=OneOf(AUDIENCES))


class ParticipationQuery(ListQuerySchema):
    course_id = fields.Text(max=ID)
    session_id = fields.Text(max=ID)
    facility_id = fields.Text(max=ID)
    officer_id = fields.Text(max=ID)
    passed = fields.Boolean()
    certificate = fields.String(validate=OneOf(["none", "issued", "revoked"]))

    class Meta(ListQuerySchema.Meta):
        exclude = ("q",)


class SurveyQuery(ListQuerySchema):
    mode = fields.String(validate=OneOf(MODES))
    status = fields.String(validate=OneOf(["open", "closed"]))


class AnswerQuery(ListQuerySchema):
    facility_id = fields.Text(max=ID)

    class Meta(ListQuerySchema.Meta):
        exclude = ("q",)


class SessionSchema(Schema):
    id = fields.String(required=True)
    on = fields.Date(required=True)
    unit_id = fields.String(required=True)
    place = fields.String(required=True)
    hours = fields.Integer(required=True)


class CourseSchema(Schema):
    id = fields.String(required=True)
    version = fields.Integer(required=True)
    title = fields.String(required=True)
    audience = fields.String(required=True, validate=OneOf(AUDIENCES))
    pass_mark = fields.Integer(required=True)
    opened_on = fields.Date(required=True)
    sessions = fields.List(fields.Nested(SessionSchema), required=True)


class CourseItemSchema(Schema):
    """A line of the list; the sessions stand in the single course."""

    id = fields.String(required=True)
    version = fields.Integer(required=True)
    title = fields.String(required=True)
    audience = fields.String(required=True, validate=OneOf(AUDIENCES))
    pass_mark = fields.Integer(required=True)
    opened_on = fields.Date(required=True)
    session_count = fields.Integer(required=True)
    last_session_on = fields.Date(required=True, allow_none=True)


class ResultSchema(Schema):
    on = fields.Date(required=True)
    score = fields.Integer(required=True)
    passed = fields.Boolean(required=True)


class CertificateSchema(Schema):
    issued_on = fields.Date(required=True)
    revoked_on = fields.Date(required=True, allow_none=True)
    revocation_reason = fields.String(required=True, allow_none=True)


class ParticipationSchema(Schema):
    """`attendee` is null when none was given, after erasure, and for callers who are not trainers."""

    id = fields.String(required=True)
    version = fields.Integer(required=True)
    course_id = fields.String(required=True)
    session_id = fields.String(required=True)
    attended_on = fields.Date(required=True)
    facility_id = fields.String(required=True, allow_none=True)
    officer_id = fields.String(required=True, allow_none=True)
    attendee = fields.Nested(AttendeeSchema, required=True, allow_none=True)
    test = fields.Nested(ResultSchema, required=True, allow_none=True)
    certificate = fields.Nested(CertificateSchema, required=True, allow_none=True)


class ParticipationItemSchema(Schema):
    """A line of the list, without names. `passed` is null before a test."""

    id = fields.String(required=True)
    version = fields.Integer(required=True)
    course_id = fields.String(required=True)
    session_id = fields.String(required=True)
    attended_on = fields.Date(required=True)
    facility_id = fields.String(required=True, allow_none=True)
    officer_id = fields.String(required=True, allow_none=True)
    score = fields.Integer(required=True, allow_none=True)
    passed = fields.Boolean(required=True, allow_none=True)
    certificate = fields.String(required=True, validate=OneOf(["none", "issued", "revoked"]))


class SurveySchema(Schema):
    id = fields.String(required=True)
    version = fields.Integer(required=True)
    title = fields.String(required=True)
    mode = fields.String(required=True, validate=OneOf(MODES))
    status = fields.String(required=True, validate=OneOf(["open", "closed"]))
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


class CourseListSchema(Schema):
    items = fields.List(fields.Nested(CourseItemSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class ParticipationListSchema(Schema):
    items = fields.List(fields.Nested(ParticipationItemSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class SurveyListSchema(Schema):
    items = fields.List(fields.Nested(SurveySchema), required=True)
    next = fields.String(required=True, allow_none=True)


class AnswerListSchema(Schema):
    items = fields.List(fields.Nested(AnswerItemSchema), required=True)
    next = fields.String(required=True, allow_none=True)
