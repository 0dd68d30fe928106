"""What counts beside the core: further measures of a facility, and whole cards of other kinds.

A part says on which days what it counts for can change, and what it is on a day. It is asked day by day in
order, on its own days and on those of the others, so it may keep what it found last. Return None for a card
that holds nothing of the kind: it then costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from services.kpi.domain.facts import FacilityCard
from services.kpi.domain.measures import Cohort, Contributions, Vector, Who
from services.kpi.domain.rules import RuleSet

#: What a card counts for on one day.
State = dict[Cohort, Vector]


class Part(Protocol):
    #: Ordinals on which `state` can change for other reasons than `who`.
    days: set[int]

    def state(self, day: int, who: Who | None) -> State:
        """On a day; `who` is None while the facility is not in U."""


#: Asked of every facility's card.
FACILITY: list[Callable[[FacilityCard, RuleSet], Part | None]] = []

#: By the type of a card that is neither a facility's, an officer's nor a unit's.
OTHER: dict[type[Any], Callable[[Any, RuleSet], Contributions]] = {}
