"""The query models of plans and of their tasks.

A plan's document holds its tasks. The list of tasks is a MongoDB view over it, so that it can not differ from
it and filters, sorts and pages as any list::

    db.createView("plan_tasks", "plans",
        [{$unwind: "$tasks"}, {$replaceRoot: {newRoot: {$mergeObjects: ["$tasks", {_id: …}]}}}])
"""

from __future__ import annotations

from typing import Any

import mongoengine as me
from pymongo.database import Database
from pymongo.errors import OperationFailure

from services.eventkit.text import fold, search_keys
from services.eventkit.views import View
from services.registry.domain.plan import PLAN, Plan, TaskState
from services.registry.views.models import ALIAS

TASKS = "plan_tasks"

_NAMESPACE_EXISTS = 48
_OF_THE_PLAN = {
    "_id": {"$concat": ["$_id", ":", "$tasks.task_id"]},
    "plan_id": "$_id",
    "version": "$version",
    "position": "$position",
}
_PIPELINE = [
    {"$unwind": "$tasks"},
    {"$replaceRoot": {"newRoot": {"$mergeObjects": ["$tasks", _OF_THE_PLAN]}}},
]


class PlanView(me.Document):
    id = me.StringField(primary_key=True)
    version = me.IntField()
    position = me.IntField()
    name = me.DictField()
    name_key = me.StringField()
    source = me.StringField()
    start = me.StringField()
    due = me.StringField()
    since = me.StringField()
    territory = me.ListField(me.StringField())
    codes = me.ListField(me.StringField())
    tasks_planned = me.IntField()
    tasks_done = me.IntField()
    tasks = me.ListField(me.DictField())
    search = me.ListField(me.StringField())

    meta = {  # noqa: RUF012 - the parent's name and type
        "collection": "plans",
        "db_alias": ALIAS,
        "auto_create_index": False,
        "indexes": ["search", ("name_key", "id"), ("start", "id"), ("due", "id")],
    }


class TaskView(me.Document):
    """One task of one plan, ``<plan>:<task>``. `version` and `position` are the plan's."""

    id = me.StringField(primary_key=True)

    meta = {  # noqa: RUF012 - the parent's name and type
        "collection": TASKS,
        "db_alias": ALIAS,
        "auto_create_index": False,
        "strict": False,
    }


def prepare_tasks(database: Database[dict[str, Any]]) -> None:
    """Make the view of tasks, or bring it up to this release. Any number of processes may do so at once."""
    try:
        database.command("create", TASKS, viewOn="plans", pipeline=_PIPELINE)
    except OperationFailure as error:
        if error.code != _NAMESPACE_EXISTS:
            raise
        database.command("collMod", TASKS, viewOn="plans", pipeline=_PIPELINE)


def plan_row(plan: Plan | None, id_: str) -> dict[str, Any]:
    if plan is None:
        return {}
    content = plan.content
    states = plan.tasks.values()
    return {
        "name": {"vi": content.name.vi, "en": content.name.en},
        "name_key": fold(content.name.vi),
        "source": content.source,
        "start": content.start.isoformat(),
        "due": content.due.isoformat(),
        "since": plan.since.isoformat(),
        "territory": list(content.territory),
        "codes": [target.code for target in content.targets],
        "tasks_planned": len(states),
        "tasks_done": sum(state.standing.status == "done" for state in states),
        "tasks": [task_row(state) for state in states],
        "search": search_keys(content.name.vi, content.name.en, content.source, id_),
    }


def task_row(state: TaskState) -> dict[str, Any]:
    task = state.task
    return {
        **task_shown(state),
        "title_key": fold(task.title),
        "agency_key": fold(task.agency),
        "search": search_keys(task.title, task.agency, task.task_id, *task.co_agencies),
    }


def task_shown(state: TaskState) -> dict[str, Any]:
    """A task as it stands: its newest status and report, by the day they tell of."""
    task = state.task
    reports = reports_shown(state)
    return {
        "task_id": task.task_id,
        "group": task.group,
        "title": task.title,
        "agency": task.agency,
        "co_agencies": list(task.co_agencies),
        "start": task.start.isoformat(),
        "end": task.end.isoformat(),
        "status": state.standing.status,
        "reason": state.standing.reason,
        "percent": reports[-1]["percent"] if reports else 0,
        "report": reports[-1] if reports else None,
    }


def reports_shown(state: TaskState) -> list[dict[str, Any]]:
    return [{"on": entry.day.isoformat(), **entry.value._asdict()} for entry in state.reports.entries]


def standings_shown(state: TaskState) -> list[dict[str, Any]]:
    return [{"since": entry.day.isoformat(), **entry.value._asdict()} for entry in state.status.entries]


VIEWS = [View(PLAN, PlanView, plan_row)]
