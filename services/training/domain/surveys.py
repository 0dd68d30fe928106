"""An awareness survey: opened, closed. Stream ``survey:<id>``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from services.eventkit.decider import Decider
from services.eventkit.errors import InvalidInput, NotFound, Refused
from services.eventkit.events import Event
from services.training.domain.events import Mode, SurveyClosed, SurveyOpened


class Survey(msgspec.Struct, frozen=True, kw_only=True):
    """Open from `opened_on` to `closed_on`, both days included."""

    id: str
    title: str
    mode: Mode
    opened_on: date
    closed_on: date | None = None


class OpenSurvey(msgspec.Struct, frozen=True, kw_only=True):
    survey_id: str
    title: str
    mode: Mode
    occurred_on: date


class CloseSurvey(msgspec.Struct, frozen=True, kw_only=True):
    occurred_on: date


Command = OpenSurvey | CloseSurvey


def decide(command: Command, survey: Survey | None) -> Sequence[Event]:
    if isinstance(command, OpenSurvey):
        if survey is not None:
            raise Refused(f"Survey {survey.id} is already open. Open another with an id of its own.")
        return [
            SurveyOpened(
                survey_id=command.survey_id,
                title=command.title,
                mode=command.mode,
                occurred_on=command.occurred_on,
            )
        ]
    known = existing(survey)
    if known.closed_on is not None:
        raise Refused(f"The survey was already closed on {known.closed_on}.")
    if command.occurred_on < known.opened_on:
        raise InvalidInput.at("/occurred_on", f"must not be before {known.opened_on}, the day of its opening")
    return [SurveyClosed(survey_id=known.id, occurred_on=command.occurred_on)]


def existing(survey: Survey | None) -> Survey:
    if survey is None:
        raise NotFound("There is no such survey. Look for its id in the list of surveys.")
    return survey


def evolve(survey: Survey | None, event: Event) -> Survey | None:
    if isinstance(event, SurveyOpened):
        return Survey(id=event.survey_id, title=event.title, mode=event.mode, opened_on=event.occurred_on)
    if isinstance(event, SurveyClosed) and survey is not None:
        return msgspec.structs.replace(survey, closed_on=event.occurred_on)
    return survey


SURVEY: Decider[Command, Survey | None] = Decider("survey", None, decide, evolve)
