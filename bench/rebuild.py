"""A projection built anew from the HTTP event feeds, against a raw cursor over the same logs; and its memory.

`python -m bench.rebuild URI DATABASE` builds in a process of its own, as an operator does; where the feeds
are comes on standard input.
"""

from __future__ import annotations

import contextlib
import gc
import json
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pymongo import MongoClient

from bench import feeds
from bench.province import Province
from bench.results import Check, Row, interleaved
from bench.world import World
from services.eventkit.feed_client import FeedClient
from services.kpi.collecting import seldom_collect
from services.kpi.domain.facts import SOURCES, Source
from services.kpi.domain.rules import RuleSet
from services.kpi.projection.bulk.crew import Crew
from services.kpi.projection.rebuild import rebuild

PARTITIONS = 6
#: Facilities of the smaller log; the larger one has so many times as many. Each has about 12.7 events.
FACILITIES, TIMES = 8_000, 20
QUICK_FACILITIES, QUICK_TIMES = 4_000, 4


class Built(NamedTuple):
    seconds: float
    peak_mib: float


def measure(world: World) -> list[Row]:
    facilities, times = (QUICK_FACILITIES, QUICK_TIMES) if world.quick else (FACILITIES, TIMES)
    events = feeds.fill(world, "rebuilt", Province(facilities))
    small: list[Built] = []

    def build() -> float:
        small.append(_elsewhere(world, "rebuilt"))
        return events / small[-1].seconds

    samples, floors = interleaved(3, build, lambda: events / _cursor(world, "rebuilt"))
    more = feeds.fill(world, "larger", Province(facilities * times))
    large = _elsewhere(world, "larger")
    floor = more / _cursor(world, "larger")
    rows = [
        _rate(samples, floors, events, facilities),
        _rate([more / large.seconds], [floor], more, facilities * times),
        _memory(small, large, events, more),
    ]
    for source in SOURCES:
        world.client.drop_database(f"larger_{source}")
    return rows


def _rate(samples: list[float], floors: list[float], events: int, facilities: int) -> Row:
    what = f"rebuild from the event feeds, {events:,} events"
    row = Row(f"rebuild_{facilities}", what, "events/s", samples, "raw cursor over the log", floors)
    row.hold_ratio(0.25)
    row.checks.append(Check("events/s", sorted(samples)[len(samples) // 2], 50_000))
    row.notes.append(f"{facilities:,} facilities, {PARTITIONS} partitions, a process a core")
    return row


def _memory(small: list[Built], large: Built, events: int, more: int) -> Row:
    """Of all processes of the rebuild together."""
    least = min(built.peak_mib for built in small)
    row = Row("rebuild_memory", f"memory of a rebuild, {more:,} events", "MiB", [large.peak_mib])
    row.checks.append(Check(f"x that of {events:,} events", large.peak_mib / least, 1.5, at_least=False))
    row.notes.append(f"{events:,} events: {least:,.0f} MiB")
    return row


def _cursor(world: World, name: str) -> float:
    started = time.monotonic()
    for source in SOURCES:
        for _ in world.client[f"{name}_{source}"].log.find({}, {"body": 1}, batch_size=5000).sort("_id", 1):
            pass
    return time.monotonic() - started


def _elsewhere(world: World, name: str) -> Built:
    database = world.new_database()
    with feeds.serving(world, name) as clients:
        addresses = {source: client.url for source, client in clients.items()}
        told = json.dumps({"urls": addresses, "key": world.identity.service_key})
        argv = [sys.executable, "-m", "bench.rebuild", world.mongo.uri, database.name]
        said = subprocess.run(argv, input=told, text=True, capture_output=True, check=True).stdout
    world.client.drop_database(database.name)
    return Built(*map(float, said.split()))


def _rebuild(uri: str, name: str, told: Mapping[str, Any]) -> None:
    seldom_collect()
    client: MongoClient[dict[str, Any]] = MongoClient(uri)
    urls: Mapping[Source, str] = told["urls"]
    sources = {s: FeedClient(url.removesuffix("/api/v1/events"), told["key"], 30) for s, url in urls.items()}
    gc.collect()
    watch = _Watch()
    watch.start()
    started = time.monotonic()
    rebuild(client[name], RuleSet.load(), sources, PARTITIONS, crew=Crew(uri))
    seconds = time.monotonic() - started
    print(seconds, watch.peak_mib)


class _Watch(threading.Thread):
    """The memory of this process and those that it started, together, at its highest."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak_mib = 0.0

    def run(self) -> None:
        while True:
            self.peak_mib = max(self.peak_mib, sum(map(_resident, _family())))
            time.sleep(0.05)


def _family() -> list[str]:
    found = ["self"]
    for children in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += children.read_text().split()
    return found


def _resident(process: str) -> float:
    with contextlib.suppress(OSError, IndexError):
        return int(Path(f"/proc/{process}/status").read_text().split("VmRSS:")[1].split()[0]) / 1024
    return 0.0


if __name__ == "__main__":
    _rebuild(sys.argv[1], sys.argv[2], json.loads(sys.stdin.read()))
