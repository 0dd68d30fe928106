"""What the projector holds in memory with 100,000 facilities, measured in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from pymongo import MongoClient

from bench.consume import PARTITIONS, NothingMore, sealed
from bench.progress import tell
from bench.province import Province
from bench.results import Check, Row
from bench.world import World
from services.eventkit.cloudevents import encode_event, partition_of, topic_of
from services.kpi.collecting import seldom_collect
from services.kpi.domain.facts import SOURCES
from services.kpi.domain.rules import RuleSet
from services.kpi.projection.projector import Projector

#: Records handed over at once, as a consumer that is behind polls them.
BATCH = 5000


def large(facilities: int) -> Province:
    """Of a size at which one year is enough."""
    return Province(facilities, years=(2019,), assessed=0.08)


def measure(world: World) -> Row:
    facilities = 20_000 if world.quick else 100_000
    found = [projected(world, f"reads_{facilities}", facilities)]
    while len(found) < TIMES:
        database = world.new_database()
        found.append(_elsewhere(world, database.name, facilities))
        world.client.drop_database(database.name)
    peaks = [each.peak for each in found]
    row = Row("memory", f"memory of the projector, {facilities:,} facilities", "MiB, peak", peaks)
    row.checks.append(Check("MiB", peaks, 400, at_least=False))
    row.notes.append(f"before the first event {found[0].before:,.0f} MiB; cards stored {found[0].cards:,.0f}")
    return row


#: How often it is measured.
TIMES = 2


class Projected(NamedTuple):
    """MiB before the first event, MiB at the highest, cards stored."""

    before: float
    peak: float
    cards: float


def projected(world: World, name: str, facilities: int) -> Projected:
    """The projection of a province, filled into this database once by another process."""
    return world.once(name, lambda: _elsewhere(world, name, facilities))


def _elsewhere(world: World, name: str, facilities: int) -> Projected:
    tell(f"memory: a projector takes in {facilities:,} facilities")
    argv = [sys.executable, "-m", "bench.memory", world.mongo.uri, name, str(facilities)]
    return Projected(*map(float, subprocess.check_output(argv, text=True).split()))


def _peak() -> float:
    """MiB. Not `ru_maxrss`: that starts at what the process held that started this one."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def _project(uri: str, name: str, facilities: int) -> None:
    seldom_collect()
    client: MongoClient[dict[str, object]] = MongoClient(uri)
    database = client[name]
    projector = Projector(database, RuleSet.load(), {s: NothingMore() for s in SOURCES}, PARTITIONS)
    projector.assign(range(PARTITIONS))
    before = _peak()
    sent: dict[tuple[str, int], int] = {}
    batch: list[tuple[str, int, bytes]] = []
    for source, stored in sealed(large(facilities)):
        for index, record in enumerate(stored.commit.events):
            number = partition_of(record.subject, PARTITIONS)
            value = encode_event(source, stored.commit, index, record, sent.get((source, number), 0))
            sent[source, number] = stored.commit.sequence(index)
            batch.append((topic_of(source), number, value))
        if len(batch) >= BATCH:
            projector.take(batch)
            projector.flush_when_due()
            batch = []
    projector.take(batch)
    projector.flush()
    print(before, _peak(), database["cards"].estimated_document_count())


if __name__ == "__main__":
    _project(sys.argv[1], sys.argv[2], int(sys.argv[3]))
