"""Doubts about figures: the queue, and a reviewer's decision."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow.validate import OneOf

from services.audits.api.access import limits, write
from services.audits.api.schemas_follow_ups import OutlierReviewSchema
from services.audits.domain.catalogue import OUTLIER_DECISIONS
from services.audits.domain.flags import FLAGS
from services.audits.domain.follow_ups import ReviewFlag
from services.audits.domain.texts import flag_words
from services.audits.views.flags import list_flags
from services.eventkit.http import Blueprint, ReceiptSchema, Schema, allow, fields, json_response, principal
from services.eventkit.identity import Role
from services.eventkit.paging import ListQuerySchema

blueprint = Blueprint(
    "flags", __name__, url_prefix="/api/v1", description="Doubts about figures, and what was decided"
)


class FlagReviewSchema(OutlierReviewSchema):
    flag = fields.String(required=True, validate=OneOf(FLAGS))


class FlagQuery(ListQuerySchema):
    """Without filters, all flags that figures raise as they stand; `decided=false` is the queue."""

    assessment_id = fields.Text(max=64)
    facility_id = fields.Text(max=64)
    unit_id = fields.Text(max=64)
    flag = fields.String(validate=OneOf(FLAGS))
    decided = fields.Boolean()
    decision = fields.String(validate=OneOf(OUTLIER_DECISIONS))


class FlagItemSchema(Schema):
    """`vi` and `en` say what is doubted."""

    id = fields.String(required=True)
    version = fields.Integer(required=True)
    position = fields.Integer(required=True)
    assessment_id = fields.String(required=True)
    facility_id = fields.String(required=True)
    unit_id = fields.String(required=True)
    follow_up_id = fields.String(required=True)
    period_start = fields.Date(required=True)
    period_end = fields.Date(required=True)
    flag = fields.String(required=True, validate=OneOf(FLAGS))
    vi = fields.String(required=True)
    en = fields.String(required=True)
    decided = fields.Boolean(required=True)
    decision = fields.String(required=True, allow_none=True)
    reviewer = fields.String(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)
    decided_on = fields.Date(required=True, allow_none=True)


class FlagListSchema(Schema):
    items = fields.List(fields.Nested(FlagItemSchema), required=True)
    next = fields.String(required=True, allow_none=True)


@blueprint.route("/flags", methods=["GET"])
@allow()
@blueprint.arguments(FlagQuery, location="query")
@blueprint.response(200, FlagListSchema)
def get_flags(query: dict[str, Any]) -> Response:
    """List flags, the oldest period first; `decided=false` are those that leave a facility out for now."""
    found = list_flags(query, *limits(query))
    for item in found["items"]:
        words = flag_words(item["flag"])
        item.update(vi=words.vi, en=words.en)
    return json_response(found)


@blueprint.route("/assessments/<assessment_id>/follow-ups/<follow_up_id>/flag-review", methods=["POST"])
@allow(Role.REVIEWER)
@blueprint.arguments(FlagReviewSchema)
@blueprint.response(201, ReceiptSchema)
def review_flag(body: dict[str, Any], assessment_id: str, follow_up_id: str) -> Response:
    """Keep figures in spite of a flag, or leave them out; by someone who neither made nor corrected them."""
    return write(assessment_id, ReviewFlag(follow_up_id=follow_up_id, reviewer=principal().id, **body))
