"""Builds a new projection generation beside the live one from the event feeds, then switches the pointer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pymongo.database import Database

from services.eventkit.errors import Refused
from services.kpi.domain.facts import SOURCES
from services.kpi.domain.rules import RuleSet
from services.kpi.projection.catchup import Feed, catch_up
from services.kpi.projection.flushing import Flusher
from services.kpi.projection.generations import Generations
from services.kpi.projection.partition import Partition
from services.kpi.projection.store import PartitionStore


def rebuild(
    database: Database[dict[str, Any]],
    generations: Generations,
    rules: RuleSet,
    feeds: Mapping[str, Feed],
    partitions: int,
    progress: Callable[[str, int, int], None] = lambda source, position, events: None,
) -> str:
    """The new generation's name. Readers see the old one until the new one holds all that the feeds had.

    The old generation's data stay until the next rebuild. Raises `Refused` when another rebuild switched
    meanwhile, `Unavailable` when a feed does not answer; the live generation is then as it was.
    """
    live = generations.live()
    active = live.generation if live else generations.active(rules)
    generation = generations.next(active)
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

            last = source, catch_up(source, feeds[source], owned, partitions, progress=show, flusher=flusher)
        if left := flusher.flush(owned.values()):
            total += left
            progress(*last, total)
    if not generations.switch(active, generation, rules):
        raise Refused("Another rebuild switched first. Look at /api/v1/projections, then start again.")
    generations.drop_others(active, generation)
    return generation
