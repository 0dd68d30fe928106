"""A small plan of two task groups: what the tests of plans begin with."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from msgspec.structs import asdict, replace

from services.registry.domain.events import (
    Milestone,
    PlanLoaded,
    Target,
    Task,
    TaskGroup,
    TaskProgressReported,
    TaskStatus,
    TaskStatusChanged,
    Words,
)
from services.registry.domain.plan import LoadPlan
from services.registry.domain.plan_content import PlanContent

START, DUE = date(2016, 8, 17), date(2020, 12, 31)
LEAFLETS = Task(
    task_id="leaflets",
    group=1,
    title="Phát tờ rơi",
    agency="Sở Công Thương",
    start=date(2016, 9, 1),
    end=date(2017, 12, 31),
)
PILOT = Task(
    task_id="pilot",
    group=2,
    title="Mô hình điểm",
    agency="Sở Công Thương",
    start=date(2017, 1, 1),
    end=date(2019, 12, 31),
    co_agencies=("Sở Khoa học và Công nghệ",),
)
CONTENT = PlanContent(
    name=Words("Kế hoạch", "Plan"),
    source="Decision 1051/QĐ-UBND",
    start=START,
    due=DUE,
    territory=("nho-quan", "tam-diep"),
    targets=(
        Target("K1", (Milestone(DUE, Decimal("0.95")),)),
        Target("K2b", (Milestone(DUE, Decimal("0.08"), (Decimal("0.08"), Decimal("0.13"))),)),
    ),
    task_groups=(TaskGroup(1, Words("Nhận thức", "Awareness")), TaskGroup(2, Words("Kỹ thuật", "Support"))),
    tasks=(LEAFLETS, PILOT),
    expected={"pilots": 4},
)


def content(**changes: Any) -> PlanContent:
    return replace(CONTENT, **changes)


def loaded(**changes: Any) -> PlanLoaded:
    """As if the plan had been loaded on the day it starts."""
    given = content(**changes)
    fields = {name: getattr(given, name) for name in PlanContent.__struct_fields__}
    return PlanLoaded(plan_id="p", sha256=given.sha256, occurred_on=START, **fields)


def load(day: date = START, reason: str | None = None, **changes: Any) -> LoadPlan:
    return LoadPlan(plan_id="p", content=content(**changes), reason=reason, occurred_on=day)


def status(task_id: str, status: TaskStatus, day: date, reason: str | None = None) -> TaskStatusChanged:
    return TaskStatusChanged(plan_id="p", task_id=task_id, status=status, reason=reason, occurred_on=day)


def progress(task_id: str, percent: int, day: date, text: str = "ok") -> TaskProgressReported:
    return TaskProgressReported(
        plan_id="p", task_id=task_id, percent=percent, text=text, by="lan", occurred_on=day
    )


def said(event: TaskStatusChanged | TaskProgressReported) -> dict[str, Any]:
    """The fields of the command that makes this event."""
    return {name: value for name, value in asdict(event).items() if name != "plan_id"}
