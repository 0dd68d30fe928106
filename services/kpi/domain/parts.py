"""What counts beside the core: further measures of a facility, and whole cards of other kinds.

A part says on which days what it counts for can change, and what it is on a day. It is asked day by day in
order, on its own days and whenever `who` has changed, so it may keep what it found last. Return None for a
card that holds nothing of the kind: it then costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from services.kpi.domain.measures import Cohort, Contributions, Vector, Who, negated, sub

#: What a card counts for on one day.
State = dict[Cohort, Vector]


class Part(Protocol):
    #: Ordinals on which `state` can change for other reasons than `who`.
    days: set[int]

    def state(self, day: int, who: Who | None) -> State:
        """On a day; `who` is None while the facility is not in U."""


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
