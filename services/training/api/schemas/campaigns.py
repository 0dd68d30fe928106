"""Requests and answers about campaigns and whom they reached."""

from __future__ import annotations

from marshmallow.validate import Length, OneOf, Range

from services.eventkit.http import Schema, fields
from services.eventkit.paging import ListQuerySchema
from services.training.api.schemas.common import ID, STATUSES, OccurredSchema, units_field
from services.training.domain.campaigns import MOST_PEOPLE
from services.training.domain.events import Channel

CHANNELS = [each.value for each in Channel]


class OpenCampaignSchema(OccurredSchema):
    title = fields.Text(max=300, required=True)
    channel = fields.String(required=True, validate=OneOf(CHANNELS))
    unit_ids = units_field("The units it is for; empty or left out for the whole province")
    task_id = fields.Slug(metadata={"description": "The plan's task that it serves"})


class ReachSchema(OccurredSchema):
    people = fields.Integer(
        required=True,
        validate=Range(1, MOST_PEOPLE),
        metadata={"description": "Reached since the report before, not all together"},
    )
    source = fields.Text(
        max=300, required=True, metadata={"description": "How they were counted: audience figures, a list…"}
    )


class ReachedFacilitySchema(OccurredSchema):
    facility_id = fields.Text(max=ID, required=True)


class CampaignQuery(ListQuerySchema):
    channel = fields.String(validate=OneOf(CHANNELS))
    status = fields.String(validate=OneOf(STATUSES))
    unit_id = fields.Text(max=ID, metadata={"description": "Those for this unit by name"})
    task_id = fields.Text(max=ID)


class ReachedQuery(ListQuerySchema):
    facility_id = fields.Text(max=ID)

    class Meta(ListQuerySchema.Meta):
        exclude = ("q",)


class ReportSchema(Schema):
    on = fields.Date(required=True)
    people = fields.Integer(required=True)
    source = fields.String(required=True)


class CampaignItemSchema(Schema):
    """`people` is the sum of the reports; somebody whom two of them count is counted twice."""

    id = fields.String(required=True)
    version = fields.Integer(required=True)
    title = fields.String(required=True)
    channel = fields.String(required=True, validate=OneOf(CHANNELS))
    unit_ids = fields.List(fields.String(), required=True, validate=Length(max=200))
    task_id = fields.String(required=True, allow_none=True)
    status = fields.String(required=True, validate=OneOf(STATUSES))
    opened_on = fields.Date(required=True)
    closed_on = fields.Date(required=True, allow_none=True)
    people = fields.Integer(required=True)
    facilities_reached = fields.Integer(required=True)


class CampaignSchema(CampaignItemSchema):
    reports = fields.List(fields.Nested(ReportSchema), required=True)


class ReachedItemSchema(Schema):
    """`reached_on` is the earliest day reported."""

    id = fields.String(required=True)
    version = fields.Integer(required=True)
    campaign_id = fields.String(required=True)
    facility_id = fields.String(required=True)
    reached_on = fields.Date(required=True)


class CampaignListSchema(Schema):
    items = fields.List(fields.Nested(CampaignItemSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class ReachedListSchema(Schema):
    items = fields.List(fields.Nested(ReachedItemSchema), required=True)
    next = fields.String(required=True, allow_none=True)
