"""A document counts once: issued or dropped, and that stays."""

from __future__ import annotations

from datetime import date

import pytest

from services.eventkit.errors import InvalidInput, NotFound, Refused
from services.registry.domain.events import PolicyDropped, PolicyIssued, PolicyPlanned
from services.registry.domain.policy import POLICY, Drop, Issue, PlanPolicy
from services.registry.views.policies import policy_shown
from tests.unit.given import given

Y16, Y17, Y18, Y19 = (date(year, 1, 1) for year in range(2016, 2020))
FIELDS = {
    "policy_id": "d1",
    "plan_id": "p",
    "title": "Quy định hỗ trợ",
    "kind": "Quyết định",
    "agency": "Sở Công Thương",
    "due": Y18,
    "occurred_on": Y17,
}
planned = PolicyPlanned(**FIELDS)
issued = PolicyIssued(
    policy_id="d1", plan_id="p", number="5/2018/QĐ-UBND", issuer="UBND tỉnh", occurred_on=Y19
)
dropped = PolicyDropped(policy_id="d1", plan_id="p", reason="no longer needed", occurred_on=Y18)


def issue(day: date) -> Issue:
    return Issue(number="5/2018/QĐ-UBND", issuer="UBND tỉnh", occurred_on=day)


def drop(day: date) -> Drop:
    return Drop(reason="no longer needed", occurred_on=day)


def test_planned_then_issued() -> None:
    after = given(POLICY).when(PlanPolicy(**FIELDS)).then([planned], claims=[])
    assert after.state.status == "planned"
    after.when(PlanPolicy(**FIELDS)).refused("planned already", Refused)
    assert after.when(issue(Y19)).then([issued]).state.status == "issued"


@pytest.mark.parametrize(("day", "late"), [(Y19, 365), (Y18, 0), (Y17, -365)])
def test_a_document_may_come_late_or_early(day: date, late: int) -> None:
    after = given(POLICY, [planned]).when(issue(day))
    state = POLICY.fold(after.events(), given(POLICY, [planned]).state)
    assert state is not None
    assert policy_shown(state)["days_late"] == late


def test_planned_then_dropped() -> None:
    after = given(POLICY, [planned]).when(drop(Y18)).then([dropped])
    assert (after.state.status, after.state.reason) == ("dropped", "no longer needed")
    assert policy_shown(after.state)["days_late"] is None


@pytest.mark.parametrize("command", [issue(Y19), drop(Y19)])
def test_what_is_settled_stays(command: Issue | Drop) -> None:
    given(POLICY, [planned, issued]).when(command).refused("issued on 2019-01-01", Refused)
    given(POLICY, [planned, dropped]).when(command).refused("dropped on 2018-01-01", Refused)


@pytest.mark.parametrize("command", [issue(Y16), drop(Y16)])
def test_nothing_before_it_was_planned_or_without_it(command: Issue | Drop) -> None:
    error = given(POLICY, [planned]).when(command).refused("before 2017-01-01", InvalidInput)
    assert [wrong["field"] for wrong in error.errors] == ["/occurred_on"]
    given(POLICY).when(command).refused("no such policy document", NotFound)
