"""The two methods of assessment: their steps and tasks as data, and the step an assessment has reached."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Response
from marshmallow.validate import Length, OneOf, Range

from services.audits.api.access import PATH, write
from services.audits.api.schemas import OccurredSchema
from services.audits.domain.catalogue import METHODS
from services.audits.domain.steps import ReachStep, methods
from services.eventkit.http import Blueprint, ReceiptSchema, Schema, allow, fields, json_response, principal
from services.eventkit.identity import Role

blueprint = Blueprint(
    "methods", __name__, url_prefix="/api/v1", description="How an assessment is carried out"
)


class StepBodySchema(OccurredSchema):
    step = fields.Integer(required=True, validate=Range(1, 6))
    tasks = fields.List(
        fields.Text(max=10),
        load_default=list,
        validate=Length(max=50),
        metadata={"description": "Codes of the tasks done, of this step or of earlier ones; see /methods"},
    )


class WordsSchema(Schema):
    vi = fields.String(required=True)
    en = fields.String(required=True)


class TaskSchema(Schema):
    code = fields.String(required=True)
    name = fields.Nested(WordsSchema, required=True)


class StepSchema(Schema):
    step = fields.Integer(required=True)
    name = fields.Nested(WordsSchema, required=True)
    tasks = fields.List(fields.Nested(TaskSchema), required=True)


class MethodSchema(Schema):
    """`submit_from` is the step from which it may be submitted, where its steps are recorded at all."""

    method = fields.String(required=True, validate=OneOf(METHODS))
    name = fields.Nested(WordsSchema, required=True)
    submit_from = fields.Integer(required=True)
    steps = fields.List(fields.Nested(StepSchema), required=True)


class MethodsSchema(Schema):
    methods = fields.List(fields.Nested(MethodSchema), required=True)


@blueprint.route("/methods", methods=["GET"])
@allow()
@blueprint.response(200, MethodsSchema)
def get_methods() -> Response:
    """The steps and tasks of a quick and of a detailed assessment."""
    shown = []
    for id_, method in methods().items():
        raw = msgspec.to_builtins(method)
        steps = [{"step": number, **step} for number, step in enumerate(raw["steps"], 1)]
        shown.append({"method": id_, **raw, "steps": steps})
    return json_response({"methods": shown})


@blueprint.route(f"{PATH.removeprefix('/api/v1')}/<assessment_id>/steps", methods=["POST"])
@allow(Role.ASSESSOR)
@blueprint.arguments(StepBodySchema)
@blueprint.response(201, ReceiptSchema)
def reach_step(body: dict[str, Any], assessment_id: str) -> Response:
    """Record the step that the assessment has reached, and tasks that are done."""
    tasks = tuple(body.pop("tasks"))
    return write(assessment_id, ReachStep(tasks=tasks, by=principal().id, **body))
