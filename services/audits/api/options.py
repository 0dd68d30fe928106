"""Options of an assessment: proposed, implemented, verified, discontinued, refused."""

from __future__ import annotations

from typing import Any

from flask import Response

from services.audits.api.access import PATH, part_id, read, write
from services.audits.api.schemas import OccurredSchema, OptionSchema, ProposalSchema, ReasonSchema
from services.audits.api.shown import option_shown
from services.audits.domain.options import (
    DiscontinueOption,
    ImplementOption,
    ProposeOption,
    RefuseOption,
    VerifyOption,
)
from services.eventkit.errors import NotFound
from services.eventkit.http import (
    Blueprint,
    ReceiptSchema,
    allow,
    command_context,
    principal,
    record_response,
)
from services.eventkit.identity import Role

blueprint = Blueprint(
    "options", __name__, url_prefix=f"{PATH}/<assessment_id>/options", description="Options of an assessment"
)


@blueprint.route("", methods=["POST"])
@allow(Role.ASSESSOR)
@blueprint.arguments(ProposalSchema)
@blueprint.response(201, ReceiptSchema)
def propose(body: dict[str, Any], assessment_id: str) -> Response:
    """Propose an option. `Location` names it; a repeat of the request names the same."""
    context = command_context()
    option_id = part_id(context)
    resources = tuple(body.pop("resources"))
    command = ProposeOption(option_id=option_id, resources=resources, by=principal().id, **body)
    location = f"{PATH}/{assessment_id}/options/{option_id}"
    return write(assessment_id, command, context=context, location=location)


@blueprint.route("/<option_id>", methods=["GET"])
@allow()
@blueprint.response(200, OptionSchema)
def get_option(assessment_id: str, option_id: str) -> Response:
    """One option. The ETag is the version of its assessment."""
    loaded = read(assessment_id)
    option = loaded.state.options.get(option_id)
    if option is None:
        raise NotFound("The assessment has no option with this id. Read the assessment for those it has.")
    return record_response(option_shown(option_id, option), loaded.version)


@blueprint.route("/<option_id>/implementation", methods=["POST"])
@allow(Role.ASSESSOR)
@blueprint.arguments(OccurredSchema)
@blueprint.response(201, ReceiptSchema)
def implement(body: dict[str, Any], assessment_id: str, option_id: str) -> Response:
    """Report that the option is in use since a day."""
    return write(assessment_id, ImplementOption(option_id=option_id, by=principal().id, **body))


@blueprint.route("/<option_id>/verification", methods=["POST"])
@allow(Role.REVIEWER)
@blueprint.arguments(OccurredSchema)
@blueprint.response(201, ReceiptSchema)
def verify(body: dict[str, Any], assessment_id: str, option_id: str) -> Response:
    """Confirm that the option is in use; the assessment must be approved, the caller had no part in it."""
    return write(assessment_id, VerifyOption(option_id=option_id, verifier=principal().id, **body))


@blueprint.route("/<option_id>/discontinuation", methods=["POST"])
@allow(Role.ASSESSOR)
@blueprint.arguments(ReasonSchema)
@blueprint.response(201, ReceiptSchema)
def discontinue(body: dict[str, Any], assessment_id: str, option_id: str) -> Response:
    """Report that the option is in use no more."""
    return write(assessment_id, DiscontinueOption(option_id=option_id, **body))


@blueprint.route("/<option_id>/refusal", methods=["POST"])
@allow(Role.ASSESSOR)
@blueprint.arguments(ReasonSchema)
@blueprint.response(201, ReceiptSchema)
def refuse(body: dict[str, Any], assessment_id: str, option_id: str) -> Response:
    """Report that the option will not be implemented, and why."""
    return write(assessment_id, RefuseOption(option_id=option_id, **body))
