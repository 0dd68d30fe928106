"""Who is the active relay of a log: one document, the database's clock, a fencing token, a checkpoint.

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
        self._milliseconds = int(seconds * 1000)
        self._leases: Collection[dict[str, Any]] = database.get_collection(
            "relay", write_concern=WriteConcern(w="majority", j=True, wtimeout=10_000)
        )

    def acquire(self) -> Held | None:
        """Take the lease if it is free or past its time; None while another holds it."""
        with contextlib.suppress(DuplicateKeyError):
            self._leases.insert_one(
                {"_id": self._id, "owner": "", "token": 0, "position": 0, "sent": {}, "until": None}
            )
        free = {"$expr": {"$or": [{"$eq": ["$until", None]}, {"$lt": ["$until", "$$NOW"]}]}}
        taken = self._leases.find_one_and_update(
            {"_id": self._id, **free},
            [{"$set": {"owner": self._owner, "token": {"$add": ["$token", 1]}, "until": self._until()}}],
            return_document=ReturnDocument.AFTER,
        )
        if taken is None:
            return None
        sent = {int(partition): sequence for partition, sequence in taken["sent"].items()}
        return Held(taken["token"], taken["position"], sent)

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
