"""Figures that look wrong leave a facility out, visibly, until somebody else has looked at them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from services.audits.domain.assessment import assessment
from services.audits.domain.catalogue import (
    BaselineCorrected,
    FlagReviewed,
    FollowUpCorrected,
    FollowUpRefused,
    OutlierReviewed,
)
from services.audits.domain.flags import FLAGS, flags_of, left_out, undecided
from services.audits.domain.follow_ups import ReviewFlag
from services.audits.domain.measurement import Measurement
from services.audits.domain.texts import flag_words
from services.eventkit.errors import Forbidden, InvalidInput, NotFound, Refused
from tests.unit.audits.facts import (
    FOLLOW_UP,
    OF,
    UNTIL_APPROVED,
    UNTIL_REPORTED,
    accepted,
    flow,
    measured,
    product,
    reported,
)
from tests.unit.given import given


def later(start: date = date(2019, 1, 1), end: date = date(2019, 12, 31), **changes: Any) -> Measurement:
    return measured(start, end, **changes)


def coal(quantity: str, unit: str = "t") -> tuple[Any, ...]:
    return (flow(quantity=Decimal(quantity), unit=unit),)


def state(figures: Measurement, *more: Any) -> Any:
    return given(assessment, [*UNTIL_APPROVED, replace(reported, measurement=figures), *more]).state


NO_OUTPUT = (product(output=Decimal(0)),)

# The baseline: 1200 t of coal for 9000 units.
CASES: dict[str, tuple[Measurement, list[str]]] = {
    "a tenth less": (later(flows=coal("1080")), []),
    "exactly 40% less": (later(flows=coal("720")), []),
    "more than 40% less": (later(flows=coal("719.999")), ["outlier"]),
    "exactly 40% more": (later(flows=coal("1680")), []),
    "more than 40% more": (later(flows=coal("1680.001")), ["outlier"]),
    "nine months": (later(end=date(2019, 9, 30), flows=coal("800")), ["periods-differ"]),
    "other months": (later(date(2019, 2, 1), date(2020, 1, 31), flows=coal("1080")), ["periods-differ"]),
    "no output": (later(products=NO_OUTPUT, flows=coal("100")), ["zero-output"]),
    "only a new product": (
        later(products=(product(code="tile"),), flows=coal("100")),
        ["zero-output"],
    ),
    "the same figure": (later(flows=coal("1200")), ["same-figure"]),
    "the same figure in another unit": (later(flows=coal("1200000", "kg")), ["same-figure"]),
    "the same figure, too little output": (
        later(products=(product(output=Decimal(4000)),), flows=coal("1200")),
        ["outlier", "same-figure"],
    ),
    "nothing twice is no figure": (later(flows=coal("0")), ["outlier"]),
    "the same figure, and months missing": (
        later(end=date(2019, 9, 30), flows=coal("1200")),
        ["periods-differ", "same-figure"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_doubted(case: str) -> None:
    figures, expected = CASES[case]
    found = state(figures)
    assert flags_of(found, "u1") == expected
    assert undecided(found, "u1") == expected
    assert left_out(found, "u1") == bool(expected)


def test_a_unit_that_a_corrected_baseline_changes_is_doubted() -> None:
    in_tonnes = BaselineCorrected(
        **OF,
        measurement=measured(products=(product(unit="t"),)),
        by="binh",
        reason="weighed since",
        occurred_on=date(2017, 12, 31),
    )
    assert flags_of(state(later(flows=coal("1080")), in_tonnes), "u1") == ["unit-unconvertible"]


def test_the_same_figure_is_sought_in_the_accepted_period_before() -> None:
    first = state(later(flows=coal("1080")), accepted)
    second: dict[str, Any] = {**OF, "follow_up_id": "u2", "by": "binh", "occurred_on": date(2020, 12, 31)}
    figures = later(date(2020, 1, 1), date(2020, 12, 31), flows=coal("1080"))
    copy = type(reported)(**second, measurement=figures)
    assert flags_of(assessment.fold([copy], first), "u2") == ["same-figure"]
    # Not accepted, the report before is no measure: the baseline's 1200 t are.
    waiting = state(later(flows=coal("1080")))
    assert flags_of(assessment.fold([copy], waiting), "u2") == []


def review(flag: Any = "same-figure", **changes: Any) -> ReviewFlag:
    values = {
        "follow_up_id": "u1",
        "flag": flag,
        "reviewer": "dung",
        "decision": "keep",
        "note": "bills seen",
        "occurred_on": date(2020, 2, 1),
    }
    return ReviewFlag(**values | changes)


SAME = [*UNTIL_APPROVED, replace(reported, measurement=later(flows=coal("1200")))]
kept = FlagReviewed(
    **FOLLOW_UP,
    flag="same-figure",
    reviewer="dung",
    decision="keep",
    note="bills seen",
    occurred_on=date(2020, 2, 1),
)


def test_a_reviewer_keeps_the_figures_or_leaves_them_out() -> None:
    after = given(assessment, SAME).when(review()).then([kept])
    assert (undecided(after.state, "u1"), left_out(after.state, "u1")) == ([], False)
    out = replace(kept, decision="leave-out")
    after = after.when(review(decision="leave-out")).then([out])
    assert (undecided(after.state, "u1"), left_out(after.state, "u1")) == ([], True)


@pytest.mark.parametrize(
    ("command", "error", "text"),
    [
        (review("outlier"), Refused, "it raises same-figure"),
        (review(reviewer="binh"), Forbidden, "had no part"),
        (review(reviewer="an"), Forbidden, "had no part"),
        (review(decision="maybe"), InvalidInput, "/decision"),
        (review(note=" "), InvalidInput, "/note"),
        (review(occurred_on=date(2019, 12, 30)), InvalidInput, "end of its period"),
        (review(follow_up_id="u9"), NotFound, "no follow-up"),
    ],
)
def test_what_is_no_decision(command: ReviewFlag, error: Any, text: str) -> None:
    given(assessment, SAME).when(command).refused(text, error)


def test_figures_without_doubt_need_no_decision() -> None:
    given(assessment, UNTIL_REPORTED).when(review()).refused("it raises no flag", Refused)


def test_a_correction_takes_the_decision_back_and_a_refused_report_raises_nothing() -> None:
    again = FollowUpCorrected(
        **FOLLOW_UP,
        measurement=later(flows=coal("1200"), products=(product(output=Decimal(8999)),)),
        by="binh",
        reason="one crate",
        occurred_on=date(2019, 12, 31),
    )
    assert undecided(given(assessment, [*SAME, kept, again]).state, "u1") == ["same-figure"]
    refused = FollowUpRefused(**FOLLOW_UP, reviewer="dung", reason="copied", occurred_on=date(2020, 2, 1))
    assert flags_of(given(assessment, [*SAME, refused]).state, "u1") == []


def test_the_older_review_of_outliers_decides_the_same_flag() -> None:
    event = OutlierReviewed(
        **FOLLOW_UP, reviewer="dung", decision="keep", note="new kiln", occurred_on=date(2020, 2, 1)
    )
    assert undecided(state(later(flows=coal("500")), event), "u1") == []


def test_every_flag_has_words() -> None:
    for flag in FLAGS:
        assert flag_words(flag).vi != flag_words(flag).en
