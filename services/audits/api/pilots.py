"""Pilots of approved assessments, and options that repeat one."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow.validate import Length, OneOf

from services.audits.api.access import PATH, container, limits, part_id, write
from services.audits.api.schemas import REASON, OccurredSchema
from services.audits.domain.assessment import assessment
from services.audits.domain.pilots import DesignatePilot, FinishPilot, NameReplication, assessment_of
from services.audits.views.pilots import STATUSES, list_pilots
from services.eventkit.errors import InvalidInput
from services.eventkit.http import (
    Blueprint,
    ReceiptSchema,
    Schema,
    allow,
    command_context,
    fields,
    json_response,
    principal,
)
from services.eventkit.identity import Role
from services.eventkit.paging import ListQuerySchema

blueprint = Blueprint(
    "pilots", __name__, url_prefix="/api/v1", description="Pilots and the options that repeat them"
)


class DesignationSchema(OccurredSchema):
    option_ids = fields.List(
        fields.Text(max=64),
        required=True,
        validate=Length(1, 50),
        metadata={"description": "Verified options of this assessment, each once", "uniqueItems": True},
    )
    title = fields.Text(max=300, required=True)
    task_id = fields.Slug(metadata={"description": "The plan's task that it serves"})


class FinishSchema(OccurredSchema):
    result = fields.Text(max=REASON, required=True)


class ReplicationSchema(OccurredSchema):
    pilot_id = fields.Text(max=120, required=True)


class PilotQuery(ListQuerySchema):
    facility_id = fields.Text(max=64)
    unit_id = fields.Text(max=64)
    task_id = fields.Text(max=64)
    status = fields.String(validate=OneOf(STATUSES))


class PilotItemSchema(Schema):
    """`replications` are options elsewhere that name it, but for those excluded or refused."""

    id = fields.String(required=True)
    version = fields.Integer(required=True)
    position = fields.Integer(required=True)
    assessment_id = fields.String(required=True)
    facility_id = fields.String(required=True)
    unit_id = fields.String(required=True)
    title = fields.String(required=True)
    option_ids = fields.List(fields.String(), required=True)
    task_id = fields.String(required=True, allow_none=True)
    status = fields.String(required=True, validate=OneOf(STATUSES))
    designated_on = fields.Date(required=True)
    finished_on = fields.Date(required=True, allow_none=True)
    result = fields.String(required=True, allow_none=True)
    verifier = fields.String(required=True, allow_none=True)
    replications = fields.Integer(required=True)


class PilotListSchema(Schema):
    items = fields.List(fields.Nested(PilotItemSchema), required=True)
    next = fields.String(required=True, allow_none=True)


@blueprint.route("/pilots", methods=["GET"])
@allow()
@blueprint.arguments(PilotQuery, location="query")
@blueprint.response(200, PilotListSchema)
def get_pilots(query: dict[str, Any]) -> Response:
    """List pilots; `q` searches titles and results. Their replications are at `/options?pilot_id=`."""
    return json_response(list_pilots(query, *limits(query)))


@blueprint.route("/assessments/<assessment_id>/pilots", methods=["POST"])
@allow(Role.ASSESSOR)
@blueprint.arguments(DesignationSchema)
@blueprint.response(201, ReceiptSchema)
def designate(body: dict[str, Any], assessment_id: str) -> Response:
    """Show verified options of an approved assessment as a pilot. `Location` names it."""
    context = command_context()
    pilot_id = f"{assessment_id}.{part_id(context)[:8]}"
    option_ids = tuple(body.pop("option_ids"))
    command = DesignatePilot(pilot_id=pilot_id, option_ids=option_ids, by=principal().id, **body)
    location = f"{PATH}/{assessment_id}/pilots/{pilot_id}"
    return write(assessment_id, command, context=context, location=location)


@blueprint.route("/assessments/<assessment_id>/pilots/<pilot_id>/finish", methods=["POST"])
@allow(Role.REVIEWER)
@blueprint.arguments(FinishSchema)
@blueprint.response(201, ReceiptSchema)
def finish(body: dict[str, Any], assessment_id: str, pilot_id: str) -> Response:
    """Finish a pilot that the caller neither assessed nor designated, with what came of it."""
    return write(assessment_id, FinishPilot(pilot_id=pilot_id, verifier=principal().id, **body))


@blueprint.route("/assessments/<assessment_id>/options/<option_id>/replication", methods=["POST"])
@allow(Role.ASSESSOR)
@blueprint.arguments(ReplicationSchema)
@blueprint.response(201, ReceiptSchema)
def replicate(body: dict[str, Any], assessment_id: str, option_id: str) -> Response:
    """Say that the option repeats the pilot of another facility; once an option."""
    context = command_context()
    pilot_id = body.pop("pilot_id")
    shown = container().bus.load(assessment, assessment_of(pilot_id)).state
    pilot = shown.pilots.get(pilot_id)
    if pilot is None:
        raise InvalidInput.at("/pilot_id", "is no pilot; look it up in /api/v1/pilots")
    command = NameReplication(
        replication_id=part_id(context),
        option_id=option_id,
        pilot_id=pilot_id,
        pilot_facility_id=shown.facility_id,
        pilot_since=pilot.designated_on,
        by=principal().id,
        **body,
    )
    return write(assessment_id, command, context=context)
