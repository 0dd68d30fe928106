"""The register of past generations: who wants one, who builds it, which are ready, which was used last.

One document a generation in MongoDB, so that any number of readers and builders share them. Its name says
all that it depends on (positions and rules), so two who want the same get the same. Only builders drop
them. A reader that has read its data asks afterwards whether it was still ready: then nothing of it was gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple

from pymongo import ReturnDocument
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from services.kpi.domain.facts import SOURCES
from services.kpi.projection.bulk.spool import Spool
from services.kpi.projection.generations import PARTS, SNAPSHOT

Document = dict[str, Any]
Positions = dict[str, int]
State = Literal["wanted", "building", "ready", "failed", "dropping"]

#: Past generations kept at most, seconds without a word after which a build is another's to begin anew, and
#: seconds for which one that failed is not tried again.
KEPT, SILENT, FAILED = 8, 30, 10
#: Seconds after which one that was asked for and never built (of other rules, or failed) is forgotten.
FORGOTTEN = 3600


class Snapshot(NamedTuple):
    """`done` is how far each log has been folded, `step` how much of which stage is done (of how much, if
    that is known); `base` what it was begun from, "" for nothing."""

    name: str
    rules: str
    positions: Positions
    state: State
    done: Positions
    base: str = ""
    error: str = ""
    step: tuple[str, int, int | None] | None = None


def name_of(positions: Mapping[str, int], rules: str) -> str:
    return f"{SNAPSHOT}{'-'.join(str(positions.get(source, 0)) for source in SOURCES)}-{rules}"


class Register:
    def __init__(self, database: Database[Document]) -> None:
        self.database = database
        self._snapshots = database.get_collection(
            "snapshots",
            write_concern=WriteConcern(w="majority", wtimeout=10_000),
            read_concern=ReadConcern("majority"),
        )

    def want(self, positions: Mapping[str, int], rules: str) -> Snapshot:
        """How it stands with a generation, which is asked for if nobody did, and counts as used now."""
        now, name = datetime.now(UTC), name_of(positions, rules)
        retry = {"_id": name, "state": "failed", "at": {"$lt": now - timedelta(seconds=FAILED)}}
        self._snapshots.update_one(retry, {"$set": {"state": "wanted", "error": ""}})
        new = {"rules": rules, "positions": dict(positions), "state": "wanted", "done": {}, "since": now}
        try:
            found = self._snapshots.find_one_and_update(
                {"_id": name},
                {"$set": {"used_at": now}, "$setOnInsert": {**new, "at": now}},
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        except DuplicateKeyError:
            return self.want(positions, rules)
        if found is None:
            raise AssertionError("an upsert returns its document")
        return _snapshot(found)

    def find(self, name: str) -> Snapshot | None:
        found = self._snapshots.find_one({"_id": name})
        return None if found is None else _snapshot(found)

    def all(self) -> list[Snapshot]:
        """The last used first."""
        return [_snapshot(found) for found in self._snapshots.find().sort("used_at", -1)]

    def ready(self, name: str) -> bool:
        return self._snapshots.find_one({"_id": name, "state": "ready"}, {"_id": 1}) is not None

    def claim(self, owner: str, rules: str) -> Snapshot | None:
        """The one that waits longest becomes the builder's; also one that it left half done, or whose
        builder has fallen silent."""
        now = datetime.now(UTC)
        silent = {"state": "building", "at": {"$lt": now - timedelta(seconds=SILENT)}}
        found = self._snapshots.find_one_and_update(
            {"rules": rules, "$or": [{"state": "wanted"}, {"state": "building", "owner": owner}, silent]},
            {"$set": {"state": "building", "owner": owner, "at": now, "done": {}, "base": "", "step": None}},
            sort=[("since", 1)],
            return_document=ReturnDocument.AFTER,
        )
        return None if found is None else _snapshot(found)

    def nearest(self, wanted: Snapshot) -> Snapshot | None:
        """The ready one that holds most of it and nothing else. It counts as used now."""
        bounds = {f"positions.{source}": {"$lte": wanted.positions[source]} for source in SOURCES}
        query = {"state": "ready", "rules": wanted.rules, **bounds}
        found = [_snapshot(one) for one in self._snapshots.find(query)]
        if not found:
            return None
        best = max(found, key=lambda one: sum(one.positions.values()))
        self._snapshots.update_one({"_id": best.name}, {"$set": {"used_at": datetime.now(UTC)}})
        return best

    def tell(self, owner: str, name: str, **told: Any) -> bool:
        """Sign of life of a builder, with what is to be said; False when it is no longer the builder's."""
        mine = {"_id": name, "owner": owner, "state": "building"}
        return (
            self._snapshots.update_one(mine, {"$set": {**told, "at": datetime.now(UTC)}}).matched_count == 1
        )

    def surplus(self, rules: str) -> list[str]:
        """Those beyond the number kept, longest unused first, and those of other rules."""
        found = list(self._snapshots.find({"state": "ready"}, {"rules": 1}).sort("used_at", 1))
        other = [one["_id"] for one in found if one["rules"] != rules]
        own = [one["_id"] for one in found if one["rules"] == rules]
        return other + own[: max(len(own) - KEPT, 0)]

    def unfinished(self) -> list[str]:
        """Those whose dropping was cut off."""
        return [one["_id"] for one in self._snapshots.find({"state": "dropping"}, {"_id": 1})]

    def drop(self, name: str) -> None:
        """First it is ready no more, then its data go. Again, it does what is left."""
        self._snapshots.update_one({"_id": name, "state": "ready"}, {"$set": {"state": "dropping"}})
        if self._snapshots.find_one({"_id": name, "state": "dropping"}, {"_id": 1}) is not None:
            self.clear(name)
            self._snapshots.delete_one({"_id": name, "state": "dropping"})

    def forget(self) -> None:
        """Those that nobody has asked for lately, and that nobody built: no data are stored of them."""
        lately = datetime.now(UTC) - timedelta(seconds=FORGOTTEN)
        self._snapshots.delete_many({"state": {"$in": ["wanted", "failed"]}, "used_at": {"$lt": lately}})

    def clear(self, name: str) -> None:
        """Delete the data of a generation that nobody reads."""
        for part in PARTS:
            self.database[part].delete_many({"_id": of_generation(name)})
        Spool(self.database, name).drop()


def of_generation(name: str) -> Document:
    """The ids of all documents of a generation: an index range, where `generation` has no index."""
    return {"$gte": f"{name}|", "$lt": f"{name}}}"}


def _snapshot(found: Document) -> Snapshot:
    def of(field: str) -> Positions:
        return {source: int(found[field].get(source, 0)) for source in SOURCES}

    return Snapshot(
        found["_id"],
        found["rules"],
        of("positions"),
        found["state"],
        of("done"),
        found.get("base", ""),
        found.get("error", ""),
        tuple(found["step"]) if found.get("step") else None,
    )
