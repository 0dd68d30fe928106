"""How a part of what a card counts for is told, and where it is counted.

A part of a facility's life is told in *courses*: on which days how much more or less there is of the measures
of a kind, whoever the facility is then. `placed` puts them into the cohorts in which the facility is in U on
its days. Of other cards `deltas` makes the same from what they count for day by day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from services.kpi.domain.measures import Cohort, Contributions, Days, Vector, Who, add, negated, sub

#: (head, tail, day -> what is added): counted in the cohort ``(*head, *who, *tail)``.
Course = tuple[Cohort, Cohort, Days]

#: By cohort, day -> what is added.
Sums = dict[Cohort, Days]

#: What a card counts for on one day.
State = dict[Cohort, Vector]


class Span(NamedTuple):
    """A facility is in U, as this, from `start` up to but without `end`; None: until further notice."""

    start: int
    end: int | None
    who: Who


def put(days: Days, kind: str, day: int, vector: Vector) -> None:
    known = days.get(day)
    days[day] = vector if known is None else add(kind, known, vector)


def placed(courses: Iterable[Course], spans: Sequence[Span]) -> Sums:
    """What was gathered before a span is counted from its start, and goes out again at its end."""
    found: Sums = {}
    for start, end, who in spans:
        for head, tail, days in courses:
            cohort = (*head, *who, *tail)
            if end is not None or cohort in found or min(days) < start:
                _place(found.setdefault(cohort, {}), head[0], days, start, end)
            else:
                found[cohort] = dict(days)
    return found


def _place(into: Days, kind: str, days: Days, start: int, end: int | None) -> None:
    gathered: Vector | None = None
    for day, vector in days.items():
        if end is None:
            put(into, kind, max(day, start), vector)
        elif day < end:
            put(into, kind, max(day, start), vector)
            gathered = vector if gathered is None else add(kind, gathered, vector)
    if end is not None and gathered is not None and any(gathered):
        put(into, kind, end, negated(kind, gathered))


def by_cohort(contributions: Contributions) -> Sums:
    found: Sums = {}
    for (cohort, day), vector in contributions.items():
        found.setdefault(cohort, {})[day] = vector
    return found


def together(parts: Iterable[Sums]) -> Contributions:
    found: Contributions = {}
    for part in parts:
        for cohort, days in part.items():
            for day, vector in days.items():
                known = found.get((cohort, day))
                found[cohort, day] = vector if known is None else add(cohort[0], known, vector)
    return found


def deltas(days: Iterable[int], state_on: Callable[[int], State]) -> Contributions:
    """From what a card counts for on the days on which that can change."""
    found: Contributions = {}
    before: State = {}
    for day in sorted(days):
        now = state_on(day)
        if now == before:
            continue
        for cohort, new in now.items():
            old = before.get(cohort)
            if old is None:
                found[cohort, day] = new
            elif old != new:
                found[cohort, day] = sub(cohort[0], new, old)
        for cohort, old in before.items():
            if cohort not in now:
                found[cohort, day] = negated(cohort[0], old)
        before = now
    return found
