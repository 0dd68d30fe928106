"""Plans as data: load and revise them whole, add tasks, say how far the tasks are."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
from flask import Response

from services.eventkit.errors import InvalidInput
from services.eventkit.http import (
    Blueprint,
    ReceiptSchema,
    allow,
    principal,
    record_response,
)
from services.eventkit.identity import Role
from services.registry.api.access import container, written
from services.registry.api.plan_schemas import (
    AddTaskSchema,
    LoadPlanSchema,
    PlanListSchema,
    PlanQuery,
    PlanSchema,
    ProgressSchema,
    TaskHistorySchema,
    TaskListSchema,
    TaskQuery,
    TaskStatusSchema,
)
from services.registry.api.province import ensure_province, listed
from services.registry.domain.events import Task
from services.registry.domain.plan import (
    PLAN,
    AddTask,
    ChangeStatus,
    Command,
    LoadPlan,
    Plan,
    ReportProgress,
    existing,
    task_of,
)
from services.registry.domain.plan_content import PlanContent
from services.registry.domain.unit import UNIT
from services.registry.views.plans import PlanView, TaskView, reports_shown, standings_shown, task_shown

PLANS = "/api/v1/plans"
SORTABLE = {"name": "name_key", "start": "start", "due": "due"}
TASKS_SORTABLE = {
    "title": "title_key",
    "agency": "agency_key",
    "task_id": "task_id",
    **{name: name for name in ("group", "start", "end", "status", "percent")},
}
blueprint = Blueprint("plans", __name__, url_prefix=PLANS, description="Plans and their tasks")


@blueprint.route("", methods=["POST"])
@allow(Role.ADMIN)
@blueprint.arguments(LoadPlanSchema)
@blueprint.response(201, ReceiptSchema)
def load_plan(body: dict[str, Any]) -> Response:
    """Load a whole plan, or revise it. The same content again changes nothing."""
    id_, reason, occurred_on = body.pop("id"), body.pop("reason"), body.pop("occurred_on")
    content = msgspec.convert(_exact(body), PlanContent)
    command = LoadPlan(plan_id=id_, content=content, reason=reason, occurred_on=occurred_on)

    def guard(_: Plan | None) -> None:
        ensure_province()
        _ensure_territory(content.territory)

    return _execute(id_, command, guard)


@blueprint.route("", methods=["GET"])
@allow()
@blueprint.arguments(PlanQuery, location="query")
@blueprint.response(200, PlanListSchema)
def get_plans(query: dict[str, Any]) -> dict[str, Any]:
    """List plans; `unit_id` keeps those whose territory names the unit, `code` those with such a target."""
    return listed(PlanView, query, sort="start", sortable=SORTABLE)


@blueprint.route("/<plan_id>", methods=["GET"])
@allow()
@blueprint.response(200, PlanSchema)
def get_plan(plan_id: str) -> Response:
    """One plan as it stands, straight from the log, with its tasks and how far each is."""
    loaded = container().bus.load(PLAN, plan_id)
    plan = existing(loaded.state)
    shown = {
        **msgspec.to_builtins(plan.content, builtin_types=(Decimal,)),
        "id": plan_id,
        "version": loaded.version,
        "since": plan.since,
        "sha256": plan.sha256,
        "tasks": [task_shown(state) for state in plan.tasks.values()],
    }
    return record_response(shown, loaded.version)


@blueprint.route("/<plan_id>/tasks", methods=["POST"])
@allow(Role.ADMIN)
@blueprint.arguments(AddTaskSchema)
@blueprint.response(201, ReceiptSchema)
def add_task(body: dict[str, Any], plan_id: str) -> Response:
    """Add a task to a plan that is loaded."""
    occurred_on = body.pop("occurred_on")
    command = AddTask(task=msgspec.convert(body, Task), occurred_on=occurred_on)
    return _execute(plan_id, command, at=f"/tasks/{command.task.task_id}")


@blueprint.route("/<plan_id>/tasks", methods=["GET"])
@allow()
@blueprint.arguments(TaskQuery, location="query")
@blueprint.response(200, TaskListSchema)
def get_tasks(query: dict[str, Any], plan_id: str) -> dict[str, Any]:
    """List the tasks of a plan; `q` searches titles and agencies, with or without accents."""
    existing(container().bus.load(PLAN, plan_id).state)
    return listed(TaskView, query, sort="group", sortable=TASKS_SORTABLE, plan_id=plan_id)


@blueprint.route("/<plan_id>/tasks/<task_id>", methods=["GET"])
@allow()
@blueprint.response(200, TaskHistorySchema)
def get_task(plan_id: str, task_id: str) -> Response:
    """One task, straight from the log, with every status it had and every report."""
    loaded = container().bus.load(PLAN, plan_id)
    state = task_of(existing(loaded.state), task_id)
    shown = {
        **task_shown(state),
        "plan_id": plan_id,
        "version": loaded.version,
        "status_history": standings_shown(state),
        "reports": reports_shown(state),
    }
    return record_response(shown, loaded.version)


@blueprint.route("/<plan_id>/tasks/<task_id>/status", methods=["POST"])
@allow(Role.REGISTRAR)
@blueprint.arguments(TaskStatusSchema)
@blueprint.response(201, ReceiptSchema)
def change_status(body: dict[str, Any], plan_id: str, task_id: str) -> Response:
    """Say that a task is planned, under way, done, suspended or dropped from a day on."""
    return _execute(plan_id, ChangeStatus(task_id=task_id, **body), at=f"/tasks/{task_id}")


@blueprint.route("/<plan_id>/tasks/<task_id>/progress-reports", methods=["POST"])
@allow(Role.REGISTRAR)
@blueprint.arguments(ProgressSchema)
@blueprint.response(201, ReceiptSchema)
def report_progress(body: dict[str, Any], plan_id: str, task_id: str) -> Response:
    """Report how many per cent of a task are done, and in words what was."""
    command = ReportProgress(task_id=task_id, by=principal().id, **body)
    return _execute(plan_id, command, at=f"/tasks/{task_id}")


def _execute(
    plan_id: str,
    command: Command,
    guard: Callable[[Plan | None], None] = ensure_province,
    at: str = "",
) -> Response:
    """`at` is where in the plan what was written can be read."""
    return written(PLAN, plan_id, command, f"{PLANS}/{plan_id}{at}", guard=guard)


def _ensure_territory(unit_ids: tuple[str, ...]) -> None:
    for index, unit_id in enumerate(unit_ids):
        if container().bus.load(UNIT, unit_id).state is None:
            raise InvalidInput.at(
                f"/territory/{index}", f"there is no unit {unit_id!r}; register it first, or correct its id"
            )


def _exact(value: Any) -> Any:
    """Amounts without zeros that say nothing, so that 0.95 and 0.950 are one content."""
    if isinstance(value, Decimal):
        return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()
    if isinstance(value, dict):
        return {name: _exact(each) for name, each in value.items()}
    return [_exact(each) for each in value] if isinstance(value, list) else value
