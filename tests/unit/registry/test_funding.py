"""Money: no đồng is paid out that was not committed, on any day, and no sum falls below zero."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given as examples
from hypothesis import strategies as st

from services.eventkit.errors import InvalidInput, NotFound, Refused
from services.eventkit.events import Event
from services.registry.domain.events import (
    FundingCommitted,
    FundingCorrected,
    FundingDisbursed,
    FundingPlanned,
    FundingStage,
)
from services.registry.domain.funding import (
    FUNDING,
    MOST,
    Command,
    Commit,
    CorrectFunding,
    Disburse,
    Line,
    PlanFunding,
)
from tests.unit.given import given

Y16, Y17, Y18, Y19 = (date(year, 1, 1) for year in range(2016, 2020))
OF_LINE: dict[str, Any] = {"line_id": "l1", "plan_id": "p", "group": 1, "source": "central"}
planned = FundingPlanned(**OF_LINE, amount_vnd=1000, occurred_on=Y16)


def plan(**changes: Any) -> PlanFunding:
    fields = {"amount_vnd": 1000, "task_id": None, "donor": None, "abroad": False, "occurred_on": Y16}
    return PlanFunding(**OF_LINE | fields | changes)


def committed(vnd: int, day: date) -> FundingCommitted:
    return FundingCommitted(**OF_LINE, amount_vnd=vnd, occurred_on=day)


def disbursed(vnd: int, day: date) -> FundingDisbursed:
    return FundingDisbursed(**OF_LINE, amount_vnd=vnd, occurred_on=day)


def corrected(of: FundingStage, delta: int, day: date) -> FundingCorrected:
    return FundingCorrected(**OF_LINE, of=of, delta_vnd=delta, reason="typing error", occurred_on=day)


def correct(of: FundingStage, delta: int, day: date) -> CorrectFunding:
    return CorrectFunding(of=of, delta_vnd=delta, reason="typing error", occurred_on=day)


def test_planned_committed_disbursed() -> None:
    after = (
        given(FUNDING)
        .when(plan())
        .then([planned], claims=[])
        .when(Commit(amount_vnd=600, occurred_on=Y17))
        .then([committed(600, Y17)])
        .when(Commit(amount_vnd=300, occurred_on=Y18))
        .then([committed(300, Y18)])
        .when(Disburse(amount_vnd=900, occurred_on=Y18))
        .then([disbursed(900, Y18)])
    )
    line: Line = after.state
    assert [line.total(of) for of in ("planned", "committed", "disbursed")] == [1000, 900, 900]
    assert not line.over_planned
    after.when(plan()).refused("planned already", Refused)


def test_more_may_be_committed_than_planned_and_is_shown() -> None:
    known = [planned, committed(1000, Y17)]
    assert not given(FUNDING, known).state.over_planned
    after = given(FUNDING, known).when(Commit(amount_vnd=1, occurred_on=Y18)).then([committed(1, Y18)])
    assert after.state.over_planned


@pytest.mark.parametrize(
    ("known", "command", "says"),
    [
        ([], Disburse(amount_vnd=1, occurred_on=Y17), "1 VND would be disbursed of 0 VND committed"),
        ([committed(5, Y17)], Disburse(amount_vnd=6, occurred_on=Y18), "6 VND would be disbursed of 5"),
        ([committed(5, Y18)], Disburse(amount_vnd=5, occurred_on=Y17), "On 2017-01-01 5 VND"),
        ([committed(5, Y17), disbursed(4, Y18)], correct("committed", -2, Y19), "4 VND would be disbursed"),
        ([committed(5, Y17), disbursed(4, Y18)], correct("committed", -2, Y17), "On 2018-01-01 4 VND"),
        ([committed(5, Y17), disbursed(4, Y18)], correct("disbursed", 2, Y19), "6 VND would be disbursed"),
        ([], correct("planned", -1001, Y17), "-1 VND would be planned"),
        ([committed(5, Y17)], correct("committed", -6, Y18), "-1 VND would be committed"),
        ([committed(5, Y18)], correct("committed", -5, Y17), "On 2017-01-01 -5 VND would be committed"),
        ([committed(5, Y17)], correct("disbursed", -1, Y18), "-1 VND would be disbursed"),
        ([], correct("planned", MOST, Y17), "a sum is from 0 to"),
    ],
)
def test_sums_that_can_not_be_are_refused(known: list[Event], command: Command, says: str) -> None:
    given(FUNDING, [planned, *known]).when(command).refused(says, Refused)


@pytest.mark.parametrize(
    ("known", "command", "event"),
    [
        ([], correct("planned", -1000, Y17), corrected("planned", -1000, Y17)),
        ([committed(5, Y17)], correct("committed", -5, Y17), corrected("committed", -5, Y17)),
        (
            [committed(5, Y17), disbursed(4, Y18)],
            correct("committed", -1, Y17),
            corrected("committed", -1, Y17),
        ),
        (
            [committed(5, Y17), disbursed(4, Y18)],
            correct("disbursed", -4, Y18),
            corrected("disbursed", -4, Y18),
        ),
        ([committed(5, Y17)], Disburse(amount_vnd=5, occurred_on=Y17), disbursed(5, Y17)),
    ],
)
def test_down_to_the_last_dong_is_allowed(known: list[Event], command: Command, event: Event) -> None:
    given(FUNDING, [planned, *known]).when(command).then([event])


def test_only_a_sponsorship_has_a_donor() -> None:
    for changes in ({"donor": "GIZ"}, {"abroad": True}):
        error = given(FUNDING).when(plan(**changes)).refused("must be sponsorship", InvalidInput)
        assert [wrong["field"] for wrong in error.errors] == ["/source"]
    aid = plan(source="sponsorship", donor="GIZ", abroad=True)
    (event,) = given(FUNDING).when(aid).events()
    assert isinstance(event, FundingPlanned)
    assert (event.source, event.donor, event.abroad) == ("sponsorship", "GIZ", True)


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (Commit(amount_vnd=0, occurred_on=Y17), "/amount_vnd"),
        (Disburse(amount_vnd=-1, occurred_on=Y17), "/amount_vnd"),
        (correct("planned", 0, Y17), "/delta_vnd"),
        (Commit(amount_vnd=1, occurred_on=date(2015, 12, 31)), "/occurred_on"),
    ],
)
def test_an_act_of_nothing_or_before_its_line_is_refused(command: Command, field: str) -> None:
    error = given(FUNDING, [planned]).when(command).refused(field, InvalidInput)
    assert [wrong["field"] for wrong in error.errors] == [field]
    given(FUNDING).when(command).refused("no such funding line", NotFound)


DAYS = st.sampled_from([Y16, Y17, Y18, Y19])
AMOUNTS = st.integers(1, 50)
COMMANDS = st.one_of(
    st.builds(Commit, amount_vnd=AMOUNTS, occurred_on=DAYS),
    st.builds(Disburse, amount_vnd=AMOUNTS, occurred_on=DAYS),
    st.builds(
        correct,
        st.sampled_from(["planned", "committed", "disbursed"]),
        st.integers(-50, 50).filter(bool),
        DAYS,
    ),
)


@examples(st.lists(COMMANDS, max_size=25))
def test_whatever_is_tried_in_whatever_order_of_days_the_sums_of_every_day_are_possible(
    commands: list[Command],
) -> None:
    accepted: list[Event] = [planned]
    for command in commands:
        try:
            accepted += FUNDING.decide(command, FUNDING.fold(accepted))
        except Refused:
            continue
    for day in (Y16, Y17, Y18, Y19):
        sums = {"planned": 0, "committed": 0, "disbursed": 0}
        for event in accepted:
            if event.occurred_on > day:
                continue
            if isinstance(event, FundingCorrected):
                sums[event.of] += event.delta_vnd
            elif isinstance(event, FundingPlanned):
                sums["planned"] += event.amount_vnd
            elif isinstance(event, FundingCommitted):
                sums["committed"] += event.amount_vnd
            elif isinstance(event, FundingDisbursed):
                sums["disbursed"] += event.amount_vnd
        assert min(sums.values()) >= 0
        assert sums["disbursed"] <= sums["committed"]
