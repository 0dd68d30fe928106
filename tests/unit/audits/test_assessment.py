"""From opening to approval: the figures approved are the figures read, by someone who had no part in them."""

from __future__ import annotations

from datetime import date

import pytest

from services.audits.domain.assessment import Approve, Open, RecordBaseline, Reject, Submit, assessment
from services.audits.domain.catalogue import BaselineRecorded, OptionRefused
from services.eventkit.errors import Forbidden, InvalidInput, NotFound, Refused
from tests.unit.audits.facts import (
    BASELINE,
    OF,
    OPTION,
    UNTIL_APPROVED,
    UNTIL_PROPOSED,
    UNTIL_SUBMITTED,
    approved,
    measured,
    opened,
    proposed,
    recorded,
    rejected,
    submitted,
)
from tests.unit.given import given

OPEN = Open(
    assessment_id="a1",
    facility_id="f1",
    unit_id="nho-quan",
    method="quick",
    assessor="an",
    occurred_on=date(2018, 2, 1),
)
SUBMIT = Submit(by="chi", occurred_on=date(2018, 3, 1))
APPROVE = Approve(reviewer="dung", occurred_on=date(2018, 3, 10))
REJECT = Reject(reviewer="dung", reason="The coal meter was broken in June", occurred_on=date(2018, 3, 10))


def test_the_way_from_opening_to_approval() -> None:
    (
        given(assessment)
        .when(OPEN)
        .then([opened])
        .when(RecordBaseline(measurement=BASELINE, by="binh"))
        .then([recorded])
    )
    given(assessment, UNTIL_PROPOSED).when(SUBMIT).then([submitted]).when(APPROVE).then([approved])


def test_every_event_concerns_the_facility() -> None:
    assert {event.subject for event in UNTIL_APPROVED} == {"facility:f1"}


def test_an_assessment_is_opened_once() -> None:
    given(assessment, [opened]).when(OPEN).refused("already open", Refused)


@pytest.mark.parametrize("command", [SUBMIT, APPROVE, RecordBaseline(measurement=BASELINE, by="binh")])
def test_nothing_happens_to_an_assessment_that_does_not_exist(command: object) -> None:
    given(assessment).when(command).refused("no assessment", NotFound)


def test_the_baseline_may_be_recorded_anew_until_the_approval() -> None:
    better = measured(date(2017, 2, 1), date(2018, 1, 31))
    again = BaselineRecorded(**OF, measurement=better, by="binh", occurred_on=date(2018, 1, 31))
    command = RecordBaseline(measurement=better, by="binh")
    for before in (UNTIL_PROPOSED, UNTIL_SUBMITTED, [*UNTIL_SUBMITTED, rejected]):
        assert given(assessment, before).when(command).then([again]).state.baseline == better
    given(assessment, UNTIL_APPROVED).when(command).refused("it is approved", Refused)


def test_nobody_approves_figures_changed_after_the_submission() -> None:
    changed = given(assessment, [*UNTIL_SUBMITTED, recorded])
    changed.when(APPROVE).refused("it is open", Refused)
    changed.when(SUBMIT).then([submitted]).when(APPROVE).then([approved])


def test_a_wrong_baseline_is_not_recorded() -> None:
    given(assessment, [opened]).when(RecordBaseline(measurement=measured(products=()), by="binh")).refused(
        "/products", InvalidInput
    )


def test_a_submission_needs_a_baseline_and_an_option_that_could_be_carried_out() -> None:
    given(assessment, [opened, proposed]).when(SUBMIT).refused("no baseline", Refused)
    given(assessment, [opened, recorded]).when(SUBMIT).refused("no option", Refused)
    refused = OptionRefused(**OPTION, reason="too dear", occurred_on=date(2018, 2, 25))
    given(assessment, [*UNTIL_PROPOSED, refused]).when(SUBMIT).refused("no option", Refused)


def test_a_submission_is_not_older_than_what_it_submits() -> None:
    early = Submit(by="chi", occurred_on=date(2018, 1, 31))
    given(assessment, UNTIL_PROPOSED).when(early).refused("before the opening", InvalidInput)
    late_baseline = BaselineRecorded(
        **OF, measurement=measured(end=date(2018, 6, 30)), by="binh", occurred_on=date(2018, 6, 30)
    )
    given(assessment, [opened, proposed, late_baseline]).when(SUBMIT).refused(
        "before the end of the baseline", InvalidInput
    )


@pytest.mark.parametrize("insider", ["an", "binh", "chi"])
@pytest.mark.parametrize("command", [Approve, Reject])
def test_who_opened_recorded_or_submitted_it_does_not_judge_it(insider: str, command: type) -> None:
    judged = command(reviewer=insider, reason="fine", occurred_on=date(2018, 3, 10))
    given(assessment, UNTIL_SUBMITTED).when(judged).refused("had no part", Forbidden)


def test_only_what_is_submitted_is_judged() -> None:
    for before in (UNTIL_PROPOSED, UNTIL_APPROVED, [*UNTIL_SUBMITTED, rejected]):
        given(assessment, before).when(APPROVE).refused("while the assessment is submitted", Refused)
        given(assessment, before).when(REJECT).refused("while the assessment is submitted", Refused)


def test_a_judgement_is_not_older_than_the_submission() -> None:
    early = Approve(reviewer="dung", occurred_on=date(2018, 2, 28))
    given(assessment, UNTIL_SUBMITTED).when(early).refused("before the submission", InvalidInput)


def test_a_rejection_says_why_and_opens_the_way_to_a_second_try() -> None:
    given(assessment, UNTIL_SUBMITTED).when(
        Reject(reviewer="dung", reason=" ", occurred_on=date(2018, 3, 10))
    ).refused("must say why", InvalidInput)
    again = Submit(by="chi", occurred_on=date(2018, 4, 1))
    turned_down = given(assessment, UNTIL_SUBMITTED).when(REJECT).then([rejected])
    turned_down.when(SUBMIT).refused("before the rejection", InvalidInput)
    resubmitted = turned_down.when(again).events()
    assert given(assessment, [*UNTIL_SUBMITTED, rejected, *resubmitted]).state.status == "submitted"
