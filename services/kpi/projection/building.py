"""Fills one generation from the event feeds: for a rebuild, for other rules, for a past moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pymongo.database import Database

from services.kpi.domain.facts import SOURCES
from services.kpi.domain.rules import RuleSet
from services.kpi.projection.catchup import Feed, catch_up
from services.kpi.projection.flushing import Flusher
from services.kpi.projection.partition import Partition
from services.kpi.projection.store import PartitionStore

#: (source, position reached, events taken so far).
Progress = Callable[[str, int, int], None]


def build(
    database: Database[dict[str, Any]],
    generation: str,
    rules: RuleSet,
    feeds: Mapping[str, Feed],
    partitions: int,
    *,
    until: Mapping[str, int] | None = None,
    progress: Progress = lambda source, position, events: None,
) -> int:
    """Fill a generation with what the feeds have, up to and including `until`'s positions; how many events.

    Without `until`, to the end of each feed as it is at the second reading. A source that `until` does not
    name is taken to its end. A generation that holds something already is gone on with. The pointer is not
    touched. Raises `Unavailable` when a feed does not answer, `FeedBroken` when it does not chain: then what
    was taken stays, and `build` may be called again.
    """
    owned = {
        number: Partition(PartitionStore(database, generation, number), rules) for number in range(partitions)
    }
    flusher, total = Flusher(), 0
    for _ in range(2):
        for source in SOURCES:

            def show(position: int, events: int, source: str = source) -> None:
                nonlocal total
                total += events
                progress(source, position, total)

            end = None if until is None else until.get(source)
            position = catch_up(
                source, feeds[source], owned, partitions, until=end, progress=show, flusher=flusher
            )
            last = source, position
        if left := flusher.flush(owned.values()):
            total += left
            progress(*last, total)
    return total
