"""What each full block of a log holds, so that a search reads only those that may have what it looks for.

Block n is the commits at positions n * 256 + 1 … (n + 1) * 256. It is looked through once, when it is full,
and then stays as it is: 256 commits cost the database one small document. What is said here only follows the
log, and can be dropped; it may say that a block has what it has not (a digest of 8 bytes stands for an id),
never the other way about.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from typing import Any, NamedTuple

from pymongo import ASCENDING
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from services.eventkit.commits import Commit
from services.eventkit.events import EventRecord
from services.eventkit.log import EventLog, StoredCommit
from services.eventkit.replacing import DUPLICATE_KEY

#: Commits of a block, whose places in it are a byte each; and blocks read at once.
SIZE, PAGE = 256, 16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Document = dict[str, Any]


class Wanted(NamedTuple):
    """Events that are looked for. Bounds are within; None does not limit."""

    types: frozenset[str] = frozenset()
    subjects: frozenset[str] = frozenset()
    recorded_from: datetime | None = None
    recorded_until: datetime | None = None
    occurred_from: date | None = None
    occurred_until: date | None = None

    def of(self, commit: Commit) -> list[int]:
        """The indexes of the events of a commit that are looked for."""
        if not _within(commit.recorded_at, self.recorded_from, self.recorded_until):
            return []
        return [index for index, record in enumerate(commit.events) if self._is(record)]

    def _is(self, record: EventRecord) -> bool:
        return (
            (not self.types or record.type in self.types)
            and (not self.subjects or record.subject in self.subjects)
            and _within(record.occurred_on, self.occurred_from, self.occurred_until)
        )

    def query(self) -> Document:
        """Of the blocks that may have such events."""
        query: Document = {}
        if self.types:
            query["types"] = {"$in": sorted(self.types)}
        if self.subjects:
            query["subjects"] = {"$in": sorted(map(_digest, self.subjects))}
        if self.recorded_from is not None:
            query["recorded_last"] = {"$gte": _instant(self.recorded_from)}
        if self.recorded_until is not None:
            query["recorded_first"] = {"$lte": _instant(self.recorded_until)}
        if self.occurred_from is not None:
            query["occurred_last"] = {"$gte": self.occurred_from.toordinal()}
        if self.occurred_until is not None:
            query["occurred_first"] = {"$lte": self.occurred_until.toordinal()}
        return query


class Blocks:
    """Safe for several threads and processes: what two of them write is the same."""

    def __init__(self, log: EventLog, database: Database[Document]) -> None:
        self._log = log
        self._blocks = database["blocks"]

    def prepare(self) -> None:
        """Make the indexes; drop what was written before blocks had places. Idempotent."""
        if self._blocks.find_one({"places": {"$exists": False}}, {"_id": 1}) is not None:
            self._blocks.drop()
        self._blocks.create_index("ids")
        self._blocks.create_index([("subjects", ASCENDING), ("_id", ASCENDING)])
        self._blocks.create_index([("types", ASCENDING), ("_id", ASCENDING)])

    def count(self) -> int:
        last = self._blocks.find_one({}, {"_id": 1}, sort=[("_id", -1)])
        return 0 if last is None else int(last["_id"]) + 1

    def extend(self, most: int | None = None) -> int:
        """Look through what has become full, at most so many blocks; how many are done, by whomever."""
        done = self.count()
        end = None if most is None else done + most
        while end is None or done < end:
            wanted = min(PAGE if end is None else end - done, PAGE, self._log.head() // SIZE - done)
            if wanted <= 0:
                break
            commits = self._log.read(done * SIZE, wanted * SIZE)
            self._add(_block(done + n, commits[n * SIZE : (n + 1) * SIZE]) for n in range(wanted))
            done = self.count()
        return done

    def matching(self, wanted: Wanted, start: int, limit: int) -> list[int]:
        """The first blocks from `start` on that may have events wanted."""
        query = {"_id": {"$gte": start}, **wanted.query()}
        found = self._blocks.find(query, {"_id": 1}).sort("_id", ASCENDING).limit(limit)
        return [each["_id"] for each in found]

    def places(self, wanted: Wanted, after: int, until: int) -> tuple[list[int], int]:
        """Positions after `after` that may have events of the subjects wanted, and up to where these are all.

        A block's worth at most. `until` is within what was looked through.
        """
        digests = set(map(_digest, wanted.subjects))
        query = {"_id": {"$gte": after // SIZE, "$lte": (until - 1) // SIZE}, **wanted.query()}
        shown = {"subjects": 1, "places": 1}
        blocks = list(self._blocks.find(query, shown).sort("_id", ASCENDING).limit(PAGE))
        held = [
            block["_id"] * SIZE + 1 + offset
            for block in blocks
            for digest, offsets in zip(block["subjects"], block["places"], strict=True)
            if digest in digests
            for offset in offsets
        ]
        reached = until if len(blocks) < PAGE else min(until, (blocks[-1]["_id"] + 1) * SIZE)
        positions = sorted({position for position in held if after < position <= until})
        if len(positions) > SIZE:
            return positions[:SIZE], positions[SIZE - 1]
        return positions, reached

    def with_event(self, event_id: str) -> list[int]:
        """The blocks that may have the event of this id."""
        return [each["_id"] for each in self._blocks.find({"ids": _digest(event_id)}, {"_id": 1})]

    def _add(self, blocks: Iterator[Document]) -> None:
        """In order, so that there is never one without all before it."""
        try:
            self._blocks.insert_many(list(blocks), ordered=True)
        except BulkWriteError as error:
            failed = error.details["writeErrors"]
            if not failed or failed[0]["code"] != DUPLICATE_KEY:
                raise


def _block(number: int, commits: Sequence[StoredCommit]) -> Document:
    events = [record for stored in commits for record in stored.commit.events]
    recorded = [stored.commit.recorded_at for stored in commits]
    occurred = [record.occurred_on for record in events]
    places: dict[int, set[int]] = {}
    for offset, stored in enumerate(commits):
        for record in stored.commit.events:
            places.setdefault(_digest(record.subject), set()).add(offset)
    subjects = sorted(places)
    return {
        "_id": number,
        "ids": [_digest(record.id) for record in events],
        "subjects": subjects,
        "places": [bytes(sorted(places[subject])) for subject in subjects],
        "types": sorted({record.type for record in events}),
        "recorded_first": _instant(min(recorded)),
        "recorded_last": _instant(max(recorded)),
        "occurred_first": min(occurred).toordinal(),
        "occurred_last": max(occurred).toordinal(),
    }


def _digest(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), signed=True)


def _instant(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _within(value: Any, first: Any, last: Any) -> bool:
    return (first is None or value >= first) and (last is None or value <= last)
