"""A line of funding: one source, one task group of one plan. Stream ``funding:<id>``.

Every act adds to one of three sums: planned, committed, disbursed. On no day is a sum below zero or more
disbursed than committed. More may be committed than was planned: that is shown, not refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec

from services.eventkit.decider import Decider
from services.eventkit.errors import InvalidInput, NotFound, Refused
from services.eventkit.events import Event
from services.registry.domain.events import (
    FundingCommitted,
    FundingCorrected,
    FundingDisbursed,
    FundingPlanned,
    FundingSource,
    FundingStage,
)

STAGES: tuple[FundingStage, ...] = ("planned", "committed", "disbursed")
#: Whole VND that one sum may reach, so that sums of many lines fit 64 bits.
MOST = 10**16


class Act(NamedTuple):
    """What one event adds to a sum, from a day on; a correction may take away."""

    day: date
    of: FundingStage
    vnd: int


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """`donor` and whether it is `abroad` are of a sponsorship."""

    id: str
    plan_id: str
    group: int
    source: FundingSource
    task_id: str | None
    donor: str | None
    abroad: bool
    planned_on: date
    acts: tuple[Act, ...]

    def total(self, of: FundingStage) -> int:
        return sum(act.vnd for act in self.acts if act.of == of)

    @property
    def over_planned(self) -> bool:
        return self.total("committed") > self.total("planned")


class PlanFunding(msgspec.Struct, frozen=True, kw_only=True):
    line_id: str
    plan_id: str
    group: int
    source: FundingSource
    amount_vnd: int
    task_id: str | None
    donor: str | None
    abroad: bool
    occurred_on: date


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """`amount_vnd` of this act, above zero."""

    amount_vnd: int
    occurred_on: date


class Disburse(msgspec.Struct, frozen=True, kw_only=True):
    amount_vnd: int
    occurred_on: date


class CorrectFunding(msgspec.Struct, frozen=True, kw_only=True):
    """`delta_vnd` goes to the sum `of` from `occurred_on` on."""

    of: FundingStage
    delta_vnd: int
    reason: str
    occurred_on: date


Command = PlanFunding | Commit | Disburse | CorrectFunding


def existing(line: Line | None) -> Line:
    if line is None:
        raise NotFound("There is no such funding line. Look for its id in the list of funding.")
    return line


def decide(command: Command, line: Line | None) -> Sequence[Event]:
    if isinstance(command, PlanFunding):
        return _plan(command, line)
    known = existing(line)
    if command.occurred_on < known.planned_on:
        raise InvalidInput.at("/occurred_on", f"must not be before {known.planned_on}, the day of the line")
    event = _event(command, known)
    _check((*known.acts, _act(event)))
    return [event]


def _plan(command: PlanFunding, line: Line | None) -> Sequence[Event]:
    if line is not None:
        raise Refused(f"Funding line {line.id} is planned already. Correct it instead.")
    if command.source != "sponsorship" and (command.donor is not None or command.abroad):
        raise InvalidInput.at(
            "/source", "must be sponsorship where a donor is named or the money is from abroad"
        )
    return [FundingPlanned(**msgspec.structs.asdict(command))]


def _event(command: Commit | Disburse | CorrectFunding, known: Line) -> _Acted:
    fields: dict[str, Any] = msgspec.structs.asdict(command)
    fields |= {"line_id": known.id, "plan_id": known.plan_id, "group": known.group, "source": known.source}
    if isinstance(command, CorrectFunding):
        if command.delta_vnd == 0:
            raise InvalidInput.at("/delta_vnd", "must not be 0: that corrects nothing")
        return FundingCorrected(**fields)
    if command.amount_vnd <= 0:
        raise InvalidInput.at("/amount_vnd", "must be more than 0; take money back by a correction")
    return FundingCommitted(**fields) if isinstance(command, Commit) else FundingDisbursed(**fields)


_Acted = FundingPlanned | FundingCommitted | FundingDisbursed | FundingCorrected


def _act(event: _Acted) -> Act:
    if isinstance(event, FundingCorrected):
        return Act(event.occurred_on, event.of, event.delta_vnd)
    of: FundingStage = "planned"
    if isinstance(event, FundingCommitted):
        of = "committed"
    elif isinstance(event, FundingDisbursed):
        of = "disbursed"
    return Act(event.occurred_on, of, event.amount_vnd)


def _check(acts: Sequence[Act]) -> None:
    """Raises `Refused` for the first day at whose end the sums can not be."""
    sums = dict.fromkeys(STAGES, 0)
    ordered = sorted(acts, key=lambda act: act.day)
    for index, act in enumerate(ordered):
        sums[act.of] += act.vnd
        if index + 1 < len(ordered) and ordered[index + 1].day == act.day:
            continue
        for of, vnd in sums.items():
            if not 0 <= vnd <= MOST:
                raise Refused(f"On {act.day} {vnd} VND would be {of}; a sum is from 0 to {MOST} VND.")
        if sums["disbursed"] > sums["committed"]:
            raise Refused(
                f"On {act.day} {sums['disbursed']} VND would be disbursed of {sums['committed']} VND "
                "committed. Record the commitment first, or correct the amount."
            )


def evolve(line: Line | None, event: Event) -> Line | None:
    if isinstance(event, FundingPlanned):
        return Line(
            id=event.line_id,
            plan_id=event.plan_id,
            group=event.group,
            source=event.source,
            task_id=event.task_id,
            donor=event.donor,
            abroad=event.abroad,
            planned_on=event.occurred_on,
            acts=(_act(event),),
        )
    if line is not None and isinstance(event, FundingCommitted | FundingDisbursed | FundingCorrected):
        return msgspec.structs.replace(line, acts=(*line.acts, _act(event)))
    return line


FUNDING: Decider[Command, Line | None] = Decider("funding", None, decide, evolve)
