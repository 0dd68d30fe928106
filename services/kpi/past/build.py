"""Makes a generation up to given positions: a copy of the nearest earlier one, filled on from the feeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pymongo.database import Database
from pymongo.write_concern import WriteConcern

from services.eventkit.errors import Unavailable
from services.kpi.domain.facts import SOURCES
from services.kpi.domain.rules import RuleSet
from services.kpi.past.register import Register, Snapshot
from services.kpi.past.stored import of_generation
from services.kpi.projection import building
from services.kpi.projection.building import Step, Stopped
from services.kpi.projection.catchup import Feed

Document = dict[str, Any]


def build(
    register: Register,
    snapshot: Snapshot,
    rules: RuleSet,
    feeds: Mapping[str, Feed],
    partitions: int,
    progress: Callable[[str, int], None] = lambda source, position: None,
    step: Callable[[Step], None] = lambda step: None,
    go_on: Callable[[], bool] = lambda: True,
) -> str:
    """Stores the generation of this attempt; the name of what it was begun from, "" for nothing.

    Raises `Stopped`, `Unavailable` (a feed does not answer, or no longer goes as far), or pymongo's.
    """
    database, name = register.database, snapshot.generation
    base = register.nearest(snapshot)
    if base is not None and len(database["partitions"].distinct("partition", _own(base))) != partitions:
        base = None
    if base is not None:
        copy(database, base.generation, name)
        if not register.ready(base):
            register.clear(snapshot)
            base = None

    until = snapshot.positions
    building.build(
        database,
        name,
        rules,
        feeds,
        partitions,
        until=until,
        progress=lambda source, position, events: progress(source, position),
        step=step,
        go_on=go_on,
    )
    if not go_on():
        raise Stopped(name)
    for source in SOURCES:
        reached = [
            each["complete"].get(source, 0) for each in database["partitions"].find({"generation": name})
        ]
        if min(reached, default=0) != until[source]:
            raise Unavailable(f"The feed of {source} ends before {until[source]}. Verify that log.")
    return "" if base is None else base.generation


def _own(snapshot: Snapshot) -> Document:
    return {"generation": snapshot.generation}


def copy(database: Database[Document], base: str, name: str) -> None:
    """All of a generation under another name, within the server; the partitions last, as they say how far
    it is."""
    for part in ("cells", "cards", "parked", "partitions"):
        rest = {"$substrBytes": ["$_id", len(base.encode()), 4096]}
        pipeline: list[Document] = [
            {"$match": {"_id": of_generation(base)}},
            {"$set": {"_id": {"$concat": [name, rest]}, "generation": name}},
            {"$unset": "intent"},
            {"$merge": {"into": part, "on": "_id", "whenMatched": "fail"}},
        ]
        concern = WriteConcern(w="majority", wtimeout=600_000)
        database.get_collection(part, write_concern=concern).aggregate(pipeline)
