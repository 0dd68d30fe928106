"""Durable appends of eight threads, against raw majority and journalled `insert_one` of like documents."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from bson.binary import Binary
from msgspec import structs
from pymongo.database import Database
from pymongo.write_concern import WriteConcern

from bench.province import Province
from bench.results import Row, interleaved
from bench.world import Document, World
from services.eventkit.commits import GENESIS, NewCommit, seal
from services.eventkit.ids import new_id
from services.eventkit.mongo_log import MongoLog

THREADS = 8


def measure(world: World) -> Row:
    seconds = 1.0 if world.quick else 2.5
    rounds = 3 if world.quick else 5
    writers = Writers(world.new_database())
    samples, floors = interleaved(
        "append", rounds, lambda: writers.append(THREADS, seconds), lambda: writers.insert(THREADS, seconds)
    )
    row = Row("append", f"append, {THREADS} threads, durable", "commits/s", samples, RAW, floors)
    return row.hold_ratio(1.0)


#: What CI asks.
ratios = measure

RAW = "raw insert_one, majority, journalled"


class Writers:
    """Of one log, and of a collection `raw` beside it; both may be filled already."""

    def __init__(self, database: Database[Document]) -> None:
        self._log = MongoLog(database, "registry")
        self._log.prepare()
        self._raw = database.get_collection("raw", write_concern=WriteConcern(w="majority", j=True))
        self._supply = _Supply()
        self._at = itertools.count(self._raw.count_documents({}) + 1)

    def append(self, threads: int, seconds: float) -> float:
        """Commits a second of so many threads."""
        return _rate(lambda: self._log.append(self._supply.next()), threads, seconds)

    def insert(self, threads: int, seconds: float) -> float:
        return _rate(self._insert, threads, seconds)

    def _insert(self) -> None:
        new = self._supply.next()
        commit, body, hash_ = seal(new, position=next(self._at), prev=GENESIS, recorded_at=datetime.now(UTC))
        self._raw.insert_one(
            {
                "_id": commit.position,
                "hash": hash_,
                "body": Binary(body),
                "stream": commit.stream,
                "version": commit.version,
                "command_id": commit.command_id,
                "recorded_at": commit.recorded_at,
                "subjects": [event.subject for event in commit.events],
            }
        )


class _Supply:
    """Commits that differ in ids alone: making one costs little, and both sides pay it."""

    def __init__(self) -> None:
        _, self._model = Province(1).registration(new_id())

    def next(self) -> NewCommit:
        return structs.replace(self._model, stream=f"facility:{new_id()}", command_id=new_id())


def _rate(work: Callable[[], object], threads: int, seconds: float) -> float:
    counts = [0] * threads
    end = time.monotonic() + seconds

    def run(number: int) -> None:
        while time.monotonic() < end:
            work()
            counts[number] += 1

    started = time.monotonic()
    running = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return sum(counts) / (time.monotonic() - started)
