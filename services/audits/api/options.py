"""Options of an assessment: proposed, implemented, verified, discontinued, refused, corrected."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Response

from services.audits.api.access import PATH, part_id, read, write
from services.audits.api.schemas import OccurredSchema, ReasonSchema
from services.audits.api.schemas_options import (
    AnswerSchema,
    DeferralSchema,
    OptionCorrectionSchema,
    OptionSchema,
    ProposalSchema,
    VerificationSchema,
)
from services.audits.api.shown import option_shown
from services.audits.domain import checks
from services.audits.domain.catalogue import Amount
from services.audits.domain.corrections import CorrectOption
from services.audits.domain.option_life import AnswerOption, DeferOption, ExcludeOption
from services.audits.domain.options import (
    DiscontinueOption,
    ImplementOption,
    ProposeOption,
    RefuseOption,
    VerifyOption,
)
from services.eventkit.http import (
    Blueprint,
    ReceiptSchema,
    allow,
    command_context,
    fields,
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
    command = ProposeOption(option_id=option_id, by=principal().id, **typed(body))
    location = f"{PATH}/{assessment_id}/options/{option_id}"
    return write(assessment_id, command, context=context, location=location)


@blueprint.route("/<option_id>", methods=["GET"])
@allow()
@blueprint.response(200, OptionSchema)
def get_option(assessment_id: str, option_id: str) -> Response:
    """One option. The ETag is the version of its assessment."""
    loaded = read(assessment_id)
    option = checks.option_of(loaded.state, option_id)
    return record_response(option_shown(option_id, option, fields.today()), loaded.version)


@blueprint.route("/<option_id>/implementation", methods=["POST"])
@allow(Role.ASSESSOR)
@blueprint.arguments(OccurredSchema)
@blueprint.response(201, ReceiptSchema)
def implement(body: dict[str, Any], assessment_id: str, option_id: str) -> Response:
    """Report that the option is in use since a day."""
    return write(assessment_id, ImplementOption(option_id=option_id, by=principal().id, **body))


@blueprint.route("/<option_id>/verification", methods=["POST"])
@allow(Role.REVIEWER)
@blueprint.arguments(VerificationSchema)
@blueprint.response(201, ReceiptSchema)
def verify(body: dict[str, Any], assessment_id: str, option_id: str) -> Response:
    """Confirm that the option is in use; the assessment must be approved, the caller had no part in it."""
    return write(assessment_id, VerifyOption(option_id=option_id, verifier=principal().id, **typed(body)))


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


@blueprint.route("/<option_id>/deferral", methods=["POST"])
@allow(Role.ASSESSOR)
@blueprint.arguments(DeferralSchema)
@blueprint.response(201, ReceiptSchema)
def defer(body: dict[str, Any], assessment_id: str, option_id: str) -> Response:
    """Put off a proposed option: it is pending, and asked about every year until it is three years old."""
    return write(assessment_id, DeferOption(option_id=option_id, by=principal().id, **body))


@blueprint.route("/<option_id>/answers", methods=["POST"])
@allow(Role.ASSESSOR)
@blueprint.arguments(AnswerSchema)
@blueprint.response(201, ReceiptSchema)
def answer(body: dict[str, Any], assessment_id: str, option_id: str) -> Response:
    """Answer the yearly question about a pending option; one implemented or given up is recorded so."""
    return write(assessment_id, AnswerOption(option_id=option_id, by=principal().id, **body))


@blueprint.route("/<option_id>/exclusion", methods=["POST"])
@allow(Role.ASSESSOR)
@blueprint.arguments(ReasonSchema)
@blueprint.response(201, ReceiptSchema)
def exclude(body: dict[str, Any], assessment_id: str, option_id: str) -> Response:
    """Exclude a proposed or pending option that is none of cleaner production, or was entered by mistake."""
    return write(assessment_id, ExcludeOption(option_id=option_id, **body))


@blueprint.route("/<option_id>/corrections", methods=["POST"])
@allow(Role.ASSESSOR)
@blueprint.arguments(OptionCorrectionSchema)
@blueprint.response(201, ReceiptSchema)
def correct(body: dict[str, Any], assessment_id: str, option_id: str) -> Response:
    """Correct what was recorded of an option, with a reason; what stood before is kept in its history."""
    return write(assessment_id, CorrectOption(option_id=option_id, by=principal().id, **typed(body)))


def typed(body: dict[str, Any]) -> dict[str, Any]:
    """The body with its lists as the commands hold them."""
    for name in ("estimated", "verified"):
        if name in body:
            body[name] = msgspec.convert(body[name], tuple[Amount, ...])
    if "resources" in body:
        body["resources"] = tuple(body["resources"])
    return body
