"""A plan is what it was decided to be: no typing error becomes a target, and no task's history is lost."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import asdict, replace

from services.eventkit.errors import InvalidInput, NotFound, Refused
from services.registry.domain.events import (
    Milestone,
    PathStart,
    PlanRevised,
    Target,
    TaskAdded,
    TaskGroup,
    TaskStatus,
    Words,
)
from services.registry.domain.plan import PLAN, AddTask, ChangeStatus, Plan, ReportProgress
from services.registry.views.plans import plan_row, task_shown
from tests.unit.given import given
from tests.unit.registry.plans import (
    DUE,
    LEAFLETS,
    PILOT,
    START,
    content,
    load,
    loaded,
    progress,
    said,
    status,
)

Y17, Y18, Y19 = date(2017, 6, 1), date(2018, 6, 1), date(2019, 6, 1)


def change(task_id: str, to: TaskStatus, day: date, reason: str | None = None) -> ChangeStatus:
    return ChangeStatus(**said(status(task_id, to, day, reason)))


def report(task_id: str, percent: int, day: date) -> ReportProgress:
    return ReportProgress(**said(progress(task_id, percent, day)))


def test_the_same_content_again_changes_nothing_on_whatever_day() -> None:
    after = given(PLAN).when(load()).then([loaded()], claims=[])
    after.when(load()).unchanged()
    after.when(load(Y18, reason="again")).unchanged()


def test_other_content_revises_and_says_why() -> None:
    known = given(PLAN, [loaded()])
    error = known.when(load(Y18, source="Other")).refused("say why", InvalidInput)
    assert [wrong["field"] for wrong in error.errors] == ["/reason"]
    revised = PlanRevised(**asdict(loaded(source="Other")) | {"occurred_on": Y18}, reason="new decision")
    after = known.when(load(Y18, "new decision", source="Other")).then([revised])
    assert (after.state.content.source, after.state.since) == ("Other", Y18)
    after.when(load(Y19)).refused("say why", InvalidInput)
    after.when(load(Y17, "late", source="Third")).refused("before 2018-06-01", InvalidInput)


def test_a_revision_keeps_what_is_known_of_a_task_and_drops_only_one_that_was_not_begun() -> None:
    known = given(PLAN, [loaded(), progress("pilot", 40, Y18)])
    known.when(load(Y19, "shorter", tasks=(LEAFLETS,))).refused("leaves out pilot", Refused)
    renamed = replace(PILOT, title="Ba mô hình điểm")
    after = known.when(load(Y19, "shorter", tasks=(renamed,)))
    plan = PLAN.fold(after.events(), known.state)
    assert plan is not None
    assert list(plan.tasks) == ["pilot"]
    assert plan.tasks["pilot"].task.title == "Ba mô hình điểm"
    assert plan.tasks["pilot"].percent_on(Y19) == 40


def test_a_begun_task_alone_counts_as_history() -> None:
    known = given(PLAN, [loaded(), status("pilot", "under-way", Y17)])
    known.when(load(Y19, "shorter", tasks=(LEAFLETS,))).refused("leaves out pilot", Refused)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"due": START}, "/due"),
        ({"territory": ("nho-quan", "nho-quan")}, "/territory/1"),
        ({"tasks": (LEAFLETS, replace(PILOT, task_id="leaflets"))}, "/tasks/1/task_id"),
        ({"tasks": (replace(LEAFLETS, group=3),)}, "/tasks/0/group"),
        ({"tasks": (replace(LEAFLETS, end=date(2016, 8, 31)),)}, "/tasks/0/end"),
        ({"task_groups": (*content().task_groups, TaskGroup(1, Words("a", "b")))}, "/task_groups/2/group"),
    ],
)
def test_a_plan_that_contradicts_itself_is_not_loaded(changes: dict[str, Any], field: str) -> None:
    error = given(PLAN).when(load(**changes)).refused(field, InvalidInput)
    assert field in [wrong["field"] for wrong in error.errors]


def milestones(*of: tuple[int, str]) -> tuple[Milestone, ...]:
    return tuple(Milestone(date(year, 12, 31), Decimal(value)) for year, value in of)


@pytest.mark.parametrize(
    ("target", "field"),
    [
        (Target("K1", milestones((2020, "95"))), "/targets/0/milestones/0/value"),
        (Target("K3", milestones((2018, "0.5"), (2017, "1"))), "/targets/0/milestones/1/on"),
        (Target("K3", milestones((2021, "1"))), "/targets/0/milestones/0/on"),
        (Target("K3", milestones((2015, "1"))), "/targets/0/milestones/0/on"),
        (
            Target("K2b", (Milestone(DUE, Decimal("0.08"), (Decimal("0.13"), Decimal("0.08"))),)),
            "/targets/0/milestones/0/band",
        ),
        (Target("K1", milestones((2020, "1")), PathStart(START, Decimal(2))), "/targets/0/path_from/value"),
        (Target("K1", milestones((2020, "1")), PathStart(DUE, Decimal(0))), "/targets/0/milestones/0/on"),
    ],
)
def test_a_target_that_can_not_be_meant_is_refused(target: Target, field: str) -> None:
    error = given(PLAN).when(load(targets=(target,))).refused(field, InvalidInput)
    assert [wrong["field"] for wrong in error.errors] == [field]


def test_a_count_may_be_beyond_one_and_a_code_stands_once() -> None:
    pilots = Target("S2", milestones((2018, "4"), (2020, "12")))
    assert given(PLAN).when(load(targets=(pilots,))).events()
    given(PLAN).when(load(targets=(pilots, pilots))).refused("/targets/1/code: S2 is given twice")


def test_a_task_is_added_once() -> None:
    new = replace(PILOT, task_id="second")
    known = given(PLAN, [loaded()])
    after = known.when(AddTask(task=new, occurred_on=Y17)).then(
        [TaskAdded(plan_id="p", task=new, occurred_on=Y17)]
    )
    after.when(AddTask(task=new, occurred_on=Y18)).unchanged()
    after.when(AddTask(task=replace(new, title="x"), occurred_on=Y18)).refused("already", Refused)
    after.when(load(Y19)).unchanged()
    error = known.when(AddTask(task=replace(new, group=5), occurred_on=Y17)).refused("group", InvalidInput)
    assert [wrong["field"] for wrong in error.errors] == ["/group"]


@pytest.mark.parametrize("to", ["suspended", "dropped"])
def test_a_task_is_given_up_only_with_a_reason(to: TaskStatus) -> None:
    known = given(PLAN, [loaded()])
    error = known.when(change("pilot", to, Y17)).refused("say why", InvalidInput)
    assert [wrong["field"] for wrong in error.errors] == ["/reason"]
    known.when(change("pilot", to, Y17, "no money")).then([status("pilot", to, Y17, "no money")])


def test_done_needs_a_report_of_all_of_it_by_that_day_or_a_reason() -> None:
    known = given(PLAN, [loaded(), progress("pilot", 100, Y18), progress("pilot", 60, Y17)])
    known.when(change("pilot", "done", Y17)).refused("stood at 60%", Refused)
    known.when(change("pilot", "done", Y18)).then([status("pilot", "done", Y18)])
    known.when(change("pilot", "done", Y17, "counted otherwise")).then(
        [status("pilot", "done", Y17, "counted otherwise")]
    )
    known.when(change("leaflets", "done", Y19)).refused("stood at 0%", Refused)


def test_what_stands_already_is_not_said_again() -> None:
    known = given(PLAN, [loaded(), status("pilot", "under-way", Y17), progress("pilot", 10, Y17)])
    known.when(change("pilot", "under-way", Y18)).unchanged()
    known.when(change("leaflets", "planned", Y18)).unchanged()
    known.when(report("pilot", 10, Y18)).unchanged()
    known.when(report("pilot", 20, Y18)).then([progress("pilot", 20, Y18)])


def test_a_dropped_task_is_not_reported_on_until_it_is_taken_up_again() -> None:
    known = given(PLAN, [loaded(), status("pilot", "dropped", Y18, "no money")])
    known.when(report("pilot", 10, Y19)).refused("dropped", Refused)
    known.when(report("pilot", 10, Y17)).then([progress("pilot", 10, Y17)])


@pytest.mark.parametrize("command", [change("lost", "done", Y17), report("lost", 1, Y17)])
def test_only_tasks_of_the_plan_are_spoken_of(command: ChangeStatus | ReportProgress) -> None:
    given(PLAN, [loaded()]).when(command).refused("no task 'lost'", NotFound)
    given(PLAN).when(command).refused("no such plan", NotFound)
    early = replace(command, task_id="pilot", occurred_on=date(2016, 8, 16))
    given(PLAN, [loaded()]).when(early).refused("before 2016-08-17", InvalidInput)


def test_a_line_shows_the_newest_by_the_day_it_tells_of() -> None:
    told = [
        loaded(),
        progress("pilot", 60, Y18),
        progress("pilot", 30, Y17),
        status("pilot", "suspended", Y19, "no money"),
        status("pilot", "under-way", Y17),
    ]
    plan: Plan = given(PLAN, told).state
    shown = task_shown(plan.tasks["pilot"])
    assert (shown["status"], shown["reason"], shown["percent"]) == ("suspended", "no money", 60)
    assert shown["report"] == {"on": "2018-06-01", "percent": 60, "text": "ok", "by": "lan"}
    assert task_shown(plan.tasks["leaflets"])["report"] is None
    assert plan_row(plan, "p")["tasks_done"] == 0
