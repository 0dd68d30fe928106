"""Who is the active relay of a log: one document, the database's clock, a fencing token, a checkpoint.

There is one for each number of partitions. The first relay of another number goes on where the one before
was, and says so in each partition: what readers lack up to there they take from the feed.

The checkpoint (position, and the last sequence sent to each partition) only moves by compare-and-set under
the holder's token, and never backward. A relay that was stopped past its lease may still send records:
they are repeats, which consumers drop; it can not move the checkpoint.
"""

from __future__ import annotations

import contextlib
from typing import Any, NamedTuple

from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError
from pymongo.write_concern import WriteConcern

from services.eventkit.commits import EVENTS_PER_COMMIT


class LeaseLost(Exception):
    """Another relay holds the lease now."""


class Held(NamedTuple):
    token: int
    position: int
    #: partition -> sequence of the last event sent to it
    sent: dict[int, int]


class Lease:
    def __init__(
        self, database: Database[dict[str, Any]], owner: str, *, partitions: int, seconds: float = 5.0
    ) -> None:
        self._owner = owner
        self._id = f"relay/{partitions}"
        self._partitions = partitions
        self._milliseconds = int(seconds * 1000)
        self._leases: Collection[dict[str, Any]] = database.get_collection(
            "relay", write_concern=WriteConcern(w="majority", j=True, wtimeout=10_000)
        )

    def acquire(self) -> Held | None:
        """Take the lease if it is free or past its time; None while another holds it."""
        if self._leases.find_one({"_id": self._id}, {"_id": 1}) is None:
            with contextlib.suppress(DuplicateKeyError):
                free = {"owner": "", "token": 0, "until": None}
                self._leases.insert_one({"_id": self._id, **free, **self._begin()})
        ended = {"$expr": {"$or": [{"$eq": ["$until", None]}, {"$lt": ["$until", "$$NOW"]}]}}
        taken = self._leases.find_one_and_update(
            {"_id": self._id, **ended},
            [{"$set": {"owner": self._owner, "token": {"$add": ["$token", 1]}, "until": self._until()}}],
            return_document=ReturnDocument.AFTER,
        )
        if taken is None:
            return None
        sent = {int(partition): sequence for partition, sequence in taken["sent"].items()}
        return Held(taken["token"], taken["position"], sent)

    def _begin(self) -> dict[str, Any]:
        """Where publishing to so many partitions begins: at the beginning, or where another number stands."""
        others = self._leases.find({}, {"position": 1}).sort("position", -1).limit(1)
        position = next((int(other["position"]) for other in others), 0)
        last = (position + 1) * EVENTS_PER_COMMIT - 1
        sent = {str(number): last for number in range(self._partitions)} if position else {}
        return {"position": position, "sent": sent}

    def advance(self, token: int, position: int, sent: dict[int, int]) -> None:
        """Move the checkpoint and renew the lease. Raises `LeaseLost` when the token is not the holder's."""
        marks = {str(partition): sequence for partition, sequence in sent.items()}
        result = self._leases.update_one(
            {"_id": self._id, "token": token, "position": {"$lte": position}},
            [{"$set": {"position": position, "sent": {"$literal": marks}, "until": self._until()}}],
        )
        if result.matched_count == 0:
            raise LeaseLost(f"{self._owner} was replaced as relay of {self._id}")

    def release(self, token: int) -> None:
        self._leases.update_one({"_id": self._id, "token": token}, {"$set": {"until": None}})

    def _until(self) -> dict[str, Any]:
        return {"$add": ["$$NOW", self._milliseconds]}
