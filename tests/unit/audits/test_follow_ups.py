"""The saving of target 2 is read from follow-ups: each counts one period once, and is accepted by another."""

from __future__ import annotations

from datetime import date

import pytest

from services.audits.domain.assessment import assessment
from services.audits.domain.catalogue import FollowUpRefused, OutlierReviewed
from services.audits.domain.follow_ups import (
    AcceptFollowUp,
    RefuseFollowUp,
    ReportFollowUp,
    ReviewOutlier,
)
from services.eventkit.errors import Forbidden, InvalidInput, NotFound, Refused
from tests.unit.audits.facts import (
    FOLLOW_UP,
    UNTIL_APPROVED,
    UNTIL_REPORTED,
    UNTIL_SUBMITTED,
    YEAR_AFTER,
    accepted,
    measured,
    product,
    reported,
)
from tests.unit.given import given

REPORT = ReportFollowUp(follow_up_id="u1", measurement=YEAR_AFTER, by="binh")
ACCEPT = AcceptFollowUp(follow_up_id="u1", reviewer="dung", occurred_on=date(2020, 2, 1))
REFUSE = RefuseFollowUp(
    follow_up_id="u1", reviewer="dung", reason="a month is missing", occurred_on=date(2020, 2, 1)
)
KEEP = ReviewOutlier(
    follow_up_id="u1",
    reviewer="dung",
    decision="keep",
    note="a new kiln, seen on site",
    occurred_on=date(2020, 2, 5),
)
refused = FollowUpRefused(
    **FOLLOW_UP, reviewer="dung", reason="a month is missing", occurred_on=date(2020, 2, 1)
)
kept = OutlierReviewed(
    **FOLLOW_UP,
    reviewer="dung",
    decision="keep",
    note="a new kiln, seen on site",
    occurred_on=date(2020, 2, 5),
)


def test_a_follow_up_is_reported_accepted_and_reviewed() -> None:
    (
        given(assessment, UNTIL_APPROVED)
        .when(REPORT)
        .then([reported])
        .when(ACCEPT)
        .then([accepted])
        .when(KEEP)
        .then([kept])
    )


def test_an_outlier_may_be_reviewed_before_the_report_is_accepted() -> None:
    given(assessment, UNTIL_REPORTED).when(KEEP).then([kept]).when(ACCEPT).then([accepted])


def test_follow_ups_come_after_the_approval() -> None:
    given(assessment, UNTIL_SUBMITTED).when(REPORT).refused("it is submitted", Refused)


def test_the_period_lies_after_that_of_the_baseline() -> None:
    touching = ReportFollowUp(
        follow_up_id="u1", by="binh", measurement=measured(date(2017, 12, 31), date(2018, 12, 30))
    )
    error = given(assessment, UNTIL_APPROVED).when(touching).refused("after the baseline", InvalidInput)
    assert error.errors[0]["field"] == "/period/start"
    next_day = ReportFollowUp(
        follow_up_id="u1", by="binh", measurement=measured(date(2018, 1, 1), date(2018, 12, 31))
    )
    assert len(given(assessment, UNTIL_APPROVED).when(next_day).events()) == 1


def test_no_day_is_counted_in_two_follow_ups() -> None:
    overlapping = ReportFollowUp(
        follow_up_id="u2", by="binh", measurement=measured(date(2019, 12, 31), date(2020, 12, 30))
    )
    given(assessment, UNTIL_REPORTED).when(overlapping).refused("overlaps", Refused)
    given(assessment, [*UNTIL_REPORTED, accepted]).when(overlapping).refused("overlaps", Refused)
    following = ReportFollowUp(
        follow_up_id="u2", by="binh", measurement=measured(date(2020, 1, 1), date(2020, 12, 31))
    )
    assert len(given(assessment, UNTIL_REPORTED).when(following).events()) == 1


def test_a_refused_report_leaves_its_period_free_for_a_better_one() -> None:
    better = ReportFollowUp(follow_up_id="u2", measurement=YEAR_AFTER, by="binh")
    turned_down = given(assessment, UNTIL_REPORTED).when(REFUSE).then([refused])
    events = turned_down.when(better).events()
    state = given(assessment, [*UNTIL_REPORTED, refused, *events]).state
    assert [follow_up.status for follow_up in state.follow_ups.values()] == ["refused", "reported"]


def test_a_product_keeps_its_unit() -> None:
    in_pieces = measured(date(2019, 1, 1), date(2019, 12, 31), products=(product(unit="pieces"),))
    given(assessment, UNTIL_APPROVED).when(
        ReportFollowUp(follow_up_id="u1", measurement=in_pieces, by="binh")
    ).refused("/products/0/unit", InvalidInput)


@pytest.mark.parametrize("insider", ["binh", "an"])
def test_who_reported_it_or_made_the_assessment_does_not_judge_it(insider: str) -> None:
    before = given(assessment, UNTIL_REPORTED)
    on = date(2020, 2, 1)
    for own in (
        AcceptFollowUp(follow_up_id="u1", reviewer=insider, occurred_on=on),
        RefuseFollowUp(follow_up_id="u1", reviewer=insider, reason="no", occurred_on=on),
        ReviewOutlier(follow_up_id="u1", reviewer=insider, decision="keep", note="ok", occurred_on=on),
    ):
        before.when(own).refused("had no part", Forbidden)


def test_an_accepted_report_that_proves_wrong_can_be_refused_but_not_accepted_twice() -> None:
    done = given(assessment, [*UNTIL_REPORTED, accepted])
    done.when(REFUSE).then([refused])
    done.when(ACCEPT).refused("this one is accepted", Refused)
    earlier = RefuseFollowUp(follow_up_id="u1", reviewer="dung", reason="x", occurred_on=date(2020, 1, 31))
    done.when(earlier).refused("before its acceptance", InvalidInput)


def test_a_refused_report_is_out_of_play() -> None:
    out = given(assessment, [*UNTIL_REPORTED, refused])
    out.when(ACCEPT).refused("this one is refused", Refused)
    out.when(KEEP).refused("this one is refused", Refused)


def test_a_refusal_and_a_review_say_why() -> None:
    on = date(2020, 2, 1)
    given(assessment, UNTIL_REPORTED).when(
        RefuseFollowUp(follow_up_id="u1", reviewer="dung", reason=" ", occurred_on=on)
    ).refused("/reason", InvalidInput)
    given(assessment, UNTIL_REPORTED).when(
        ReviewOutlier(follow_up_id="u1", reviewer="dung", decision="keep", note="", occurred_on=on)
    ).refused("/note", InvalidInput)


def test_nothing_is_judged_before_its_period_is_over() -> None:
    early = AcceptFollowUp(follow_up_id="u1", reviewer="dung", occurred_on=date(2019, 12, 30))
    given(assessment, UNTIL_REPORTED).when(early).refused("before the end of its period", InvalidInput)


def test_an_unknown_follow_up_is_not_found() -> None:
    unknown = AcceptFollowUp(follow_up_id="u9", reviewer="dung", occurred_on=date(2020, 2, 1))
    given(assessment, UNTIL_REPORTED).when(unknown).refused("no follow-up", NotFound)
