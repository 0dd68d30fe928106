"""Awareness surveys and the answers of facilities."""

from __future__ import annotations

from typing import Any

from flask import Response

from services.eventkit.http import (
    Blueprint,
    ReceiptSchema,
    allow,
    command_context,
    expected_version,
    json_response,
    receipt_response,
    record_response,
)
from services.eventkit.identity import Role
from services.eventkit.ids import new_id
from services.training.api.access import (
    SURVEYS,
    container,
    ensure_participant,
    load_survey,
    members_asked,
    own_subjects,
)
from services.training.api.schemas import (
    AnswerListSchema,
    AnswerQuery,
    AnswerSchema,
    OccurredSchema,
    OpenSurveySchema,
    SurveyListSchema,
    SurveyQuery,
    SurveySchema,
)
from services.training.api.shown import survey_shown
from services.training.domain.answers import ANSWER, Answer, answer_id
from services.training.domain.events import Benefit, Mode
from services.training.domain.surveys import SURVEY, CloseSurvey, OpenSurvey
from services.training.views.answers import list_answers
from services.training.views.surveys import list_surveys

blueprint = Blueprint(
    "surveys", __name__, url_prefix=SURVEYS, description="Who knows the benefits of cleaner production"
)


@blueprint.route("", methods=["POST"])
@allow(Role.TRAINER)
@blueprint.arguments(OpenSurveySchema)
@blueprint.response(201, ReceiptSchema)
def open_survey(body: dict[str, Any]) -> Response:
    """Open a survey: a census asks every facility, a sample some of them."""
    id_ = new_id()
    command = OpenSurvey(survey_id=id_, **{**body, "mode": Mode(body["mode"])})
    receipt = container().bus.execute(SURVEY, id_, command, command_context())
    return receipt_response(receipt, location=f"{SURVEYS}/{receipt.id}")


@blueprint.route("", methods=["GET"])
@allow()
@blueprint.arguments(SurveyQuery, location="query")
@blueprint.response(200, SurveyListSchema)
def get_surveys(query: dict[str, Any]) -> Response:
    """List surveys; `q` searches the titles, with or without accents."""
    container().updater.refresh()
    return json_response(list_surveys(query))


@blueprint.route("/<survey_id>", methods=["GET"])
@allow()
@blueprint.response(200, SurveySchema)
def get_survey(survey_id: str) -> Response:
    """One survey, straight from the log."""
    survey, version = load_survey(survey_id)
    return record_response(survey_shown(survey, version), version)


@blueprint.route("/<survey_id>/closure", methods=["POST"])
@allow(Role.TRAINER)
@blueprint.arguments(OccurredSchema)
@blueprint.response(201, ReceiptSchema)
def close_survey(body: dict[str, Any], survey_id: str) -> Response:
    """Close a survey; `occurred_on` is the last day on which answers count."""
    receipt = container().bus.execute(
        SURVEY, survey_id, CloseSurvey(**body), command_context(), expected_version=expected_version()
    )
    return receipt_response(receipt, location=f"{SURVEYS}/{survey_id}")


@blueprint.route("/<survey_id>/answers", methods=["POST"])
@allow(Role.TRAINER)
@blueprint.arguments(AnswerSchema)
@blueprint.response(201, ReceiptSchema)
def answer(body: dict[str, Any], survey_id: str) -> Response:
    """Record what a facility answered; of several answers that of the latest day holds, then the newest."""
    survey, _ = load_survey(survey_id)
    facility_id = body["facility_id"]
    ensure_participant(facility_id, None)
    command = Answer(
        survey=survey,
        facility_id=facility_id,
        benefits=tuple(map(Benefit, body["benefits"])),
        weight=body.get("weight"),
        occurred_on=body["occurred_on"],
    )
    receipt = container().bus.execute(
        ANSWER,
        answer_id(survey_id, facility_id),
        command,
        command_context(),
        expected_version=expected_version(),
    )
    return receipt_response(receipt, location=f"{SURVEYS}/{survey_id}/answers")


@blueprint.route("/<survey_id>/answers", methods=["GET"])
@allow()
@blueprint.arguments(AnswerQuery, location="query")
@blueprint.response(200, AnswerListSchema)
def get_answers(query: dict[str, Any], survey_id: str) -> Response:
    """List the answers that hold, those of the caller's districts only where the caller is limited.

    Those of a facility include those of its merged duplicates.
    """
    load_survey(survey_id)
    container().updater.refresh()
    return json_response(list_answers(query, survey_id, own_subjects(), members_asked(query)))
