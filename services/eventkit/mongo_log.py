"""The event log on MongoDB: one document a commit, positions without gaps, group commit.

Concurrent appends of one process are written with one ordered `insert_many`. The unique indexes decide every
race: `_id` (position), (stream, version), command_id, claims. All reads are majority reads: nothing is built
on a commit that a change of the primary could take back, so neither positions nor versions can get a gap.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from bson.binary import Binary
from pymongo import ASCENDING, ReadPreference
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import BulkWriteError, ConnectionFailure, PyMongoError, WTimeoutError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from services.eventkit import tracing
from services.eventkit.commits import (
    EVENTS_PER_COMMIT,
    GENESIS,
    NEVER,
    Commit,
    NewCommit,
    decode_body,
    index_copies,
    seal,
)
from services.eventkit.crash import crash_point
from services.eventkit.errors import Busy, InvalidInput, SxshError, Unavailable
from services.eventkit.group_commit import GroupCommit, Pending, Room
from services.eventkit.log import StoredCommit, already_taken, check_new, same_request, version_conflict
from services.eventkit.telemetry import metrics

#: Commits written by one `insert_many` at most.
GROUP = 1000
#: Rounds lost to other processes before giving up with `Unavailable`.
ROUNDS = 60
#: Ambiguous network errors before giving up with `Unavailable`.
DOUBTS = 2
#: Streams whose last version is remembered.
REMEMBERED = 50_000
DUPLICATE_KEY = 11000

Document = dict[str, Any]
#: A stream and the version at which one of its commits ends.
End = tuple[str, int]


class Tip(NamedTuple):
    """The last commit: what the next one follows, also in time, whatever the clocks of its writers say."""

    position: int
    hash: str
    recorded_at: datetime


class MongoLog:
    """`database` must be of a replica set: reads and writes are majority, writes are journalled. `room` is
    what may wait to be written; more is told `Busy`."""

    def __init__(
        self,
        database: Database[Document],
        source: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        room: Room | None = None,
    ) -> None:
        self.source = source
        self._clock = clock
        self._commits: Collection[Document] = database.get_collection(
            "log",
            write_concern=WriteConcern(w="majority", j=True, wtimeout=10_000),
            read_concern=ReadConcern("majority"),
            read_preference=ReadPreference.PRIMARY,
        )
        self._group = GroupCommit(self._write, GROUP, room, metrics.log_waiting.labels(source).set)
        self._tip: Tip | None = None
        self._ends: dict[str, int] = {}

    def prepare(self) -> None:
        """Create the indexes that decide the races. Idempotent; call once at start."""
        create = self._commits.create_index
        create([("stream", ASCENDING), ("version", ASCENDING)], unique=True, name="stream")
        create("command_id", unique=True, name="command")
        create("claims", unique=True, name="claims", partialFilterExpression={"claims": {"$exists": True}})

    def append(self, new: NewCommit) -> StoredCommit:
        with tracing.span("log.append", new.traceparent, log=self.source):
            result = self.append_many([new])[0]
        if isinstance(result, SxshError):
            raise result
        return result

    def append_many(self, commits: Sequence[NewCommit]) -> list[StoredCommit | SxshError]:
        batch = [Pending(new) for new in commits]
        for pending in batch:
            try:
                check_new(pending.new)
            except InvalidInput as error:
                pending.settle(error)
        with metrics.log_append_seconds.labels(self.source).time():
            results = self._group.run(batch)
        metrics.log_refused.labels(self.source).inc(sum(isinstance(result, Busy) for result in results))
        return results

    def _write(self, group: list[Pending]) -> None:
        metrics.log_group_size.labels(self.source).observe(len(group))
        try:
            self._write_in_order(group)
        except PyMongoError as error:
            self._tip = None
            for pending in _unsettled(group):
                unsure = Unavailable("The event log does not answer. Repeat with the same Idempotency-Key.")
                unsure.__cause__ = error
                pending.settle(unsure)

    def _write_in_order(self, group: list[Pending]) -> None:
        """Settle every pending of the group, in order, whatever races are lost on the way."""
        lost = doubts = 0
        while group := self._admitted(_unsettled(group)):
            sealed = self._seal(group)
            if len(sealed) < len(group):
                continue
            try:
                written, duplicate = self._insert(sealed)
            except ConnectionFailure:
                doubts += 1
                if doubts > DOUBTS:
                    raise
                self._tip = None
                self._settle_written(group)
                continue
            for pending, stored in zip(group, sealed[:written], strict=False):
                self._remember(stored.commit)
                self._tip = Tip(stored.commit.position, stored.hash, stored.commit.recorded_at)
                pending.settle(stored)
            if duplicate is None:
                continue
            if "_id" not in duplicate["keyPattern"]:
                self._settle_duplicate(group[written], duplicate)
                continue
            self._tip = None
            lost += 1
            metrics.log_contention.labels(self.source).inc()
            if lost > ROUNDS:
                raise ConnectionFailure("too many writers")
            time.sleep(random.uniform(0, min(0.05, 0.001 * 2 ** min(lost, 6))))  # noqa: S311

    def _admitted(self, group: list[Pending]) -> list[Pending]:
        """Those that follow what is stored or what stands before them in the group.

        The others are settled here: the unique index sees a version taken twice, but not one left out.
        """
        follow, strays = self._following(group, set())
        if strays:
            follow, strays = self._following(group, self._stored_ends(map(_before, strays)))
        for pending in strays:
            self._settle_misfit(pending)
        return follow

    def _following(self, group: list[Pending], ends: set[End]) -> tuple[list[Pending], list[Pending]]:
        """(what may be tried in this order, the rest). A command repeated within the group may: it will hit
        the index, or have its turn when the first was refused."""
        commands: set[str] = set()
        follow, strays = [], []
        for pending in group:
            stream, before = _before(pending)
            known = before == 0 or self._ends.get(stream) == before or (stream, before) in ends
            if known or pending.new.command_id in commands:
                follow.append(pending)
                commands.add(pending.new.command_id)
                ends.add((stream, before + len(pending.new.events)))
            else:
                strays.append(pending)
        return follow, strays

    def _stored_ends(self, wanted: Iterable[End]) -> set[End]:
        clauses = [
            {"stream": stream, "version": {"$gt": last - EVENTS_PER_COMMIT, "$lte": last}, "last": last}
            for stream, last in wanted
        ]
        found = self._commits.find({"$or": clauses}, {"_id": 0, "stream": 1, "last": 1})
        return {(document["stream"], document["last"]) for document in found}

    def _remember(self, commit: Commit) -> None:
        """An end that stands can not vanish, so it need not be looked up before it is built upon."""
        if len(self._ends) >= REMEMBERED:
            self._ends.clear()
        self._ends[commit.stream] = commit.last_version

    def _seal(self, group: list[Pending]) -> list[StoredCommit]:
        """The group in its place in the chain, but for what can not be encoded, which is settled here."""
        position, prev, last = self._tip or self._read_tip()
        now = max(self._clock(), last)
        sealed = []
        for pending in group:
            try:
                placed = StoredCommit(*seal(pending.new, position=position + 1, prev=prev, recorded_at=now))
            except InvalidInput as error:
                pending.settle(error)
                continue
            position, prev = position + 1, placed.hash
            sealed.append(placed)
        return sealed

    def _read_tip(self) -> Tip:
        last = self._commits.find_one({}, {"hash": 1, "body": 1}, sort=[("_id", -1)])
        if last is None:
            return Tip(0, GENESIS, NEVER)
        return Tip(last["_id"], last["hash"], decode_body(bytes(last["body"])).recorded_at)

    def _insert(self, sealed: list[StoredCommit]) -> tuple[int, Document | None]:
        """(how many of them stand, by a majority; the duplicate key that stopped the rest)."""
        try:
            crash_point("log.before_insert")
            try:
                self._commits.insert_many([self._document(stored) for stored in sealed], ordered=True)
            finally:
                crash_point("log.after_insert")
        except BulkWriteError as bulk:
            if bulk.details.get("writeConcernErrors"):
                raise WTimeoutError("written, but not confirmed by a majority in time") from bulk
            first: Document = bulk.details["writeErrors"][0]
            if first["code"] != DUPLICATE_KEY:
                raise
            return int(first["index"]), first
        return len(sealed), None

    @staticmethod
    def _document(stored: StoredCommit) -> Document:
        key = {"_id": stored.commit.position, "hash": stored.hash, "body": Binary(stored.body)}
        return key | index_copies(stored.commit)

    def _settle_duplicate(self, pending: Pending, duplicate: Document) -> None:
        """By the unique index it hit; the server has made sure that a majority holds what it hit."""
        if "claims" in duplicate["keyPattern"] and self.by_command(pending.new.command_id) is None:
            pending.settle(already_taken(str(next(iter(duplicate["keyValue"].values())))))
        else:
            self._settle_misfit(pending)

    def _settle_misfit(self, pending: Pending) -> None:
        """A repeat of a stored command gets its result; anything else that does not fit is a conflict."""
        repeated = self.by_command(pending.new.command_id)
        if repeated is None:
            metrics.log_conflicts.labels(self.source).inc()
            pending.settle(version_conflict(pending.new))
        else:
            _settle_repeat(pending, repeated)

    def _settle_written(self, group: list[Pending]) -> None:
        """After an ambiguous network error: settle what turns out to be written."""
        stored = self.by_commands([pending.new.command_id for pending in group])
        for pending in group:
            if pending.new.command_id in stored:
                _settle_repeat(pending, stored[pending.new.command_id])

    def read(self, after: int = 0, limit: int = 1000) -> list[StoredCommit]:
        found = self._commits.find({"_id": {"$gt": after}}, {"body": 1, "hash": 1}, batch_size=limit)
        return [self._load(document) for document in found.sort("_id", 1).limit(limit)]

    def bodies(self, after: int = 0, limit: int = 1000) -> list[bytes]:
        """Like `read`, but only the canonical bytes, undecoded: for the feed."""
        found = self._commits.find({"_id": {"$gt": after}}, {"body": 1}, batch_size=limit)
        return [bytes(document["body"]) for document in found.sort("_id", 1).limit(limit)]

    def at(self, positions: Iterable[int]) -> list[StoredCommit]:
        found = self._commits.find({"_id": {"$in": list(positions)}}, {"body": 1, "hash": 1})
        return [self._load(document) for document in found.sort("_id", 1)]

    def stream(self, stream: str, from_version: int = 1) -> Iterator[Commit]:
        query = {"stream": stream, "version": {"$gte": from_version}}
        commit = None
        for document in self._commits.find(query, {"body": 1}).sort("version", 1):
            commit = decode_body(document["body"])
            yield commit
        if commit is not None:
            self._remember(commit)

    def tail(self, stream: str, limit: int) -> list[StoredCommit]:
        found = (
            self._commits.find({"stream": stream}, {"body": 1, "hash": 1}).sort("version", -1).limit(limit)
        )
        commits = [self._load(document) for document in found][::-1]
        if commits:
            self._remember(commits[-1].commit)
        return commits

    def streams(self, streams: Iterable[str]) -> dict[str, list[Commit]]:
        query = {"stream": {"$in": list(streams)}}
        found: dict[str, list[Commit]] = {}
        for document in self._commits.find(query, {"body": 1}).sort([("stream", 1), ("version", 1)]):
            commit = decode_body(document["body"])
            found.setdefault(commit.stream, []).append(commit)
        for commits in found.values():
            self._remember(commits[-1])
        return found

    def by_command(self, command_id: str) -> StoredCommit | None:
        document = self._commits.find_one({"command_id": command_id}, {"body": 1, "hash": 1})
        return self._load(document) if document else None

    def by_commands(self, command_ids: Iterable[str]) -> dict[str, StoredCommit]:
        found = self._commits.find({"command_id": {"$in": list(command_ids)}}, {"body": 1, "hash": 1})
        return {one.commit.command_id: one for one in map(self._load, found)}

    def claimed(self, claims: Iterable[str]) -> dict[str, str]:
        wanted = set(claims)
        query = {"claims": {"$exists": True, "$in": list(wanted)}}
        found = self._commits.find(query, {"_id": 0, "claims": 1, "stream": 1})
        return {claim: each["stream"] for each in found for claim in each["claims"] if claim in wanted}

    def head(self) -> int:
        last = self._commits.find_one({}, {"_id": 1}, sort=[("_id", -1)])
        return int(last["_id"]) if last else 0

    @staticmethod
    def _load(document: Document) -> StoredCommit:
        body = bytes(document["body"])
        return StoredCommit(decode_body(body), body, document["hash"])


def _unsettled(group: list[Pending]) -> list[Pending]:
    return [pending for pending in group if pending.result is None]


def _before(pending: Pending) -> End:
    return pending.new.stream, pending.new.version - 1


def _settle_repeat(pending: Pending, stored: StoredCommit) -> None:
    try:
        pending.settle(same_request(stored, pending.new.fingerprint))
    except SxshError as reused:
        pending.settle(reused)
