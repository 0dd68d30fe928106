"""What the plan itself is made of: tasks, policy documents, money, the support network."""

from __future__ import annotations

from services.kpi.domain.facts import (
    ConsultantCard,
    Fact,
    FundingCard,
    NetworkCard,
    PlanCard,
    PolicyCard,
    Task,
    UnitCard,
    as_of,
)
from services.kpi.domain.measures import SPREAD, Contributions, FundingMeasure, add
from services.kpi.domain.parts import State, deltas

#: Whose facility a document's delay is: nobody's.
NOBODY = ("", "", "", "")

_STAGES = {
    "planned": FundingMeasure.PLANNED,
    "committed": FundingMeasure.COMMITTED,
    "disbursed": FundingMeasure.DISBURSED,
}


def policy(card: PolicyCard) -> Contributions:
    days = {fact.day for fact in card.status} | {card.due + 1}
    return deltas(days, lambda day: _policy_state(card, day))


def _policy_state(card: PolicyCard, day: int) -> State:
    """A document that was dropped is no longer planned. One that is late is so from the day after it was due.
    A delay is in days; what is issued early has a negative one."""
    status = as_of(card.status, day)
    if status is None:
        return {}
    if status.value == "dropped":
        return {("policy", card.plan): (0, 0, 1, 0)}
    if status.value == "planned":
        return {("policy", card.plan): (1, 0, 0, int(day > card.due))}
    delay = status.day - card.due
    return {
        ("policy", card.plan): (1, 1, 0, 0),
        (SPREAD, f"policy-delay:{card.plan}", *NOBODY): (delay, 1),
    }


def funding(card: FundingCard) -> Contributions:
    """Cumulated: each act adds its amount from its day on."""
    found: Contributions = {}
    cohort = ("funding", card.plan, card.source, str(card.group))
    for act in card.acts:
        vector = [0] * len(FundingMeasure)
        vector[_STAGES[act.stage]] = act.amount
        known = found.get((cohort, act.day))
        found[cohort, act.day] = tuple(vector) if known is None else add("funding", known, tuple(vector))
    return found


def network(card: NetworkCard) -> Contributions:
    return deltas({fact.day for fact in card.status}, lambda day: _network_state(card, day))


def _network_state(card: NetworkCard, day: int) -> State:
    status = as_of(card.status, day)
    return {("network", card.id): (1, 0)} if status is not None and status.value == "exists" else {}


def consultant(card: ConsultantCard) -> Contributions:
    return deltas({fact.day for fact in card.status}, lambda day: _consultant_state(card, day))


def _consultant_state(card: ConsultantCard, day: int) -> State:
    """By the unit they work for: those of one that was dissolved are not counted where it is read."""
    status = as_of(card.status, day)
    return {("network", card.network): (0, 1)} if status is not None and status.value == "active" else {}


def unit(card: UnitCard) -> Contributions:
    """District-level units and their links; a link ends with its district."""
    linked = {fact.day for facts in card.links.values() for fact in facts}
    return deltas({fact.day for fact in card.status} | linked, lambda day: _unit_state(card, day))


def _unit_state(card: UnitCard, day: int) -> State:
    status = as_of(card.status, day)
    if status is None or status.value != "exists" or card.level != "district":
        return {}
    return {("unit", card.id): (1,)} | {
        ("link", card.id, network): (1,)
        for network, facts in card.links.items()
        if (fact := as_of(facts, day)) is not None and fact.value == "linked"
    }


def plan(card: PlanCard) -> Contributions:
    """Its tasks, by group and status."""
    days: set[int] = set()
    for task in card.tasks.values():
        days.update(fact.day for fact in (*task.status, *task.progress))
        days.add(task.end + 1)
    return deltas(days, lambda day: _task_state(card, day))


def _task_state(card: PlanCard, day: int) -> State:
    found: State = {}
    for task in card.tasks.values():
        status = _standing(task, day)
        if status is None:
            continue
        progress = as_of(task.progress, day)
        vector = (1, int(progress.value) if progress is not None else 0, int(_late(task, status.value, day)))
        cohort = ("task", card.id, str(task.group), status.value)
        known = found.get(cohort)
        found[cohort] = vector if known is None else add("task", known, vector)
    return found


def _standing(task: Task, day: int) -> Fact | None:
    """Planned by being in the plan, which is recorded first, until something else is said; also of a day
    before that of the plan."""
    if not task.status:
        return None
    named = min(task.status, key=lambda fact: fact.seq)
    said = as_of([fact for fact in task.status if fact is not named], day)
    return said or (named if named.day <= day else None)


def _late(task: Task, status: str, day: int) -> bool:
    return day > task.end and status not in ("done", "dropped")
