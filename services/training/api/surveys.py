"""Awareness surveys and the answers of facilities."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Response

from services.eventkit.errors import NotFound
from services.eventkit.http import (
    Blueprint,
    ReceiptSchema,
    allow,
    command_context,
    ensure_district,
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
    ensure_scope,
    ensure_units,
    load_survey,
    members_asked,
    own_subjects,
)
from services.training.api.schemas import (
    AnswerListSchema,
    AnswerQuery,
    AnswerSchema,
    DrawSchema,
    EstimateQuery,
    EstimateSchema,
    OccurredSchema,
    OpenSurveySchema,
    SampleListSchema,
    SampleQuery,
    SurveyListSchema,
    SurveyQuery,
    SurveySchema,
)
from services.training.api.shown import estimate_shown, survey_shown
from services.training.domain.answers import ANSWER, Answer, answer_id
from services.training.domain.events import Benefit, Mode
from services.training.domain.surveys import (
    MOST_SEED,
    SURVEY,
    CloseSurvey,
    DrawSample,
    OpenSurvey,
    Survey,
    existing,
)
from services.training.views.answers import list_answers
from services.training.views.estimates import answers_of, census, is_answered
from services.training.views.samples import list_sample
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
    ensure_units(body["unit_ids"])
    id_ = new_id()
    typed = {"mode": Mode(body["mode"]), "unit_ids": tuple(body["unit_ids"])}
    command = OpenSurvey(survey_id=id_, **{**body, **typed})
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


@blueprint.route("/<survey_id>/draw", methods=["POST"])
@allow(Role.TRAINER)
@blueprint.arguments(DrawSchema)
@blueprint.response(201, ReceiptSchema)
def draw_sample(body: dict[str, Any], survey_id: str) -> Response:
    """Draw the random sample of a sample survey, once, before anybody answers.

    From the facilities that stand in its units now and are not closed; a merged duplicate is none.
    """
    context = command_context()
    receipt = container().bus.repeated(context)
    if receipt is None:
        survey, _ = load_survey(survey_id)
        ensure_scope(survey.unit_ids)
        container().updater.refresh()
        command = DrawSample(
            seed=body.get("seed", secrets.randbelow(MOST_SEED + 1)),
            size=body["size"],
            frame=_frame(survey),
            answered=is_answered(survey_id),
            occurred_on=body["occurred_on"],
        )
        receipt = container().bus.execute(
            SURVEY, survey_id, command, context, expected_version=expected_version()
        )
    return receipt_response(receipt, location=f"{SURVEYS}/{survey_id}/sample")


def _frame(survey: Survey) -> tuple[str, ...]:
    directory = container().directory
    directory.catch_up()
    return tuple(one.id for one in directory.facilities_in(survey.unit_ids) if one.status != "closed")


@blueprint.route("/<survey_id>/sample", methods=["GET"])
@allow()
@blueprint.arguments(SampleQuery, location="query")
@blueprint.response(200, SampleListSchema)
def get_sample(query: dict[str, Any], survey_id: str) -> Response:
    """List the facilities that were drawn, those of the caller's districts only if the caller is limited.

    For a facility that was merged into another since, that one answers: `ask` says whom to ask.
    """
    survey, _ = load_survey(survey_id)
    if survey.sample is None:
        raise NotFound("No sample was drawn for this survey.")
    container().updater.refresh()
    survivors = container().directory.survivors()
    return json_response(list_sample(query, survey_id, survey.sample, own_subjects(), survivors))


@blueprint.route("/<survey_id>/estimate", methods=["GET"])
@allow()
@blueprint.arguments(EstimateQuery, location="query")
@blueprint.response(200, EstimateSchema)
def get_estimate(query: dict[str, Any], survey_id: str) -> Response:
    """What the sample says of all facilities, with its 95% interval and the count of the censuses beside it.

    Of one unit, or of the caller's districts where the caller is limited, the interval is not corrected for
    the number of facilities: that is known of the whole survey only.
    """
    survey, _ = load_survey(survey_id)
    position = container().updater.refresh()
    unit_id = query.get("unit_id")
    if unit_id is not None:
        ensure_district(unit_id)
    within = own_subjects() if unit_id is None else container().directory.subjects_in([unit_id])
    population = survey.population if within is None and survey.mode is Mode.SAMPLE else None
    survivors = container().directory.survivors()
    answers = answers_of(survey_id, within, survivors)
    shown = estimate_shown(survey, answers, population, census(within, survivors))
    return json_response({**shown, "unit_id": unit_id, "position": f"training:{position}"})


@blueprint.route("/<survey_id>/closure", methods=["POST"])
@allow(Role.TRAINER)
@blueprint.arguments(OccurredSchema)
@blueprint.response(201, ReceiptSchema)
def close_survey(body: dict[str, Any], survey_id: str) -> Response:
    """Close a survey; `occurred_on` is the last day on which answers count."""

    def guard(survey: Survey | None) -> None:
        ensure_scope(existing(survey).unit_ids)

    receipt = container().bus.execute(
        SURVEY,
        survey_id,
        CloseSurvey(**body),
        command_context(),
        expected_version=expected_version(),
        guard=guard,
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
    command = Answer(
        survey=survey,
        facility_id=facility_id,
        benefits=tuple(map(Benefit, body["benefits"])),
        weight=body.get("weight"),
        duplicates=tuple(container().directory.members(facility_id)[1:]) if survey.sample else (),
        occurred_on=body["occurred_on"],
    )
    receipt = container().bus.execute(
        ANSWER,
        answer_id(survey_id, facility_id),
        command,
        command_context(),
        expected_version=expected_version(),
        guard=lambda _: ensure_participant(facility_id, None),
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
