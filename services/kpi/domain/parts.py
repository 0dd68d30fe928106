"""How a part of what a card counts for is told, and where it is counted.

A part of a facility's life is told as *steps*: on a day, so much more or less of a measure, whoever the
facility is then. `placed` puts them into the cohorts in which the facility is in U on its days. Steps are
sums: their order is free, and several on one day are one. Of other cards `deltas` makes the same from what
they count for day by day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from services.kpi.domain.measures import Cohort, Contributions, Vector, Who, add, negated, sub

#: (day, head, tail, what is added): counted in the cohort ``(*head, *who, *tail)``.
Step = tuple[int, Cohort, Cohort, Vector]

#: What a card counts for on one day.
State = dict[Cohort, Vector]


class Span(NamedTuple):
    """A facility is in U, as this, from `start` up to but without `end`; None: until further notice."""

    start: int
    end: int | None
    who: Who


def placed(steps: Iterable[Step], spans: Sequence[Span]) -> Contributions:
    """What was gathered before a span is counted from its start, and goes out again at its end."""
    found: Contributions = {}
    for start, end, who in spans:
        gathered: State = {}
        for day, head, tail, vector in steps:
            if end is not None and day >= end:
                continue
            cohort = (*head, *who, *tail)
            key = cohort, day if day > start else start
            known = found.get(key)
            found[key] = vector if known is None else add(cohort[0], known, vector)
            if end is not None:
                known = gathered.get(cohort)
                gathered[cohort] = vector if known is None else add(cohort[0], known, vector)
        for cohort, vector in gathered.items():
            if any(vector):
                found[cohort, end or 0] = negated(cohort[0], vector)
    return found


def together(parts: Iterable[Contributions]) -> Contributions:
    found: Contributions = {}
    for part in parts:
        for key, vector in part.items():
            known = found.get(key)
            found[key] = vector if known is None else add(key[0][0], known, vector)
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
