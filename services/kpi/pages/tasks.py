"""The five task groups and their tasks: how far each is, who answers for it, what depends on it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

import yaml
from flask import Blueprint, Response, render_template

from services.eventkit.http import allow
from services.kpi.api.official_shown import Frozen
from services.kpi.api.shown import Shown
from services.kpi.api.supporting_shown import Reader as Supporting
from services.kpi.domain.measures import FundingMeasure, TaskMeasure
from services.kpi.domain.plans import PlanData
from services.kpi.domain.texts import labels
from services.kpi.pages.bars import bars
from services.kpi.pages.beside import Told, asking
from services.kpi.pages.frame import address, reading
from services.kpi.pages.language import FOLDER, Reader
from services.kpi.views.cube import where

NAV = (("/tasks", "tasks"),)

#: A task that is over without being either is late.
ENDED = ("done", "dropped")
#: Days before the end of a task from which it is said to be due soon.
SOON = 90
#: Tasks that a plan is asked for, and lines of money.
MOST = 200


def register(pages: Blueprint) -> None:
    @pages.get("/tasks")
    @allow()
    def show_tasks() -> Response:
        return reading("tasks.html", context, tasks)


def context(shown: Shown, say: Reader, frozen: Frozen) -> dict[str, Any]:
    total, done = _counts(shown), _counts(shown, status="done")
    groups = [_group(shown, group, say) for group in labels("groups")]
    values = {name: say.number(n) for name, n in (("count", total[0]), ("done", done[0]), ("late", total[2]))}
    late = [group for group in groups if group["late_count"]]
    left = total[0] - done[0] - _counts(shown, status="dropped")[0]
    values["left"] = say.number(left)
    over = left and shown.on >= shown.plan.due
    end = "none" if not total[0] else "late" if late else "over" if over else "on-time"
    names = "; ".join(group["name"] for group in late)
    return {
        "finding": say.t(f"tasks-finding-{end}", groups=names, **values),
        "groups": groups,
        "drawn": bars(
            (
                (group["name"], [(say.t("tasks-percent"), group["percent"], group["percent_text"])], "")
                for group in groups
            ),
            100.0,
        ),
        "columns": [
            (say.t("task-group"), False),
            *((say.pick(name), True) for name in labels("statuses").values()),
            (say.t("tasks-late"), True),
            (say.t("tasks-percent"), True),
        ],
        "rows": [
            [group["name"], *group["by_status"], group["late"], group["percent_text"]] for group in groups
        ],
    }


def _counts(shown: Shown, **limits: str) -> tuple[int, int, int]:
    """Tasks, the sum of their percents, the late ones."""
    sums = shown.cube.at("task", shown.on, where(plan=shown.plan.id, **limits))
    return sums[TaskMeasure.COUNT], sums[TaskMeasure.PERCENT], sums[TaskMeasure.LATE]


def _group(shown: Shown, group: str, say: Reader) -> dict[str, Any]:
    count, percents, late = _counts(shown, group=group)
    money = shown.cube.at("funding", shown.on, where(plan=shown.plan.id, group=group))
    mean = percents / count if count else 0.0
    return {
        "group": group,
        "name": f"{group}. {say.pick(labels('groups')[group])}",
        "late_count": late,
        "late": say.number(late),
        "percent": mean,
        "percent_text": say.percent(str(mean / 100), 0) if count else say.t("no-value"),
        "by_status": [
            say.number(_counts(shown, group=group, status=status)[0]) for status in labels("statuses")
        ],
        "money": say.t(
            "tasks-money",
            planned=say.money(money[FundingMeasure.PLANNED]),
            committed=say.money(money[FundingMeasure.COMMITTED]),
        ),
        "serves": [_served(shown, code, say) for code in _serves()[group]],
    }


def _served(shown: Shown, code: str, say: Reader) -> dict[str, Any]:
    """An indicator that the group is there for, as it stands."""
    if code.startswith("S"):
        one = Supporting(shown).summary(code)
        return {
            "code": code,
            "name": say.pick(one["name"]),
            "status": one["status"],
            "value": "",
            "href": address("/") + "#supporting",
        }
    one = shown.target(code)
    return {
        "code": code,
        "name": say.pick(one["name"]),
        "status": one["status"],
        "value": say.percent(one["decimal"]),
        "href": address(f"/targets/{code}"),
    }


@cache
def _serves() -> dict[str, list[str]]:
    found: dict[str, list[str]] = yaml.safe_load((FOLDER / "serves.yaml").read_text(encoding="utf-8"))
    return found


def tasks(say: Reader, plan: PlanData, on: date) -> Mapping[str, str]:
    """The tasks themselves, as the registry has them now, by the group they belong to."""
    begin = asking(say)
    lines = begin("registry", "/funding", plan_id=plan.id, limit=MOST)
    told, money = begin("registry", f"/plans/{plan.id}/tasks", limit=MOST, sort="end")(), lines()
    rows: dict[str, list[list[Any]]] = {}
    for task in told.items:
        rows.setdefault(str(task["group"]), []).append(_row(task, money, on, say))
    found = {
        f"tasks-{group}": render_template("pages/tasks_rows.html", rows=rows.get(group, []), name=name)
        for group, name in ((group, say.pick(name)) for group, name in labels("groups").items())
        if not told.trouble
    }
    return {**found, "tasks-trouble": render_template("pages/trouble.html", told=told)}


def _row(task: dict[str, Any], money: Told, on: date, say: Reader) -> list[Any]:
    end, status = date.fromisoformat(task["end"]), task["status"]
    left = (end - on).days
    mark = ""
    if status not in ENDED and left < 0:
        mark = say.t("task-late", days=say.number(-left))
    elif status not in ENDED and left <= SOON:
        mark = say.t("task-soon", days=say.number(left)) if left else say.t("task-today")
    report = task["report"]
    planned = sum(line["planned_vnd"] for line in money.items if line["task_id"] == task["task_id"])
    others = ", ".join(task["co_agencies"])
    return [
        {"text": task["title"], "more": say.t("task-money", amount=say.money(planned)) if planned else ""},
        {"text": task["agency"], "more": say.t("task-with", agencies=others) if others else ""},
        {"text": say.day(end), "mark": mark},
        {"text": say.pick(labels("statuses")[status]), "more": task["reason"] or ""},
        say.percent(str(task["percent"] / 100), 0),
        say.t("task-unreported")
        if report is None
        else {"text": report["text"], "more": say.day(date.fromisoformat(report["on"]))},
    ]
