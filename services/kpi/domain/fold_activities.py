"""Folding what the registry says of plans, policies, funding and the support network into cards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Literal

import msgspec

from services.kpi.domain.facts import (
    Act,
    ConsultantCard,
    FundingCard,
    NetworkCard,
    PlanCard,
    PolicyCard,
    Task,
    UnitCard,
    place,
)
from services.kpi.domain.handlers import Handlers, KpiEvent, Nothing, fact, to

Stage = Literal["planned", "committed", "disbursed"]


class _Task(msgspec.Struct):
    task_id: str
    group: int
    end: date


class _Plan(msgspec.Struct):
    tasks: list[_Task] = []


class _Added(msgspec.Struct):
    task: _Task


class _OfTask(msgspec.Struct):
    task_id: str


class _Status(_OfTask):
    status: str


class _Progress(_OfTask):
    percent: int


def _plan(card: PlanCard, event: KpiEvent, data: _Plan) -> None:
    """A revised plan that no longer holds a task drops it; what was reported of the others stays."""
    card.content = bytes(event.data)
    known, card.tasks = card.tasks, {}
    for found in data.tasks:
        card.tasks[found.task_id] = known.get(found.task_id, Task())
        _task(card, event, found)


def _added(card: PlanCard, event: KpiEvent, data: _Added) -> None:
    _task(card, event, data.task)


def _task(card: PlanCard, event: KpiEvent, data: _Task) -> None:
    task = card.tasks.setdefault(data.task_id, Task())
    task.group, task.end = data.group, data.end.toordinal()
    if not task.status:
        place(task.status, fact(event, "planned"))


def _task_status(card: PlanCard, event: KpiEvent, data: _Status) -> None:
    place(card.tasks.setdefault(data.task_id, Task()).status, fact(event, data.status))


def _progress(card: PlanCard, event: KpiEvent, data: _Progress) -> None:
    place(card.tasks.setdefault(data.task_id, Task()).progress, fact(event, str(data.percent)))


class _PolicyPlanned(msgspec.Struct):
    plan_id: str
    due: date


def _policy_planned(card: PolicyCard, event: KpiEvent, data: _PolicyPlanned) -> None:
    card.plan, card.due = data.plan_id, data.due.toordinal()
    place(card.status, fact(event, "planned"))


def _status(value: str) -> Callable[[PolicyCard | NetworkCard | ConsultantCard, KpiEvent, Nothing], None]:
    def apply(card: PolicyCard | NetworkCard | ConsultantCard, event: KpiEvent, data: Nothing) -> None:
        place(card.status, fact(event, value))

    return apply


class _OfLine(msgspec.Struct):
    plan_id: str
    group: int
    source: str


class _Money(_OfLine):
    amount_vnd: int


class _MoneyCorrected(_OfLine):
    of: Stage
    delta_vnd: int


def _act(card: FundingCard, event: KpiEvent, line: _OfLine, stage: Stage, amount: int) -> None:
    card.plan, card.group, card.source = line.plan_id, line.group, line.source
    card.acts.append(Act(event.occurred_on.toordinal(), event.sequence, stage, amount))


def _money(stage: Stage) -> Callable[[FundingCard, KpiEvent, _Money], None]:
    def apply(card: FundingCard, event: KpiEvent, data: _Money) -> None:
        _act(card, event, data, stage, data.amount_vnd)

    return apply


def _money_corrected(card: FundingCard, event: KpiEvent, data: _MoneyCorrected) -> None:
    _act(card, event, data, data.of, data.delta_vnd)


class _Consultant(msgspec.Struct):
    network_id: str


def _consultant(card: ConsultantCard, event: KpiEvent, data: _Consultant) -> None:
    card.network = data.network_id
    place(card.status, fact(event, "active"))


def _link(value: str) -> Callable[[UnitCard, KpiEvent, _Consultant], None]:
    def apply(card: UnitCard, event: KpiEvent, data: _Consultant) -> None:
        place(card.links.setdefault(data.network_id, []), fact(event, value))

    return apply


EVENTS: Handlers = {
    "network.unit-established": to("network", Nothing, _status("exists")),
    "network.unit-dissolved": to("network", Nothing, _status("dissolved")),
    "consultant.registered": to("consultant", _Consultant, _consultant),
    "consultant.deactivated": to("consultant", Nothing, _status("inactive")),
    "consultant.reactivated": to("consultant", Nothing, _status("active")),
    "network.district-linked": to("unit", _Consultant, _link("linked")),
    "network.district-unlinked": to("unit", _Consultant, _link("unlinked")),
    "plan.loaded": to("plan", _Plan, _plan),
    "plan.revised": to("plan", _Plan, _plan),
    "task.added": to("plan", _Added, _added),
    "task.status-changed": to("plan", _Status, _task_status),
    "task.progress-reported": to("plan", _Progress, _progress),
    "policy.planned": to("policy", _PolicyPlanned, _policy_planned),
    "policy.issued": to("policy", Nothing, _status("issued")),
    "policy.dropped": to("policy", Nothing, _status("dropped")),
    "funding.planned": to("funding", _Money, _money("planned")),
    "funding.committed": to("funding", _Money, _money("committed")),
    "funding.disbursed": to("funding", _Money, _money("disbursed")),
    "funding.corrected": to("funding", _MoneyCorrected, _money_corrected),
}
