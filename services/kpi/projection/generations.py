"""Which generation is live: one pointer document, moved by one write."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from pymongo import ReturnDocument
from pymongo.database import Database
from pymongo.write_concern import WriteConcern

from services.eventkit.errors import Refused
from services.kpi.domain.rules import RuleSet
from services.kpi.projection.bulk.spool import Spool

Document = dict[str, Any]

#: What a generation consists of.
PARTS = ("partitions", "cards", "cells", "parked")
#: What the name of a generation begins with that holds a moment of the past.
SNAPSHOT = "past-"
#: And one under other rules, to look at and then to drop.
WHAT_IF = "what-if-"


class Live(NamedTuple):
    """`partitions`: into how many it is divided; None when an earlier release made it, which did not say."""

    generation: str
    rules: str
    partitions: int | None = None


class OtherRules(RuntimeError):
    """The live generation is of other rules, or of another number of partitions, than asked for."""


class Generations:
    def __init__(self, database: Database[Document]) -> None:
        self._database = database
        self._pointer = database.get_collection("pointer", write_concern=WriteConcern(w="majority", j=True))

    def live(self) -> Live | None:
        """What the pointer names; None before the first start."""
        found = self._pointer.find_one({"_id": "active"})
        return None if found is None else _live(found)

    def divided(self, live: Live) -> int | None:
        """Into how many partitions it is; None when nothing of it is stored yet."""
        if live.partitions is not None:
            return live.partitions
        stored = self._database["partitions"].distinct("partition", {"generation": live.generation})
        return len(stored) or None

    def say(self, live: Live, partitions: int) -> None:
        """Write down into how many partitions it is, where an earlier release has not."""
        if live.partitions is None:
            mine = {"_id": "active", "generation": live.generation, "partitions": None}
            self._pointer.update_one(mine, {"$set": {"partitions": partitions}})

    def active(self, rules: RuleSet, partitions: int | None = None) -> str:
        """The live generation; the first start makes generation 1. Raises `OtherRules`."""
        live = self.live()
        if live is None:
            found = self._pointer.find_one_and_update(
                {"_id": "active"},
                {"$setOnInsert": {"generation": "1", "rules": rules.key, "partitions": partitions}},
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
            if found is None:
                raise AssertionError("an upsert returns its document")
            live = _live(found)
        if live.rules != rules.key:
            raise OtherRules(f"generation {live.generation} is of {live.rules!r}, not {rules.key!r}")
        if partitions is not None and live.partitions not in (None, partitions):
            raise OtherRules(
                f"generation {live.generation} is in {live.partitions} partitions, not {partitions}"
            )
        return live.generation

    def redrive_asked(self, generation: str) -> bool:
        """Whether an operator asked for a parked subject of this generation to be tried again."""
        asked = {"generation": generation, "redrive_requested": {"$ne": None}}
        return self._database["parked"].find_one(asked, {"_id": 1}) is not None

    def next(self, active: str) -> str:
        """A generation that holds nothing yet, to be built beside the active one. One that another build
        writes into, left half done, or called off is not taken."""
        begun = self._database["partitions"].distinct("generation")
        dropped = (self._pointer.find_one({"_id": "active"}) or {}).get("dropped", 0)
        return str(max(int(active), dropped, *(int(g) for g in begun if str(g).isdecimal())) + 1)

    def switch(self, active: str, to: str, rules: RuleSet, partitions: int | None = None) -> bool:
        """Make `to` the live one, if `active` still is and `to` was not dropped meanwhile."""
        result = self._pointer.update_one(
            {"_id": "active", "generation": active, "dropped": {"$not": {"$gte": int(to)}}},
            {"$set": {"generation": to, "rules": rules.key, "partitions": partitions}},
        )
        return result.matched_count == 1

    def drop(self, generation: str) -> None:
        """Drop all data of one that is not live; again, it does what is left. The live one is `Refused`.

        The pointer says first that it can not become live any more: a builder that wakes up late could
        otherwise switch to it while it goes.
        """
        if generation.isdecimal():
            not_live = {"_id": "active", "generation": {"$ne": generation}}
            marked = self._pointer.update_one(not_live, {"$max": {"dropped": int(generation)}})
            if not marked.matched_count and self.live() is not None:
                raise Refused(f"Generation {generation} is live. Switch to another, then drop it.")
        for name in PARTS:
            self._database[name].delete_many({"_id": {"$gte": f"{generation}|", "$lt": f"{generation}}}"}})
        Spool(self._database, generation).drop()

    def drop_others(self, *kept: str) -> None:
        """Drop the data of every other generation; a build under way there ends as overtaken. Those of past
        moments and of other rules are not touched: whoever made them drops them."""
        others = {"$nin": list(kept), "$not": re.compile(f"^({SNAPSHOT}|{WHAT_IF})")}
        for name in PARTS:
            self._database[name].delete_many({"generation": others})


def _live(found: Document) -> Live:
    return Live(str(found["generation"]), str(found.get("rules", "")), found.get("partitions"))
