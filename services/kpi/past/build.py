"""Builds a generation up to given positions: a copy of the nearest earlier one, folded on from the feeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pymongo.database import Database
from pymongo.write_concern import WriteConcern

from services.eventkit.commits import Commit
from services.eventkit.errors import Unavailable
from services.kpi.domain.facts import SOURCES
from services.kpi.domain.rules import RuleSet
from services.kpi.past.register import Register, Snapshot, of_generation
from services.kpi.projection.catchup import Feed, catch_up
from services.kpi.projection.flushing import Flusher
from services.kpi.projection.partition import Partition
from services.kpi.projection.store import PartitionStore

Document = dict[str, Any]


class Stopped(Exception):
    """The build was called off, or became another's: what is there is not whole."""


class Bounded:
    """A feed as it was when its last position was `until`."""

    def __init__(self, feed: Feed, until: int) -> None:
        self._feed, self._until = feed, until

    def commits(self, after: int, limit: int = 1000, wait: float = 0.0) -> list[Commit]:
        limit = min(limit, self._until - after)
        return self._feed.commits(after, limit) if limit > 0 else []


def build(
    register: Register,
    snapshot: Snapshot,
    rules: RuleSet,
    feeds: Mapping[str, Feed],
    partitions: int,
    progress: Callable[[str, int], None] = lambda source, position: None,
    go_on: Callable[[], bool] = lambda: True,
) -> str:
    """The name of what it was begun from, "" for nothing. Whatever was there of it is deleted first.

    Raises `Stopped`, `Unavailable` (a feed does not answer, or no longer goes as far), or pymongo's.
    """
    register.clear(snapshot.name)
    base = register.nearest(snapshot)
    if base is not None:
        copy(register.database, base.name, snapshot.name)
        if not register.ready(base.name):
            register.clear(snapshot.name)
            base = None
    owned = {
        number: Partition(PartitionStore(register.database, snapshot.name, number), rules)
        for number in range(partitions)
    }
    flusher = Flusher()
    for source in SOURCES:
        until = snapshot.positions[source]

        def show(position: int, events: int, source: str = source) -> None:
            progress(source, position)

        bounded = Bounded(feeds[source], until)
        catch_up(source, bounded, owned, partitions, progress=show, go_on=go_on, flusher=flusher)
    flusher.flush(owned.values())
    if not go_on():
        raise Stopped(snapshot.name)
    for source in SOURCES:
        reached = min(partition.position.complete.get(source, 0) for partition in owned.values())
        if reached != (until := snapshot.positions[source]):
            raise Unavailable(f"The feed of {source} ends at {reached}, not at {until}. Verify that log.")
    return "" if base is None else base.name


def copy(database: Database[Document], base: str, name: str) -> None:
    """All of a generation under another name, within the server; the partitions last, as they say how far
    it is."""
    for part in ("cells", "cards", "parked", "partitions"):
        rest = {"$substrBytes": ["$_id", len(base.encode()), 4096]}
        pipeline: list[Document] = [
            {"$match": {"_id": of_generation(base)}},
            {"$set": {"_id": {"$concat": [name, rest]}, "generation": name}},
            {"$unset": "intent"},
            # A builder that was overtaken may still be copying: it must not write over what was folded on.
            {"$merge": {"into": part, "on": "_id", "whenMatched": "keepExisting"}},
        ]
        concern = WriteConcern(w="majority", wtimeout=600_000)
        database.get_collection(part, write_concern=concern).aggregate(pipeline)
