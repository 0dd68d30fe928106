"""Requests and answers about who took part."""

from __future__ import annotations

from marshmallow.validate import OneOf, Range

from services.eventkit.http import Schema, fields
from services.eventkit.paging import ListQuerySchema
from services.training.api.schemas.common import ID, OccurredSchema


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


class ParticipationQuery(ListQuerySchema):
    course_id = fields.Text(max=ID)
    session_id = fields.Text(max=ID)
    facility_id = fields.Text(max=ID)
    officer_id = fields.Text(max=ID)
    unit_id = fields.Text(max=ID, metadata={"description": "The unit in which the session was held"})
    passed = fields.Boolean()
    certificate = fields.String(validate=OneOf(["none", "issued", "revoked"]))
    valid_on = fields.Date(metadata={"description": "Keeps those whose certificate counts on that day"})

    class Meta(ListQuerySchema.Meta):
        exclude = ("q",)


class ResultSchema(Schema):
    on = fields.Date(required=True)
    score = fields.Integer(required=True)
    passed = fields.Boolean(required=True)


class CertificateSchema(Schema):
    issued_on = fields.Date(required=True)
    valid_until = fields.Date(required=True, metadata={"description": "The last day on which it counts"})
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
    unit_id = fields.String(required=True, allow_none=True)
    attendee = fields.Nested(AttendeeSchema, required=True, allow_none=True)
    attendee_erased_on = fields.Date(required=True, allow_none=True)
    test = fields.Nested(ResultSchema, required=True, allow_none=True)
    certificate = fields.Nested(CertificateSchema, required=True, allow_none=True)


class ParticipationItemSchema(Schema):
    """A line of the list, without names. `passed` is null before a test, the days of a certificate before it.

    `unit_id` is that of the session; null for what was recorded before it was kept.
    """

    id = fields.String(required=True)
    version = fields.Integer(required=True)
    course_id = fields.String(required=True)
    session_id = fields.String(required=True)
    attended_on = fields.Date(required=True)
    facility_id = fields.String(required=True, allow_none=True)
    officer_id = fields.String(required=True, allow_none=True)
    unit_id = fields.String(required=True, allow_none=True)
    score = fields.Integer(required=True, allow_none=True)
    passed = fields.Boolean(required=True, allow_none=True)
    certificate = fields.String(required=True, validate=OneOf(["none", "issued", "revoked"]))
    issued_on = fields.Date(required=True, allow_none=True)
    valid_until = fields.Date(required=True, allow_none=True)
    revoked_on = fields.Date(required=True, allow_none=True)


class ParticipationListSchema(Schema):
    items = fields.List(fields.Nested(ParticipationItemSchema), required=True)
    next = fields.String(required=True, allow_none=True)
