"""Answers decide K1: which counts, on which day, with which weight."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from services.eventkit.errors import InvalidInput, NotFound, Refused
from services.eventkit.events import Event
from services.eventkit.ids import new_id
from services.training.domain.answers import ANSWER, Answer
from services.training.domain.events import Benefit, Mode, SurveyAnswered, SurveyDrawn, catalogue
from services.training.domain.sampling import digest, draw
from services.training.domain.surveys import (
    MOST_DRAWN,
    MOST_SEED,
    SURVEY,
    CloseSurvey,
    DrawSample,
    OpenSurvey,
    Survey,
)
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

    def test_it_says_of_how_many_and_where(self) -> None:
        opening = OpenSurvey(
            survey_id="v1",
            title="Điều tra chọn mẫu 2018",
            mode=Mode.SAMPLE,
            population=420,
            unit_ids=("kim-son", "yen-mo"),
            occurred_on=OPENED,
        )
        opened = msgspec.structs.replace(sample_opened, population=420, unit_ids=("kim-son", "yen-mo"))
        known = given(SURVEY).when(opening).then([opened]).state
        assert (known.population, known.unit_ids) == (420, ("kim-son", "yen-mo"))
        twice = msgspec.structs.replace(opening, unit_ids=("kim-son", "kim-son"))
        given(SURVEY).when(twice).refused("/unit_ids", InvalidInput)
        for population in (0, 10_000_001):
            wrong = msgspec.structs.replace(opening, population=population)
            given(SURVEY).when(wrong).refused("/population", InvalidInput)


FRAME = tuple(f"f{number}" for number in range(1, 10))


def drawing(size: int = 3, seed: int = 7, on: date = ON, **fields: Any) -> DrawSample:
    return DrawSample(seed=seed, size=size, occurred_on=on, **{"frame": FRAME, **fields})


def drawn(*ids: str, frame: tuple[str, ...] = FRAME, seed: int = 7) -> SurveyDrawn:
    return SurveyDrawn(
        survey_id="v1",
        seed=seed,
        size=len(ids),
        frame_size=len(frame),
        facility_ids_sha256=digest(frame),
        facility_ids=ids,
        occurred_on=ON,
    )


class TestDraw:
    def test_the_sample_is_kept_as_it_was_drawn_with_what_it_takes_to_draw_it_again(self) -> None:
        opened = given(SURVEY, [sample_opened])
        known = opened.when(drawing()).then([drawn(*draw(FRAME, 3, 7))]).state
        assert (known.sample.seed, known.sample.frame_size, known.sample.drawn_on) == (7, 9, ON)
        assert draw(FRAME, len(known.sample.facility_ids), known.sample.seed) == known.sample.facility_ids

    def test_it_is_drawn_once_and_before_anybody_is_asked(self) -> None:
        once = given(SURVEY, [sample_opened, drawn("f1", "f2", "f3")])
        once.when(drawing()).refused("already drawn on 2018-04-10", Refused)
        given(SURVEY, [sample_opened]).when(drawing(answered=True)).refused("answered already", Refused)

    def test_only_for_a_sample_survey_that_is_open(self) -> None:
        given(SURVEY).when(drawing()).refused("no such survey", NotFound)
        given(SURVEY, [census_opened]).when(drawing()).refused("a census asks every facility", Refused)
        closed = given(SURVEY, [sample_opened, survey_closed])
        closed.when(drawing(on=date(2018, 4, 21))).refused("no longer open", Refused)
        assert closed.when(drawing(on=LATER)).events()

    @pytest.mark.parametrize("size", [0, 10])
    def test_not_more_than_there_are(self, size: int) -> None:
        given(SURVEY, [sample_opened]).when(drawing(size)).refused("/size: must be from 1 to 9", InvalidInput)

    def test_where_there_is_nobody_to_ask_it_says_so(self) -> None:
        nobody = drawing(1, frame=())
        given(SURVEY, [sample_opened]).when(nobody).refused("the registry knows none", InvalidInput)

    def test_a_sample_stays_small_enough_to_send(self) -> None:
        many = tuple(f"f{number}" for number in range(MOST_DRAWN + 1))
        too_many = drawing(MOST_DRAWN + 1, frame=many)
        given(SURVEY, [sample_opened]).when(too_many).refused("/size: must be from 1 to 5000", InvalidInput)
        assert given(SURVEY, [sample_opened]).when(drawing(MOST_DRAWN, frame=many)).events()

    @pytest.mark.parametrize("seed", [-1, MOST_SEED + 1])
    def test_a_seed_is_a_number_that_json_keeps(self, seed: int) -> None:
        given(SURVEY, [sample_opened]).when(drawing(seed=seed)).refused("/seed", InvalidInput)

    def test_who_was_not_drawn_is_not_asked(self) -> None:
        asked = survey(sample_opened, drawn("f1", "f2"))
        given(ANSWER).when(answer(asked)).then([answered(mode=Mode.SAMPLE)])
        other = survey(sample_opened, drawn("f2", "f3"))
        given(ANSWER).when(answer(other)).refused("/facility_id: is not in the sample", InvalidInput)

    def test_the_survivor_of_a_merge_answers_for_the_duplicate_that_was_drawn(self) -> None:
        drawn_was_merged = survey(sample_opened, drawn("f2", "f3"))
        merged = msgspec.structs.replace(answer(drawn_was_merged), duplicates=("f3",))
        given(ANSWER).when(merged).then([answered(mode=Mode.SAMPLE)])


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

    @pytest.mark.parametrize("weight", ["0", "-1", "NaN", "Infinity", "0.001", "100000.01", "1E+6"])
    def test_a_weight_is_a_number_over_0_that_can_be_summed_exactly(self, weight: str) -> None:
        wrong = answer(SAMPLE, weight=Decimal(weight))
        given(ANSWER).when(wrong).refused("/weight", InvalidInput)


@pytest.mark.parametrize("weight", ["0.01", "100000", "12.500"])
def test_the_smallest_and_the_largest_weight(weight: str) -> None:
    weighed = answer(SAMPLE, weight=Decimal(weight))
    given(ANSWER).when(weighed).then([answered(mode=Mode.SAMPLE, weight=Decimal(weight))])


def test_a_weight_keeps_every_digit_in_the_log() -> None:
    event = answered(Benefit.MARKET, mode=Mode.SAMPLE, weight=Decimal("0.10"))
    record = catalogue.encode(event, new_id())
    assert b'"weight":"0.10"' in bytes(record.data)
    assert catalogue.decode(record) == event
