"""Plans as data, their tasks, policy documents and funding."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from services.eventkit.events import Event
from services.registry.domain.events.core import catalogue

TaskStatus = Literal["planned", "under-way", "done", "suspended", "dropped"]
FundingSource = Literal["central", "local", "sponsorship", "own"]
FundingStage = Literal["planned", "committed", "disbursed"]


class Words(msgspec.Struct, frozen=True):
    vi: str
    en: str


class Milestone(msgspec.Struct, frozen=True):
    """To be reached on a day: a share from 0 to 1, or a number; `band` is (least, most) of a saving."""

    on: date
    value: Decimal
    band: tuple[Decimal, Decimal] | None = None


class PathStart(msgspec.Struct, frozen=True):
    on: date
    value: Decimal


class Target(msgspec.Struct, frozen=True):
    """`code` is that of an indicator (K1 …). The path is straight from `path_from` through the milestones."""

    code: str
    milestones: tuple[Milestone, ...]
    path_from: PathStart | None = None


class TaskGroup(msgspec.Struct, frozen=True):
    group: int
    name: Words


class Task(msgspec.Struct, frozen=True):
    task_id: str
    group: int
    title: str
    agency: str
    start: date
    end: date
    co_agencies: tuple[str, ...] = ()


class PlanEvent(Event, frozen=True, kw_only=True):
    plan_id: str

    @property
    def subject(self) -> str:
        return f"plan:{self.plan_id}"


@catalogue.event("plan.loaded")
class PlanLoaded(PlanEvent, frozen=True, kw_only=True):
    """`territory` are the units judged; `expected` what activities are to reach, by measure; `sha256` of the
    plan as it was given."""

    name: Words
    source: str
    start: date
    due: date
    territory: tuple[str, ...]
    targets: tuple[Target, ...]
    task_groups: tuple[TaskGroup, ...]
    tasks: tuple[Task, ...]
    expected: dict[str, int]
    sha256: str


@catalogue.event("plan.revised")
class PlanRevised(PlanLoaded, frozen=True, kw_only=True):
    reason: str


@catalogue.event("task.added")
class TaskAdded(PlanEvent, frozen=True, kw_only=True):
    task: Task


@catalogue.event("task.status-changed")
class TaskStatusChanged(PlanEvent, frozen=True, kw_only=True):
    task_id: str
    status: TaskStatus
    reason: str | None = None


@catalogue.event("task.progress-reported")
class TaskProgressReported(PlanEvent, frozen=True, kw_only=True):
    """`percent` of the task that is done, 0 to 100."""

    task_id: str
    percent: int
    text: str
    by: str


class PolicyEvent(Event, frozen=True, kw_only=True):
    policy_id: str
    plan_id: str

    @property
    def subject(self) -> str:
        return f"policy:{self.policy_id}"


@catalogue.event("policy.planned")
class PolicyPlanned(PolicyEvent, frozen=True, kw_only=True):
    """A document that the plan asks for, `due` on a day."""

    title: str
    kind: str
    agency: str
    due: date


@catalogue.event("policy.issued")
class PolicyIssued(PolicyEvent, frozen=True, kw_only=True):
    number: str
    issuer: str


@catalogue.event("policy.dropped")
class PolicyDropped(PolicyEvent, frozen=True, kw_only=True):
    reason: str


class FundingEvent(Event, frozen=True, kw_only=True):
    """Of one line: one source, one task group (1 to 5) of one plan. Money is whole VND."""

    line_id: str
    plan_id: str
    group: int
    source: FundingSource

    @property
    def subject(self) -> str:
        return f"funding:{self.line_id}"


@catalogue.event("funding.planned")
class FundingPlanned(FundingEvent, frozen=True, kw_only=True):
    amount_vnd: int
    task_id: str | None = None
    donor: str | None = None
    abroad: bool = False


@catalogue.event("funding.committed")
class FundingCommitted(FundingEvent, frozen=True, kw_only=True):
    """`amount_vnd` of this act, not the sum so far; so with disbursements."""

    amount_vnd: int


@catalogue.event("funding.disbursed")
class FundingDisbursed(FundingEvent, frozen=True, kw_only=True):
    amount_vnd: int


@catalogue.event("funding.corrected")
class FundingCorrected(FundingEvent, frozen=True, kw_only=True):
    """`delta_vnd` may be negative; the sum it corrects stays at or above zero."""

    of: FundingStage
    delta_vnd: int
    reason: str
