"""Durable appends of eight threads, against raw majority and journalled `insert_one` of like documents."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from bson.binary import Binary
from msgspec import structs
from pymongo.write_concern import WriteConcern

from bench.province import Province
from bench.results import Row, interleaved
from bench.world import World
from services.eventkit.commits import NewCommit, seal
from services.eventkit.ids import new_id
from services.eventkit.mongo_log import MongoLog

THREADS = 8


def measure(world: World) -> Row:
    seconds = 1.0 if world.quick else 2.5
    rounds = 3 if world.quick else 5
    database = world.new_database()
    log = MongoLog(database, "registry")
    log.prepare()
    raw = database.get_collection("raw", write_concern=WriteConcern(w="majority", j=True))
    supply = _Supply()
    at = itertools.count(1)

    def append() -> None:
        log.append(supply.next())

    def insert() -> None:
        new = supply.next()
        commit, body, hash_ = seal(new, position=next(at), prev="0" * 64, recorded_at=datetime.now(UTC))
        raw.insert_one(
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

    samples, floors = interleaved(rounds, lambda: _rate(append, seconds), lambda: _rate(insert, seconds))
    row = Row("append", "append, 8 threads, durable", "commits/s", samples, "raw insert_one", floors)
    return row.hold_ratio(1.0)


class _Supply:
    """Commits that differ in ids alone: making one costs little, and both sides pay it."""

    def __init__(self) -> None:
        _, self._model = Province(1).registration(new_id())

    def next(self) -> NewCommit:
        return structs.replace(self._model, stream=f"facility:{new_id()}", command_id=new_id())


def _rate(work: Callable[[], None], seconds: float) -> float:
    counts = [0] * THREADS
    end = time.monotonic() + seconds

    def run(number: int) -> None:
        while time.monotonic() < end:
            work()
            counts[number] += 1

    started = time.monotonic()
    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.monotonic() - started)
