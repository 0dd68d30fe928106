"""Answers decide K1: which counts, on which day, with which weight."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.eventkit.errors import InvalidInput, NotFound, Refused
from services.eventkit.events import Event
from services.eventkit.ids import new_id
from services.training.domain.answers import ANSWER, Answer
from services.training.domain.events import Benefit, Mode, SurveyAnswered, catalogue
from services.training.domain.surveys import SURVEY, CloseSurvey, OpenSurvey, Survey
from tests.unit.given import given
from tests.unit.training.facts import LATER, OPENED, census_opened, sample_opened, survey_closed

ON = date(2018, 4, 10)


def survey(*facts: Event) -> Survey:
    folded = given(SURVEY, facts).state
    assert isinstance(folded, Survey)
    return folded


CENSUS = survey(census_opened)
SAMPLE = survey(sample_opened)


def answer(of: Survey = CENSUS, *benefits: Benefit, on: date = ON, weight: Decimal | None = None) -> Answer:
    return Answer(survey=of, facility_id="f1", benefits=benefits, weight=weight, occurred_on=on)


def answered(*benefits: Benefit, on: date = ON, **fields: Any) -> SurveyAnswered:
    known = {"mode": Mode.CENSUS, **fields}
    return SurveyAnswered(survey_id="v1", facility_id="f1", benefits=benefits, occurred_on=on, **known)


class TestSurvey:
    def test_it_is_opened_and_closed_once(self) -> None:
        opening = OpenSurvey(
            survey_id="v1", title="Điều tra nhận thức 2018", mode=Mode.CENSUS, occurred_on=OPENED
        )
        opened = given(SURVEY).when(opening).then([census_opened])
        opened.when(opening).refused("already open", Refused)
        closed = opened.when(CloseSurvey(occurred_on=LATER)).then([survey_closed])
        closed.when(CloseSurvey(occurred_on=LATER)).refused("already closed", Refused)

    def test_it_is_not_closed_before_it_was_opened(self) -> None:
        early = CloseSurvey(occurred_on=date(2018, 2, 1))
        given(SURVEY, [census_opened]).when(early).refused("/occurred_on", InvalidInput)
        given(SURVEY).when(early).refused("no such survey", NotFound)


class TestAnswer:
    def test_naming_none_is_an_answer(self) -> None:
        given(ANSWER).when(answer()).then([answered()])

    def test_it_is_a_fact_about_the_facility(self) -> None:
        assert answered().subject == "facility:f1"

    def test_benefits_stand_in_one_order_so_that_equal_answers_are_equal(self) -> None:
        given_ = answer(CENSUS, Benefit.SAVES_WATER, Benefit.CUTS_COST)
        one = given(ANSWER).when(given_).then([answered(Benefit.CUTS_COST, Benefit.SAVES_WATER)])
        one.when(answer(CENSUS, Benefit.CUTS_COST, Benefit.SAVES_WATER)).unchanged()

    def test_a_benefit_named_twice_is_a_mistake(self) -> None:
        twice = answer(CENSUS, Benefit.MARKET, Benefit.MARKET)
        given(ANSWER).when(twice).refused("/benefits", InvalidInput)

    def test_a_later_answer_replaces_and_a_late_form_does_not(self) -> None:
        first = given(ANSWER, [answered(Benefit.MARKET)])
        second = first.when(answer(on=LATER)).then([answered(on=LATER)])
        assert second.state.current == answered(on=LATER)
        late = second.when(answer(CENSUS, Benefit.CUTS_COST, on=OPENED)).then(
            [answered(Benefit.CUTS_COST, on=OPENED)]
        )
        assert late.state.current == answered(on=LATER)
        corrected = late.when(answer(CENSUS, Benefit.CUTS_WASTE, on=LATER)).then(
            [answered(Benefit.CUTS_WASTE, on=LATER)]
        )
        assert corrected.state.current == answered(Benefit.CUTS_WASTE, on=LATER)

    def test_the_survey_must_be_open_on_that_day_its_last_included(self) -> None:
        closed = survey(census_opened, survey_closed)
        given(ANSWER).when(answer(closed, on=date(2018, 2, 28))).refused("was not open", Refused)
        given(ANSWER).when(answer(closed, on=date(2018, 4, 21))).refused("no longer open", Refused)
        given(ANSWER).when(answer(closed, on=LATER)).then([answered(on=LATER)])
        given(ANSWER).when(answer(closed, on=OPENED)).then([answered(on=OPENED)])

    def test_in_a_census_each_facility_counts_once(self) -> None:
        given(ANSWER).when(answer(weight=Decimal(2))).refused("in a census", InvalidInput)

    def test_in_a_sample_an_answer_stands_for_its_weight(self) -> None:
        weighed = answer(SAMPLE, weight=Decimal("12.50"))
        given(ANSWER).when(weighed).then([answered(mode=Mode.SAMPLE, weight=Decimal("12.50"))])
        given(ANSWER).when(answer(SAMPLE)).then([answered(mode=Mode.SAMPLE)])

    @pytest.mark.parametrize("weight", ["0", "-1", "NaN", "Infinity"])
    def test_a_weight_is_a_number_over_0(self, weight: str) -> None:
        wrong = answer(SAMPLE, weight=Decimal(weight))
        given(ANSWER).when(wrong).refused("/weight", InvalidInput)


def test_a_weight_keeps_every_digit_in_the_log() -> None:
    event = answered(Benefit.MARKET, mode=Mode.SAMPLE, weight=Decimal("0.10"))
    record = catalogue.encode(event, new_id())
    assert b'"weight":"0.10"' in bytes(record.data)
    assert catalogue.decode(record) == event
