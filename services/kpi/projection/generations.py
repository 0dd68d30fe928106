"""Which generation is live: one pointer document, moved by one write."""

from __future__ import annotations

from typing import Any

from pymongo import ReturnDocument
from pymongo.database import Database
from pymongo.write_concern import WriteConcern

from services.kpi.domain.rules import RuleSet

Document = dict[str, Any]


class Generations:
    def __init__(self, database: Database[Document]) -> None:
        self._database = database
        self._pointer = database.get_collection("pointer", write_concern=WriteConcern(w="majority", j=True))

    def active(self, rules: RuleSet) -> str:
        """The live generation; the first start makes generation 1 under these rules."""
        found = self._pointer.find_one({"_id": "active"})
        if found is not None:
            return str(found["generation"])
        found = self._pointer.find_one_and_update(
            {"_id": "active"},
            {"$setOnInsert": {"generation": "1", "rules": rules.key}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        if found is None:
            raise AssertionError("an upsert returns its document")
        return str(found["generation"])

    def redrive_asked(self, generation: str) -> bool:
        """Whether an operator asked for a parked subject of this generation to be tried again."""
        asked = {"generation": generation, "redrive_requested": {"$ne": None}}
        return self._database["parked"].find_one(asked, {"_id": 1}) is not None

    def next(self, active: str) -> str:
        """A generation with no data in it, to be built beside the active one."""
        generation = str(int(active) + 1)
        self.drop(generation)
        return generation

    def switch(self, active: str, to: str, rules: RuleSet) -> bool:
        """Make `to` the live one, if `active` still is."""
        result = self._pointer.update_one(
            {"_id": "active", "generation": active}, {"$set": {"generation": to, "rules": rules.key}}
        )
        return result.matched_count == 1

    def drop(self, generation: str) -> None:
        for name in ("partitions", "cards", "cells", "parked"):
            self._database[name].delete_many({"generation": generation})
