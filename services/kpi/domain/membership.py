"""Whether a facility is in U on a day, and as what."""

from __future__ import annotations

from typing import NamedTuple

from services.kpi.domain.facts import FacilityCard, Fact, as_of
from services.kpi.domain.measures import FacilityMeasure, Who
from services.kpi.domain.parts import Course, Span
from services.kpi.domain.rules import RuleSet, add_months

#: Whoever is in U counts as active from the first day on.
ACTIVE: tuple[Course, ...] = (
    (("facility",), (), {0: tuple(int(m is FacilityMeasure.ACTIVE) for m in FacilityMeasure)}),
)


class Membership(NamedTuple):
    """Whether a facility is active and in scope on a day; `outside` says why not, `fact` is what decides.
    Whether its unit is in the territory is asked where it is read."""

    who: Who | None
    outside: str | None
    fact: Fact | None


def membership(card: FacilityCard, rules: RuleSet, day: int) -> Membership:
    status, unit = as_of(card.status, day), as_of(card.unit, day)
    industry, kind = as_of(card.industry, day), as_of(card.kind, day)
    if status is None or unit is None or industry is None or kind is None:
        return Membership(None, "not-registered", None)
    if status.value == "closed":
        return Membership(None, "closed", status)
    if status.value == "suspended":
        first = suspended_since(card.status, status)
        if day >= add_months(first.day, rules.suspended_grace_months):
            return Membership(None, "suspended", first)
    key = rules.industry_key(industry.value)
    if not rules.in_scope(key):
        return Membership(None, "out-of-scope", industry)
    employees = as_of(card.employees, day) if card.employees else None
    size = rules.size_of(None if employees is None else employees.value)
    return Membership((unit.value, key, kind.value, size), None, status)


def suspended_since(history: list[Fact], status: Fact) -> Fact:
    """The first of an unbroken run of suspensions: saying it again does not lengthen the twelve months."""
    first = status
    for fact in reversed(history[: history.index(status)]):
        if fact.value != "suspended":
            break
        first = fact
    return first


def spans(card: FacilityCard, rules: RuleSet) -> tuple[Span, ...]:
    """The times in U, in order. A facility merged into another has none: it counts as that one."""
    if card.merged:
        return ()
    days = {fact.day for facts in (card.status, card.unit, card.industry, card.kind) for fact in facts}
    days.update(fact.day for fact in card.employees)
    for fact in card.status:
        if fact.value == "suspended":
            days.add(add_months(fact.day, rules.suspended_grace_months))
    found: list[Span] = []
    before: Who | None = None
    since = 0
    for day in sorted(days):
        who = membership(card, rules, day).who
        if who == before:
            continue
        if before is not None:
            found.append(Span(since, day, before))
        before, since = who, day
    if before is not None:
        found.append(Span(since, None, before))
    return tuple(found)
