"""Builds a new projection generation beside the live one from the event feeds, then switches the pointer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymongo.database import Database

from services.eventkit.errors import Refused
from services.kpi.domain.rules import RuleSet
from services.kpi.projection.building import Progress, build
from services.kpi.projection.bulk.crew import Crew
from services.kpi.projection.catchup import Feed
from services.kpi.projection.generations import Generations


def rebuild(
    database: Database[dict[str, Any]],
    generations: Generations,
    rules: RuleSet,
    feeds: Mapping[str, Feed],
    partitions: int,
    progress: Progress = lambda source, position, events: None,
    crew: Crew | None = None,
) -> str:
    """The new generation's name. Readers see the old one until the new one holds all that the feeds had.

    The old generation's data stay until the next rebuild. Raises `Refused` when another rebuild switched
    meanwhile, `Unavailable` when a feed does not answer; the live generation is then as it was.
    """
    live = generations.live()
    active = live.generation if live else generations.active(rules)
    generation = generations.next(active)
    build(database, generation, rules, feeds, partitions, progress=progress, crew=crew)
    if not generations.switch(active, generation, rules):
        raise Refused("Another rebuild switched first. Look at /api/v1/projections, then start again.")
    generations.drop_others(active, generation)
    return generation
