"""How many industrial facilities the statistics office counts in a unit. Stream ``count:<unit_id>``.

A count holds from the day it was published for, until that of a later day.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from services.eventkit.decider import Decider
from services.eventkit.errors import InvalidInput
from services.eventkit.events import Event
from services.registry.domain.events import OfficialCountPublished
from services.registry.domain.history import History


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """`households` of the facilities are household units; None when that was not published."""

    facilities: int
    source: str
    households: int | None = None


class PublishCount(msgspec.Struct, frozen=True, kw_only=True):
    unit_id: str
    count: Count
    occurred_on: date


def decide(command: PublishCount, counts: History[Count]) -> Sequence[Event]:
    count = command.count
    if count.households is not None and count.households > count.facilities:
        raise InvalidInput.at("/households", f"must be at most {count.facilities}, the number of facilities")
    of_that_day = [entry.value for entry in counts.entries if entry.day == command.occurred_on]
    if of_that_day[-1:] == [count]:
        return []
    return [
        OfficialCountPublished(
            unit_id=command.unit_id, occurred_on=command.occurred_on, **msgspec.structs.asdict(count)
        )
    ]


def evolve(counts: History[Count], event: Event) -> History[Count]:
    if not isinstance(event, OfficialCountPublished):
        return counts
    count = Count(facilities=event.facilities, source=event.source, households=event.households)
    return counts.since(event.occurred_on, count)


COUNT: Decider[PublishCount, History[Count]] = Decider("count", History(), decide, evolve)
