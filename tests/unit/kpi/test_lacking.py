"""A facility that does not count is told what it lacks, and whoever has done all of it counts."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kpi.domain.facts import FacilityCard
from services.kpi.domain.lacking import lacking
from services.kpi.domain.membership import membership
from services.kpi.domain.shares import FACILITY_CODES
from services.kpi.domain.standing import standing
from services.kpi.domain.texts import lack
from tests.examples import examples
from tests.unit.kpi.lives import RULES, Life, measured
from tests.unit.kpi.test_contributions_property import lives

ON = date(2019, 12, 31)
HERE = frozenset({"nho-quan", "yen-mo"})
OF = {"assessment_id": "a1", "option_id": "o1"}


def steps(life: Life, code: str, on: date = ON) -> list[str]:
    card = life.card()
    assert isinstance(card, FacilityCard)
    return [one.code for one in lacking(card, RULES, on, HERE)[code]]


@given(lives(), st.lists(st.dates(date(2014, 12, 1), date(2022, 6, 1)), min_size=1, max_size=5))
@settings(max_examples=examples(80), deadline=None)
def test_nothing_is_lacking_exactly_where_it_counts(life: Life, on: list[date]) -> None:
    card = life.card()
    assert isinstance(card, FacilityCard)
    for day in on:
        stands, lacks = standing(card, RULES, day, HERE), lacking(card, RULES, day, HERE)
        outside = membership(card, RULES, day.toordinal()).outside
        if outside == "out-of-scope" or stands["K1"].why.en.startswith("unit "):
            assert not any(lacks.values())
            continue
        for code in FACILITY_CODES:
            assert stands[code].counted is (not lacks[code]), (code, day)


def test_each_step_done_is_lacking_no_more() -> None:
    life = Life().registered()
    assert steps(life, "K2a") == ["baseline", "approval", "option", "implementation", "verification"]
    assert steps(life, "K2d")[-2:] == ["report", "acceptance"]
    life.tell("audits", "assessment.baseline-recorded", "2016-12-31", **OF, measurement=measured(2016))
    assert steps(life, "K2a") == ["approval", "option", "implementation", "verification"]
    life.tell("audits", "option.proposed", "2017-01-01", **OF, option_class="input-change")
    life.tell("audits", "assessment.rejected", "2017-01-10", **OF)
    assert steps(life, "K2a") == ["approval-again", "implementation", "verification"]
    life.tell("audits", "assessment.approved", "2017-02-01", **OF)
    life.tell("audits", "option.implemented", "2017-03-01", **OF)
    assert steps(life, "K2a") == ["verification"]
    life.tell("audits", "option.verified", "2017-04-01", **OF)
    assert (steps(life, "K2a"), steps(life, "K2b")) == ([], ["report", "acceptance"])
    life.followed(measured(2018, kwh="950000"), accepted=False)
    assert steps(life, "K2b") == ["acceptance"]
    ids = {"assessment_id": "a1", "follow_up_id": "u1"}
    life.tell("audits", "follow-up.refused", "2019-01-02", **ids)
    assert steps(life, "K2b") == ["report-again", "acceptance"]
    life.tell("audits", "follow-up.accepted", "2019-01-03", **ids)
    assert (steps(life, "K2b"), steps(life, "K2d"), steps(life, "K2c")) == ([], [], ["more-saving"])
    life.tell("audits", "option.discontinued", "2019-02-01", **OF)
    assert steps(life, "K2a") == ["verification-again"]
    assert steps(life, "K2a", date(2019, 1, 31)) == []


def test_the_assessment_that_comes_nearest_is_the_one_to_go_on_with() -> None:
    life = Life().registered()
    for assessment in ("a0", "a1", "a2"):
        of = {"assessment_id": assessment, "option_id": "o1"}
        life.tell("audits", "assessment.baseline-recorded", "2016-12-31", **of, measurement=measured(2016))
    life.tell("audits", "assessment.approved", "2017-02-01", **OF)
    life.tell("audits", "option.implemented", "2017-03-01", **OF)
    assert steps(life, "K2a") == ["verification"]


def test_what_is_short_of_eight_percent_is_told_in_points() -> None:
    life = Life().registered().adopted().followed(measured(2018, kwh="950000"))
    card = life.card()
    assert isinstance(card, FacilityCard)
    (step,) = lacking(card, RULES, ON, HERE)["K2c"]
    assert "3,00 điểm" in step.vi
    assert "3.00 percentage points" in step.en


@pytest.mark.parametrize(
    ("follow_up", "review", "expected"),
    [
        (measured(2018, kwh="100000"), None, ["review-outlier"]),
        (measured(2018, kwh="100000"), "leave-out", ["other-figures"]),
        (measured(2018, kwh="1000000"), None, ["review-same-figure"]),
        (measured(2018, end="2018-11-30"), None, ["computable"]),
    ],
)
def test_figures_that_wait_for_somebody_say_for_whom(
    follow_up: dict[str, object], review: str | None, expected: list[str]
) -> None:
    life = Life().registered().adopted().followed(follow_up)
    if review:
        life.reviewed(review)
    assert steps(life, "K2b") == steps(life, "K2d") == expected


def test_awareness_lacks_what_comes_next() -> None:
    life = Life().registered()
    assert steps(life, "K1") == ["survey-or-test"]
    life.tell("training", "participation.attended", "2018-01-01", participation_id="p", course_id="c")
    assert steps(life, "K1") == ["test-after-course"]
    assert steps(life.answered("2018-02-01", []), "K1") == ["later-evidence"]
    assert steps(life.answered("2018-03-01", ["saves"], survey="s2"), "K1") == []


def test_who_is_not_in_u_is_told_how_it_would_come_in() -> None:
    life = Life().registered().tell("registry", "facility.closed", "2018-01-01")
    assert steps(life, "K1") == ["reopening"]
    assert steps(life, "K2b", date(2014, 1, 1)) == ["registration"]
    assert steps(Life().registered(unit="elsewhere"), "K1") == []
    assert steps(Life().registered(industry="2018:0111"), "K1") == []
    merged = Life().registered().tell("registry", "facility.merged", "2018-01-01", survivor_id="f2")
    assert steps(merged, "K2a") == []


def test_each_step_says_who_does_it_in_both_languages() -> None:
    assert lack("computable", "thiếu", "missing").vi == "Người đánh giá sửa số liệu: thiếu."
    assert lack("review-outlier", "energy").en.startswith("A reviewer decides")
