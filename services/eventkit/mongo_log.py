"""The event log on MongoDB: one document a commit, positions without gaps, group commit.

Concurrent appends of one process are coalesced: whoever finds no leader becomes it, takes all that waits, and
writes it with one ordered `insert_many`. The unique indexes decide every race: `_id` (position),
(stream, version), command_id, claims. Positions are only computed from a position that is visible.
"""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from bson.binary import Binary
from pymongo import ASCENDING, ReadPreference
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import BulkWriteError, ConnectionFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from services.eventkit.commits import GENESIS, Commit, NewCommit, decode_body, seal
from services.eventkit.crash import crash_point
from services.eventkit.errors import SxshError, Unavailable
from services.eventkit.log import StoredCommit, already_taken, check_new, same_request, version_conflict
from services.eventkit.telemetry import metrics

#: Commits written by one `insert_many` at most.
GROUP = 1000
#: Rounds lost to other processes before giving up with `Unavailable`.
ROUNDS = 60
DUPLICATE_KEY = 11000

Document = dict[str, Any]


class _Pending:
    """One append on its way: `done` is set when `result` stands."""

    __slots__ = ("done", "new", "result", "tried")

    def __init__(self, new: NewCommit) -> None:
        self.new = new
        self.done = threading.Event()
        self.result: StoredCommit | SxshError | None = None
        self.tried = False

    def settle(self, result: StoredCommit | SxshError) -> None:
        self.result = result
        self.done.set()


class MongoLog:
    """`database` must be of a replica set: reads and writes are majority, writes are journalled."""

    def __init__(
        self,
        database: Database[Document],
        source: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.source = source
        self._clock = clock
        durable = WriteConcern(w="majority", j=True, wtimeout=10_000)
        self._writes: Collection[Document] = database.get_collection(
            "log",
            write_concern=durable,
            read_concern=ReadConcern("local"),
            read_preference=ReadPreference.PRIMARY,
        )
        self._reads: Collection[Document] = database.get_collection(
            "log", read_concern=ReadConcern("majority"), read_preference=ReadPreference.PRIMARY
        )
        self._waiting: deque[_Pending] = deque()
        self._leader = threading.Lock()
        self._tip: tuple[int, str] | None = None

    def prepare(self) -> None:
        """Create the indexes that decide the races. Idempotent; call once at start."""
        self._writes.create_index([("stream", ASCENDING), ("version", ASCENDING)], unique=True, name="stream")
        self._writes.create_index("command_id", unique=True, name="command")
        self._writes.create_index(
            "claims", unique=True, name="claims", partialFilterExpression={"claims": {"$exists": True}}
        )
        self._writes.create_index([("subjects", ASCENDING), ("_id", ASCENDING)], name="subjects")

    def append(self, new: NewCommit) -> StoredCommit:
        result = self.append_many([new])[0]
        if isinstance(result, SxshError):
            raise result
        return result

    def append_many(self, commits: Sequence[NewCommit]) -> list[StoredCommit | SxshError]:
        for commit in commits:
            check_new(commit)
        batch = [_Pending(commit) for commit in commits]
        self._waiting.extend(batch)
        for pending in batch:
            self._wait(pending)
        return [pending.result for pending in batch if pending.result is not None]

    def _wait(self, pending: _Pending) -> None:
        """Until settled: lead a group when nobody does, else wait for the leader."""
        while not pending.done.is_set():
            if self._leader.acquire(timeout=0.05):
                try:
                    if not pending.done.is_set():
                        self._lead()
                finally:
                    self._leader.release()
            else:
                pending.done.wait(0.001)

    def _lead(self) -> None:
        group: list[_Pending] = []
        while self._waiting and len(group) < GROUP:
            group.append(self._waiting.popleft())
        taken = group
        metrics.log_group_size.labels(self.source).observe(len(group))
        try:
            while group:
                group = self._write_ready(group)
        except Exception as error:
            failure = (
                Unavailable("The event log does not answer. Repeat with the same Idempotency-Key.")
                if isinstance(error, PyMongoError)
                else None
            )
            for pending in taken:
                if not pending.done.is_set():
                    pending.settle(failure or SxshError("The event log failed unexpectedly."))
            if failure is None:
                raise

    def _write_ready(self, group: list[_Pending]) -> list[_Pending]:
        """Write those that follow what is stored; the rest, which waits for others of the group.

        One that follows nothing, stored or waiting, is a conflict: a stream's versions have no gap.
        """
        follows = {(p.new.stream, p.new.version - 1) for p in group if p.new.version > 1}
        stored = self._ends(follows)
        ready, later = [], []
        ends = {(p.new.stream, p.new.version + len(p.new.events) - 1) for p in group}
        for pending in group:
            before = (pending.new.stream, pending.new.version - 1)
            if pending.new.version == 1 or before in stored:
                ready.append(pending)
            elif before in ends:
                later.append(pending)
            else:
                self._settle_by_command(pending)
        if not ready:
            for pending in later:
                self._settle_by_command(pending)
            return []
        self._write(ready)
        return later

    def _ends(self, wanted: set[tuple[str, int]]) -> set[tuple[str, int]]:
        """Those of the (stream, last version) pairs that are stored."""
        if not wanted:
            return set()
        clauses = [{"stream": stream, "version": {"$lte": last}, "last": last} for stream, last in wanted]
        found = self._writes.find({"$or": clauses}, {"_id": 0, "stream": 1, "last": 1})
        return {(document["stream"], document["last"]) for document in found}

    def _settle_by_command(self, pending: _Pending) -> None:
        """A repeat of a stored command gets its result; anything else that does not fit is a conflict."""
        repeated = self.by_command(pending.new.command_id, local=True)
        try:
            if repeated is None:
                raise version_conflict(pending.new)
            pending.settle(same_request(repeated, pending.new.fingerprint))
        except SxshError as error:
            pending.settle(error)

    def _write(self, group: list[_Pending]) -> None:
        """Settle every pending of the group, in order, whatever races are lost on the way."""
        lost = 0
        while group:
            sealed = self._seal(group)
            try:
                crash_point("log.before_insert")
                self._writes.insert_many([self._document(*s) for s in sealed], ordered=True)
                crash_point("log.after_insert")
                written, error = len(sealed), None
            except BulkWriteError as bulk:
                written, error = self._written(bulk, sealed)
            except ConnectionFailure:
                written, error = 0, None
                self._tip = None
                group = self._after_doubt(group)
                lost += 1
                if lost > 2 and group:
                    raise
                continue
            for pending, stored in zip(group, sealed[:written], strict=False):
                pending.settle(stored)
            if written:
                self._tip = (sealed[written - 1].commit.position, sealed[written - 1].hash)
            group = group[written:]
            if error is not None and not self._resolve(error, group):
                lost += 1
                metrics.log_contention.labels(self.source).inc()
                if lost > ROUNDS:
                    raise ConnectionFailure("too many writers")
                time.sleep(random.uniform(0, min(0.05, 0.001 * 2 ** min(lost, 6))))  # noqa: S311
            group = [pending for pending in group if not pending.done.is_set()]

    def _seal(self, group: list[_Pending]) -> list[StoredCommit]:
        position, prev = self._tip or self._read_tip()
        now = self._clock()
        sealed = []
        for pending in group:
            position += 1
            stored = StoredCommit(*seal(pending.new, position=position, prev=prev, recorded_at=now))
            prev = stored.hash
            sealed.append(stored)
        return sealed

    def _read_tip(self) -> tuple[int, str]:
        last = self._writes.find_one({}, {"hash": 1}, sort=[("_id", -1)])
        return (last["_id"], last["hash"]) if last else (0, GENESIS)

    @staticmethod
    def _document(commit: Commit, body: bytes, hash_: str) -> Document:
        document: Document = {
            "_id": commit.position,
            "hash": hash_,
            "body": Binary(body),
            "stream": commit.stream,
            "version": commit.version,
            "last": commit.last_version,
            "command_id": commit.command_id,
            "recorded_at": commit.recorded_at,
            "subjects": sorted({event.subject for event in commit.events}),
        }
        if commit.claims:
            document["claims"] = list(commit.claims)
        return document

    @staticmethod
    def _written(bulk: BulkWriteError, sealed: list[StoredCommit]) -> tuple[int, dict[str, Any] | None]:
        """(how many stand, the error that stopped the rest); a write-concern doubt is raised as such."""
        errors = bulk.details.get("writeErrors") or []
        if not errors:
            raise ConnectionFailure("written, but not confirmed by a majority") from bulk
        first = errors[0]
        if first.get("code") != DUPLICATE_KEY:
            raise bulk
        return int(first["index"]), first

    def _resolve(self, error: dict[str, Any], group: list[_Pending]) -> bool:
        """Settle the head of the group by the index it hit. False: the position was taken, try again."""
        head, key = group[0], error.get("keyPattern", {})
        if "_id" in key:
            self._tip = None
            return False
        repeated = self.by_command(head.new.command_id, local=True)
        if repeated is None and "claims" in key:
            head.settle(already_taken(str(next(iter(error.get("keyValue", {}).values()), ""))))
        else:
            self._settle_by_command(head)
        return True

    def _after_doubt(self, group: list[_Pending]) -> list[_Pending]:
        """After an ambiguous network error: settle what turns out to be written, return the rest."""
        for pending in group:
            stored = self.by_command(pending.new.command_id)
            if stored is not None:
                pending.settle(stored)
        return [pending for pending in group if not pending.done.is_set()]

    def read(self, after: int = 0, limit: int = 1000) -> list[StoredCommit]:
        found = self._reads.find({"_id": {"$gt": after}}, {"body": 1, "hash": 1}, batch_size=limit)
        return [self._load(document) for document in found.sort("_id", 1).limit(limit)]

    def bodies(self, after: int = 0, limit: int = 1000) -> list[bytes]:
        """Like `read`, but only the canonical bytes, undecoded: for the feed."""
        found = self._reads.find({"_id": {"$gt": after}}, {"body": 1}, batch_size=limit)
        return [bytes(document["body"]) for document in found.sort("_id", 1).limit(limit)]

    def stream(self, stream: str, from_version: int = 1) -> Iterator[Commit]:
        query = {"stream": stream, "version": {"$gte": from_version}}
        for document in self._writes.find(query, {"body": 1}).sort("version", 1):
            yield decode_body(document["body"])

    def by_command(self, command_id: str, *, local: bool = False) -> StoredCommit | None:
        collection = self._writes if local else self._reads
        document = collection.find_one({"command_id": command_id}, {"body": 1, "hash": 1})
        return self._load(document) if document else None

    def head(self) -> int:
        last = self._reads.find_one({}, {"_id": 1}, sort=[("_id", -1)])
        return int(last["_id"]) if last else 0

    @staticmethod
    def _load(document: Document) -> StoredCommit:
        body = bytes(document["body"])
        return StoredCommit(decode_body(body), body, document["hash"])
