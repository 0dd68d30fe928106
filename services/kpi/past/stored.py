"""What is stored of past generations, found and deleted by the names that their documents' ids begin with."""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

from services.kpi.projection.bulk.spool import PREFIX, Spool
from services.kpi.projection.generations import PARTS, SNAPSHOT

Document = dict[str, Any]

#: Follows all that begins with `SNAPSHOT`.
_END = f"{SNAPSHOT[:-1]}{chr(ord(SNAPSHOT[-1]) + 1)}"


class Stored:
    def __init__(self, database: Database[Document]) -> None:
        self._database = database

    def generations(self) -> set[str]:
        """Of which anything is there. One look at the index for each of them and each collection."""
        spools = self._database.list_collection_names(filter={"name": {"$regex": f"^{PREFIX}{SNAPSHOT}"}})
        found = {name.removeprefix(PREFIX) for name in spools}
        for part in PARTS:
            found |= self._in(part)
        return found

    def _in(self, part: str) -> set[str]:
        found, after = set[str](), SNAPSHOT
        while True:
            query = {"_id": {"$gte": after, "$lt": _END}}
            first = self._database[part].find_one(query, {"_id": 1}, sort=[("_id", 1)])
            if first is None:
                return found
            generation = first["_id"].partition("|")[0]
            found.add(generation)
            after = f"{generation}}}"

    def delete(self, generation: str) -> None:
        for part in PARTS:
            self._database[part].delete_many({"_id": of_generation(generation)})
        Spool(self._database, generation).drop()


def of_generation(name: str) -> Document:
    """The ids of all documents of a generation: an index range, where `generation` has no index."""
    return {"$gte": f"{name}|", "$lt": f"{name}}}"}
