"""A plan as it was decided, and how far its tasks are. Stream ``plan:<id>``.

Loading the same content again changes nothing; other content revises the plan and says why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

import msgspec

from services.eventkit.decider import Decider
from services.eventkit.errors import InvalidInput, NotFound, Refused
from services.eventkit.events import Event
from services.registry.domain.events import (
    PlanLoaded,
    PlanRevised,
    Task,
    TaskAdded,
    TaskProgressReported,
    TaskStatus,
    TaskStatusChanged,
)
from services.registry.domain.history import History
from services.registry.domain.plan_content import PlanContent, check, content_of, wrong_task

#: A task that is in one of these says why.
NEED_REASON: frozenset[TaskStatus] = frozenset({"suspended", "dropped"})


class Report(NamedTuple):
    percent: int
    text: str
    by: str


class Standing(NamedTuple):
    status: TaskStatus
    reason: str | None = None


class TaskState(msgspec.Struct, frozen=True, kw_only=True):
    """A task is ``planned`` until something else is said."""

    task: Task
    status: History[Standing] = History()
    reports: History[Report] = History()

    def standing_on(self, day: date) -> Standing:
        return self.status.on(day) or Standing("planned")

    @property
    def standing(self) -> Standing:
        return self.standing_on(date.max)

    def percent_on(self, day: date) -> int:
        report = self.reports.on(day)
        return report.percent if report is not None else 0

    @property
    def begun(self) -> bool:
        return bool(self.status.entries or self.reports.entries)


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """`sha256` is that of the content as last loaded; `tasks` also holds those added since."""

    id: str
    content: PlanContent
    sha256: str
    since: date
    tasks: Mapping[str, TaskState]


class LoadPlan(msgspec.Struct, frozen=True, kw_only=True):
    """`reason` is needed when the plan is loaded already with other content."""

    plan_id: str
    content: PlanContent
    reason: str | None
    occurred_on: date


class AddTask(msgspec.Struct, frozen=True, kw_only=True):
    task: Task
    occurred_on: date


class ChangeStatus(msgspec.Struct, frozen=True, kw_only=True):
    task_id: str
    status: TaskStatus
    reason: str | None
    occurred_on: date


class ReportProgress(msgspec.Struct, frozen=True, kw_only=True):
    task_id: str
    percent: int
    text: str
    by: str
    occurred_on: date


Command = LoadPlan | AddTask | ChangeStatus | ReportProgress


def existing(plan: Plan | None) -> Plan:
    if plan is None:
        raise NotFound("There is no such plan. Look for its id in the list of plans.")
    return plan


def task_of(plan: Plan, task_id: str) -> TaskState:
    try:
        return plan.tasks[task_id]
    except KeyError:
        raise NotFound(f"Plan {plan.id} has no task {task_id!r}. See the list of its tasks.") from None


def decide(command: Command, plan: Plan | None) -> Sequence[Event]:
    if isinstance(command, LoadPlan):
        return _load(command, plan)
    known = existing(plan)
    if command.occurred_on < known.content.start:
        raise InvalidInput.at(
            "/occurred_on", f"must not be before {known.content.start}, when the plan starts"
        )
    if isinstance(command, AddTask):
        return _add(command, known)
    if isinstance(command, ChangeStatus):
        return _change(command, known)
    return _report(command, known)


def _load(command: LoadPlan, plan: Plan | None) -> Sequence[Event]:
    check(command.content)
    fields = {name: getattr(command.content, name) for name in command.content.__struct_fields__}
    fields |= {"plan_id": command.plan_id, "sha256": command.content.sha256}
    fields["occurred_on"] = command.occurred_on
    if plan is None:
        return [PlanLoaded(**fields)]
    if plan.sha256 == command.content.sha256:
        return []
    if command.reason is None:
        raise InvalidInput.at(
            "/reason", f"plan {plan.id} is loaded already with other content; say why it is revised"
        )
    if command.occurred_on < plan.since:
        raise InvalidInput.at("/occurred_on", f"must not be before {plan.since}, the day of what it revises")
    kept = {task.task_id for task in command.content.tasks}
    lost = sorted(id_ for id_, state in plan.tasks.items() if state.begun and id_ not in kept)
    if lost:
        raise Refused(
            f"The revised plan leaves out {', '.join(lost)}, on which progress is recorded. "
            "Keep such a task and set its status to dropped."
        )
    return [PlanRevised(**fields, reason=command.reason)]


def _add(command: AddTask, known: Plan) -> Sequence[Event]:
    wrong = wrong_task("", command.task, known.content)
    if wrong:
        raise InvalidInput.at(wrong[0]["field"], wrong[0]["detail"])
    present = known.tasks.get(command.task.task_id)
    if present is not None and present.task == command.task:
        return []
    if present is not None:
        raise Refused(
            f"Plan {known.id} has a task {command.task.task_id} already. "
            "Choose another id, or revise the plan."
        )
    return [TaskAdded(plan_id=known.id, task=command.task, occurred_on=command.occurred_on)]


def _change(command: ChangeStatus, known: Plan) -> Sequence[Event]:
    state = task_of(known, command.task_id)
    if state.standing_on(command.occurred_on).status == command.status:
        return []
    if command.reason is None and command.status in NEED_REASON:
        raise InvalidInput.at("/reason", f"must say why the task is {command.status}")
    percent = state.percent_on(command.occurred_on)
    if command.reason is None and command.status == "done" and percent < 100:
        raise Refused(
            f"The task stood at {percent}% on {command.occurred_on}. "
            "Report 100% first, or give the reason why it is done."
        )
    return [TaskStatusChanged(plan_id=known.id, **msgspec.structs.asdict(command))]


def _report(command: ReportProgress, known: Plan) -> Sequence[Event]:
    state = task_of(known, command.task_id)
    if state.standing_on(command.occurred_on).status == "dropped":
        raise Refused(
            f"The task was dropped on {command.occurred_on}. "
            "Set its status to under-way before you report on it."
        )
    if state.reports.on(command.occurred_on) == Report(command.percent, command.text, command.by):
        return []
    return [TaskProgressReported(plan_id=known.id, **msgspec.structs.asdict(command))]


def evolve(plan: Plan | None, event: Event) -> Plan | None:
    if isinstance(event, PlanLoaded):
        return _loaded(event, plan)
    if plan is None:
        return None
    if isinstance(event, TaskAdded):
        return _with(plan, TaskState(task=event.task))
    if isinstance(event, TaskStatusChanged):
        state = plan.tasks[event.task_id]
        status = state.status.since(event.occurred_on, Standing(event.status, event.reason))
        return _with(plan, msgspec.structs.replace(state, status=status))
    if isinstance(event, TaskProgressReported):
        state = plan.tasks[event.task_id]
        reports = state.reports.since(event.occurred_on, Report(event.percent, event.text, event.by))
        return _with(plan, msgspec.structs.replace(state, reports=reports))
    return plan


def _loaded(event: PlanLoaded, plan: Plan | None) -> Plan:
    before = plan.tasks if plan is not None else {}
    tasks = {
        task.task_id: msgspec.structs.replace(before.get(task.task_id, TaskState(task=task)), task=task)
        for task in event.tasks
    }
    return Plan(
        id=event.plan_id,
        content=content_of(event),
        sha256=event.sha256,
        since=event.occurred_on,
        tasks=tasks,
    )


def _with(plan: Plan, state: TaskState) -> Plan:
    return msgspec.structs.replace(plan, tasks={**plan.tasks, state.task.task_id: state})


PLAN: Decider[Command, Plan | None] = Decider("plan", None, decide, evolve)
