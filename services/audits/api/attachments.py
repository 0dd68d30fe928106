"""Evidence of an assessment, its options and its follow-ups: by hash and link, never the file itself."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow.validate import Range, Regexp

from services.audits.api.access import PATH, container, part_id, read, write
from services.audits.api.schemas import OccurredSchema, ReasonSchema
from services.audits.domain.attachments import LinkAttachment, WithdrawAttachment
from services.audits.views.attachments import list_attachments
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
    "attachments",
    __name__,
    url_prefix=f"{PATH}/<assessment_id>/attachments",
    description="Evidence kept elsewhere, by hash and link",
)


class LinkSchema(OccurredSchema):
    of = fields.Text(
        max=64, required=True, metadata={"description": "Id of the assessment, an option or a follow-up"}
    )
    sha256 = fields.String(
        required=True,
        validate=Regexp(r"^[0-9a-f]{64}\Z", error="Must be 64 small hexadecimal digits."),
        metadata={"pattern": "^[0-9a-f]{64}$"},
    )
    media_type = fields.Text(max=129, required=True, metadata={"examples": ["application/pdf"]})
    bytes = fields.Integer(required=True, validate=Range(1, 10**12))
    title = fields.Text(max=300, required=True)
    url = fields.Text(max=2000, metadata={"description": "Where it is kept, https:// or http://"})


class AttachmentQuery(ListQuerySchema):
    of = fields.Text(max=64)
    media_type = fields.Text(max=129)
    withdrawn = fields.Boolean()


class AttachmentItemSchema(Schema):
    id = fields.String(required=True)
    version = fields.Integer(required=True)
    position = fields.Integer(required=True)
    of = fields.String(required=True)
    sha256 = fields.String(required=True)
    media_type = fields.String(required=True)
    bytes = fields.Integer(required=True)
    title = fields.String(required=True)
    url = fields.String(required=True, allow_none=True)
    by = fields.String(required=True)
    linked_on = fields.Date(required=True)
    withdrawn = fields.Boolean(required=True)
    withdrawn_on = fields.Date(required=True, allow_none=True)
    withdrawal = fields.String(required=True, allow_none=True, metadata={"description": "Why"})


class AttachmentListSchema(Schema):
    items = fields.List(fields.Nested(AttachmentItemSchema), required=True)
    next = fields.String(required=True, allow_none=True)


@blueprint.route("", methods=["POST"])
@allow(Role.ASSESSOR)
@blueprint.arguments(LinkSchema)
@blueprint.response(201, ReceiptSchema)
def link(body: dict[str, Any], assessment_id: str) -> Response:
    """Link a file kept elsewhere. `Location` names it; a repeat of the request names the same."""
    context = command_context()
    attachment_id = part_id(context)
    command = LinkAttachment(attachment_id=attachment_id, by=principal().id, **body)
    location = f"{PATH}/{assessment_id}/attachments/{attachment_id}"
    return write(assessment_id, command, context=context, location=location)


@blueprint.route("", methods=["GET"])
@allow()
@blueprint.arguments(AttachmentQuery, location="query")
@blueprint.response(200, AttachmentListSchema)
def get_attachments(query: dict[str, Any], assessment_id: str) -> Response:
    """List the evidence, withdrawn evidence too; `of` narrows it to an option or follow-up."""
    read(assessment_id)
    container().updater.refresh()
    return json_response(list_attachments(query, assessment_id))


@blueprint.route("/<attachment_id>/withdrawal", methods=["POST"])
@allow(Role.ASSESSOR)
@blueprint.arguments(ReasonSchema)
@blueprint.response(201, ReceiptSchema)
def withdraw(body: dict[str, Any], assessment_id: str, attachment_id: str) -> Response:
    """Withdraw evidence, with a reason; that it was linked stays in the log."""
    return write(assessment_id, WithdrawAttachment(attachment_id=attachment_id, **body))
