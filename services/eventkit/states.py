"""States of long streams, kept beside the log, so that a decision need not read the whole of its stream.

Only ever a cache: what is kept may be dropped at any moment. A state is used while it is of the same shape
(its type, and the source of what folds it) and follows a commit that stands in the log at its place with the
same hash.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import structlog
from bson.binary import Binary
from pymongo.database import Database
from pymongo.errors import PyMongoError
from pymongo.write_concern import WriteConcern

from services.eventkit.decider import Decider
from services.eventkit.log import EventLog, StoredCommit

LOG = structlog.get_logger("states")

#: Commits that are read from the end of a stream: a shorter one is folded whole. And after how many more
#: another state is kept.
WINDOW, EVERY = 100, 50
#: Bytes of a state that is worth keeping; a document holds 16 MiB.
LARGEST = 8_000_000


class Kept(NamedTuple):
    """The state after the commit at `position` of the log, which ends at `version` of the stream."""

    state: Any
    version: int
    position: int
    hash: str


class States:
    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._states = database.get_collection("states", write_concern=WriteConcern(w=1))
        self._shapes: dict[str, str] = {}

    def before(
        self, log: EventLog, decider: Decider[Any, Any], stream: str, recent: Sequence[StoredCommit]
    ) -> Kept | None:
        """What may be built upon, of a stream whose last commits are `recent`; None when nothing fits."""
        found = self._states.find_one({"_id": stream, "shape": self._shape(decider)})
        if found is None:
            return None
        at = found["position"]
        standing = [stored for stored in recent if stored.commit.position == at] or log.at([at])
        if not standing or (standing[0].hash, standing[0].commit.stream) != (found["hash"], stream):
            return None
        follows = standing[0].commit
        try:
            state = msgspec.msgpack.decode(found["state"], type=decider.state)
        except msgspec.MsgspecError:
            return None
        return Kept(state, follows.last_version, follows.position, found["hash"])

    def keep(self, decider: Decider[Any, Any], stream: str, kept: Kept) -> None:
        """Where it can be read back just so. What hinders it hinders nobody."""
        data = msgspec.msgpack.encode(kept.state)
        if len(data) > LARGEST or msgspec.msgpack.decode(data, type=decider.state) != kept.state:
            LOG.warning("a state can not be kept", stream=stream, bytes=len(data))
            return
        of = {"shape": self._shape(decider), "position": kept.position, "hash": kept.hash}
        try:
            self._states.replace_one({"_id": stream}, {**of, "state": Binary(data)}, upsert=True)
        except PyMongoError as error:
            LOG.info("state not kept", stream=stream, error=repr(error))

    def _shape(self, decider: Decider[Any, Any]) -> str:
        if decider.category not in self._shapes:
            shape = msgspec.json.encode(msgspec.json.schema(decider.state), order="sorted")
            folding = inspect.getsource(inspect.getmodule(decider.evolve) or decider.evolve)
            self._shapes[decider.category] = hashlib.sha256(shape + folding.encode()).hexdigest()
        return self._shapes[decider.category]
