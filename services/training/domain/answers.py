"""What one facility answers in one survey. Stream ``answer:<survey_id>.<facility_id>``.

Answers are dated: the one of the latest day holds, on one day the last recorded. So a paper form entered late
falls into its place, and a second visit replaces the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import msgspec

from services.eventkit.decider import Decider
from services.eventkit.errors import InvalidInput
from services.eventkit.events import Event
from services.training.domain.events import Benefit, Mode, SurveyAnswered
from services.training.domain.surveys import Survey

#: How many facilities one answer stands for at most.
MOST_WEIGHT = 100_000


class Answers(msgspec.Struct, frozen=True):
    """`given` in order of the day from which each holds; the last is the facility's answer."""

    given: tuple[SurveyAnswered, ...] = ()

    @property
    def current(self) -> SurveyAnswered | None:
        return self.given[-1] if self.given else None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """`survey` as its own stream has it. No `benefits`: the facility could name none.

    `duplicates` are the ids that were merged into the facility's: it answers for them.
    """

    survey: Survey
    facility_id: str
    benefits: tuple[Benefit, ...]
    weight: Decimal | None
    occurred_on: date
    duplicates: tuple[str, ...] = ()


def decide(command: Answer, answers: Answers) -> Sequence[Event]:
    survey = command.survey
    survey.check_open(command.occurred_on)
    if not any(map(survey.asks, (command.facility_id, *command.duplicates))):
        raise InvalidInput.at(
            "/facility_id",
            "is not in the sample that was drawn for this survey: "
            "who is asked besides those drawn makes the estimate untrue",
        )
    _check_weight(survey, command.weight)
    if len(set(command.benefits)) != len(command.benefits):
        raise InvalidInput.at("/benefits", "names a benefit twice")
    answered = SurveyAnswered(
        survey_id=survey.id,
        facility_id=command.facility_id,
        mode=survey.mode,
        benefits=tuple(sorted(command.benefits)),
        weight=command.weight,
        occurred_on=command.occurred_on,
    )
    same_day = [one for one in answers.given if one.occurred_on == command.occurred_on]
    return [] if same_day and same_day[-1] == answered else [answered]


def _check_weight(survey: Survey, weight: Decimal | None) -> None:
    if weight is None:
        return
    if survey.mode is not Mode.SAMPLE:
        raise InvalidInput.at("/weight", "is for sample surveys only: in a census each facility counts once")
    if not weight.is_finite() or weight <= 0:
        raise InvalidInput.at("/weight", "must be greater than 0")
    if weight > MOST_WEIGHT or weight * 100 != (weight * 100).to_integral_value():
        raise InvalidInput.at(
            "/weight", f"must have at most two decimals and be at most {MOST_WEIGHT} facilities"
        )


def evolve(answers: Answers, event: Event) -> Answers:
    if not isinstance(event, SurveyAnswered):
        return answers
    return Answers(tuple(sorted((*answers.given, event), key=lambda one: one.occurred_on)))


def answer_id(survey_id: str, facility_id: str) -> str:
    return f"{survey_id}.{facility_id}"


ANSWER: Decider[Answer, Answers] = Decider("answer", Answers(), decide, evolve)
