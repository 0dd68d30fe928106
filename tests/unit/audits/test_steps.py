"""The step an assessment has reached is told truly: known tasks, no way back, no early report."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from services.audits.domain.assessment import Approve, Submit, assessment
from services.audits.domain.catalogue import StepReached
from services.audits.domain.steps import ReachStep, methods
from services.eventkit.errors import Forbidden, InvalidInput, Refused
from tests.unit.audits.facts import OF, UNTIL_PROPOSED, UNTIL_SUBMITTED, approved, opened, proposed, recorded
from tests.unit.given import given

DETAILED: list[Any] = [replace(opened, method="detailed"), recorded, proposed]
DAY = date(2018, 2, 15)


def reach(step: int, *tasks: str, on: date = DAY, by: str = "an") -> ReachStep:
    return ReachStep(step=step, tasks=tasks, by=by, occurred_on=on)


def reached(step: int, *tasks: str, by: str = "an") -> StepReached:
    return StepReached(**OF, step=step, tasks=tasks, by=by, occurred_on=DAY)


def test_the_methods_are_those_of_the_plan() -> None:
    found = methods()
    assert [len(step.tasks) for step in found["detailed"].steps] == [3, 4, 2, 4, 3, 2]
    assert len(found["quick"].steps) == 3
    codes = [task.code for method in found.values() for step in method.steps for task in step.tasks]
    assert len(set(codes)) == len(codes)
    for letter, method in (("q", "quick"), ("d", "detailed")):
        steps = found[method].steps  # type: ignore[index]
        for number, step in enumerate(steps, 1):
            assert [task.code for task in step.tasks] == [
                f"{letter}{number}.{place}" for place in range(1, len(step.tasks) + 1)
            ]


def test_steps_go_forward_and_tasks_add_up() -> None:
    after = (
        given(assessment, DETAILED)
        .when(reach(1, "d1.1", "d1.1"))
        .then([reached(1, "d1.1")])
        .when(reach(1, "d1.1", "d1.3"))
        .then([reached(1, "d1.3")])
        .when(reach(3, "d1.2", "d3.1"))
        .then([reached(3, "d1.2", "d3.1")])
    )
    assert (after.state.step, after.state.tasks) == (3, ("d1.1", "d1.3", "d1.2", "d3.1"))
    after.when(reach(2)).refused("does not go back", Refused)
    after.when(reach(3, "d3.1")).unchanged()


@pytest.mark.parametrize(
    ("before", "command", "text"),
    [
        (UNTIL_PROPOSED, reach(4), "1 to 3"),
        (DETAILED, reach(0), "1 to 6"),
        (DETAILED, reach(7), "1 to 6"),
        (DETAILED, reach(1, "d2.1"), "/tasks/0"),
        (DETAILED, reach(1, "d1.1", "q1.1"), "/tasks/1"),
        (DETAILED, reach(1, on=date(2018, 1, 31)), "before the opening"),
    ],
)
def test_a_step_that_the_method_lacks_is_turned_back(before: list[Any], command: Any, text: str) -> None:
    given(assessment, before).when(command).refused(text, InvalidInput)


def test_a_report_rests_on_the_selection_of_options_where_steps_are_kept() -> None:
    submit = Submit(by="chi", occurred_on=date(2018, 3, 1))
    given(assessment, [*DETAILED, reached(3)]).when(submit).refused("from step 4 on", Refused)
    for before in ([*DETAILED, reached(4)], DETAILED, [*UNTIL_PROPOSED, reached(1)]):
        assert len(given(assessment, before).when(submit).events()) == 1


def test_who_worked_on_a_step_does_not_judge_and_nothing_moves_under_review() -> None:
    given(assessment, UNTIL_SUBMITTED).when(reach(2)).refused("it is submitted", Refused)
    judge = Approve(reviewer="lan", occurred_on=date(2018, 3, 10))
    worked = [UNTIL_SUBMITTED[0], reached(1, by="lan"), *UNTIL_SUBMITTED[1:]]
    given(assessment, worked).when(judge).refused("had no part", Forbidden)
    given(assessment, [*UNTIL_SUBMITTED, approved]).when(reach(3)).then([reached(3)])
