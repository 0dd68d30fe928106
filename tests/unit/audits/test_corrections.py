"""What was recorded wrongly is said again with a reason; nobody's figures change behind a reviewer's back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.audits.domain.assessment import assessment
from services.audits.domain.catalogue import (
    BaselineCorrected,
    FollowUpCorrected,
    OptionCorrected,
    OptionExcluded,
    OutlierReviewed,
)
from services.audits.domain.corrections import CorrectBaseline, CorrectFollowUp, CorrectOption
from services.audits.domain.follow_ups import AcceptFollowUp, RefuseFollowUp
from services.audits.domain.measurement import Measurement
from services.eventkit.errors import Forbidden, InvalidInput, Refused
from tests.unit.audits.facts import (
    BASELINE,
    FOLLOW_UP,
    OF,
    OPTION,
    UNTIL_APPROVED,
    UNTIL_PROPOSED,
    UNTIL_REPORTED,
    UNTIL_SUBMITTED,
    YEAR_AFTER,
    accepted,
    flow,
    implemented,
    measured,
    verified,
)
from tests.unit.given import given

BETTER = measured(date(2019, 1, 1), date(2019, 12, 31), flows=(flow(quantity=Decimal(1150)),))
BETTER_BASELINE = measured(flows=(flow(quantity=Decimal(1250)),))
kept = OutlierReviewed(
    **FOLLOW_UP, reviewer="dung", decision="keep", note="seen", occurred_on=date(2020, 2, 5)
)
corrected = FollowUpCorrected(
    **FOLLOW_UP, measurement=BETTER, by="giang", reason="typing error", occurred_on=date(2019, 12, 31)
)


def correct(figures: Measurement = BETTER, reason: str = "typing error") -> CorrectFollowUp:
    return CorrectFollowUp(follow_up_id="u1", measurement=figures, by="giang", reason=reason)


def correct_baseline(figures: Measurement = BETTER_BASELINE, reason: str = "typing error") -> CorrectBaseline:
    return CorrectBaseline(measurement=figures, by="giang", reason=reason)


def accept(reviewer: str) -> AcceptFollowUp:
    return AcceptFollowUp(follow_up_id="u1", reviewer=reviewer, occurred_on=date(2020, 3, 1))


def test_an_accepted_report_that_is_corrected_waits_for_somebody_else_again() -> None:
    after = given(assessment, [*UNTIL_REPORTED, accepted, kept]).when(correct()).then([corrected])
    report = after.state.follow_ups["u1"]
    assert (report.status, report.reviewer, report.decisions) == ("reported", None, {})
    assert [(past.by, past.reason, past.before) for past in report.history] == [
        ("giang", "typing error", YEAR_AFTER)
    ]
    for insider in ("giang", "binh", "an"):
        after.when(accept(insider)).refused("had no part", Forbidden)
    again = given(assessment, [*UNTIL_REPORTED, accepted, corrected]).when(accept("dung")).events()
    assert given(assessment, [*UNTIL_REPORTED, corrected, *again]).state.follow_ups["u1"].status == "accepted"


def test_a_refused_report_is_not_corrected_but_reported_anew() -> None:
    refuse = RefuseFollowUp(
        follow_up_id="u1", reviewer="dung", reason="a month is missing", occurred_on=date(2020, 2, 1)
    )
    refused = given(assessment, UNTIL_REPORTED).when(refuse).events()
    given(assessment, [*UNTIL_REPORTED, *refused]).when(correct()).refused("this one is refused", Refused)


def test_a_correction_must_fit_the_rest_like_a_report() -> None:
    within = measured(date(2017, 6, 1), date(2018, 5, 31))
    given(assessment, UNTIL_REPORTED).when(correct(within)).refused("/period/start", InvalidInput)
    given(assessment, UNTIL_REPORTED).when(correct(reason=" ")).refused("/reason", InvalidInput)
    given(assessment, UNTIL_REPORTED).when(correct(YEAR_AFTER)).unchanged()


def test_a_corrected_baseline_keeps_the_approval_and_asks_for_the_reviews_again() -> None:
    event = BaselineCorrected(
        **OF, measurement=BETTER_BASELINE, by="giang", reason="typing error", occurred_on=date(2017, 12, 31)
    )
    after = given(assessment, [*UNTIL_REPORTED, accepted, kept]).when(correct_baseline()).then([event]).state
    assert (after.status, after.baseline) == ("approved", BETTER_BASELINE)
    assert [past.before for past in after.baseline_history] == [BASELINE]
    assert after.follow_ups["u1"].status == "accepted"
    assert after.follow_ups["u1"].decisions == {}


@pytest.mark.parametrize("before", [UNTIL_PROPOSED, UNTIL_SUBMITTED])
def test_before_the_approval_a_baseline_is_recorded_anew(before: list[Any]) -> None:
    given(assessment, before).when(correct_baseline()).refused("record it anew", Refused)


@pytest.mark.parametrize(
    ("figures", "text"),
    [
        (measured(date(2017, 4, 1), date(2018, 3, 31)), "after the submission"),
        (measured(flows=(flow(unit="kWh"),)), "/flows/0/unit"),
        (measured(products=()), "/products"),
    ],
)
def test_a_corrected_baseline_is_checked_like_the_first(figures: Measurement, text: str) -> None:
    given(assessment, UNTIL_REPORTED).when(correct_baseline(figures)).refused(text, InvalidInput)


def test_a_baseline_is_not_corrected_into_a_follow_up_nor_to_what_it_is() -> None:
    early = measured(date(2018, 2, 1), date(2019, 1, 31))
    reported = FollowUpCorrected(
        **FOLLOW_UP, measurement=early, by="binh", reason="wrong year", occurred_on=early.period.end
    )
    later = measured(date(2017, 3, 1), date(2018, 2, 28))
    given(assessment, [*UNTIL_REPORTED, reported]).when(correct_baseline(later)).refused(
        "before every follow-up", InvalidInput
    )
    given(assessment, UNTIL_APPROVED).when(correct_baseline(BASELINE)).unchanged()


CORRECT_OPTION: dict[str, Any] = {
    "option_id": "o1",
    "by": "giang",
    "reason": "wrong box ticked",
    "occurred_on": date(2018, 10, 1),
}


def test_an_option_keeps_what_stood_before_its_correction() -> None:
    event = OptionCorrected(
        **OPTION,
        by="giang",
        reason="wrong box ticked",
        occurred_on=date(2018, 10, 1),
        option_class="on-site-recovery",
    )
    command = CorrectOption(**CORRECT_OPTION, option_class="on-site-recovery", investment_vnd=90_000_000)
    after = given(assessment, [*UNTIL_APPROVED, implemented, verified]).when(command).then([event])
    option = after.state.options["o1"]
    assert (option.status, option.option_class) == ("verified", "on-site-recovery")
    assert [past.before for past in option.history] == [{"option_class": "process-control"}]
    assert "giang" in option.contributors


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "nothing to correct"),
        ({"title": " "}, "/title"),
        ({"resources": ("steam",)}, "/resources/0"),
        ({"option_class": "magic"}, "/option_class"),
        ({"title": "New", "reason": ""}, "/reason"),
        ({"title": "New", "occurred_on": date(2018, 2, 19)}, "before the proposal"),
    ],
)
def test_a_wrong_correction_of_an_option_says_where(changes: dict[str, Any], text: str) -> None:
    given(assessment, UNTIL_APPROVED).when(CorrectOption(**CORRECT_OPTION | changes)).refused(
        text, InvalidInput
    )


def test_an_excluded_option_is_not_corrected_and_the_same_again_changes_nothing() -> None:
    excluded = OptionExcluded(**OPTION, reason="end of pipe", occurred_on=date(2018, 4, 1))
    command = CorrectOption(**CORRECT_OPTION, title="New")
    given(assessment, [*UNTIL_APPROVED, excluded]).when(command).refused("counts nowhere", Refused)
    same = CorrectOption(**CORRECT_OPTION, investment_vnd=90_000_000)
    given(assessment, UNTIL_APPROVED).when(same).unchanged()
    given(assessment, UNTIL_SUBMITTED).when(command).refused("it is submitted", Refused)
