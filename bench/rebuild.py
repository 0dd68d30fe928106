"""A projection built anew from the HTTP feeds, against a raw cursor over the same logs; and its memory."""

from __future__ import annotations

import json
import subprocess
import sys
import time

from bench import feeds
from bench.progress import tell
from bench.province import Province
from bench.results import Check, Row, interleaved, shown
from bench.world import World
from services.kpi.domain.facts import SOURCES

PARTITIONS = 6
#: Facilities of the smaller log; the larger one has so many times as many. Each has about 12.7 events.
FACILITIES, TIMES = 8_000, 20
QUICK_FACILITIES, QUICK_TIMES = 4_000, 4


def measure(world: World) -> list[Row]:
    facilities, times = (QUICK_FACILITIES, QUICK_TIMES) if world.quick else (FACILITIES, TIMES)
    less, row = _small(world, facilities)
    tell(f"rebuild: the logs of {facilities * times:,} facilities are filled")
    more = Logs(world, "larger", Province(facilities * times))
    samples, floors = interleaved("rebuild, the larger", 1 if world.quick else 3, more.rebuilt, more.cursor)
    larger = _rate(samples, floors, more.events, facilities * times, LARGER)
    larger.checks.append(Check("events/s", samples, 50_000))
    rows = [row, larger, _memory(less, more)]
    feeds.dropped(world, "larger")
    return rows


def ratios(world: World) -> Row:
    """What CI asks."""
    return _small(world, QUICK_FACILITIES)[1]


def _small(world: World, facilities: int) -> tuple[Logs, Row]:
    logs = Logs(world, f"rebuilt_{facilities}", Province(facilities))
    samples, floors = interleaved("rebuild", 3, logs.rebuilt, logs.cursor)
    return logs, _rate(samples, floors, logs.events, facilities, SMALLER)


def _rate(samples: list[float], floors: list[float], events: int, facilities: int, limit: float) -> Row:
    what = f"rebuild from the event feeds, {events:,} events"
    row = Row(f"rebuild_{facilities}", what, "events/s", samples, CURSOR, floors)
    row.hold_ratio(limit, in_ci=IN_CI, why="of so few events the start of a rebuild is a third")
    row.notes.append(f"{facilities:,} facilities, {PARTITIONS} partitions, a process a core")
    return row


#: Of the floor (decision 0048): of a large log, of one whose rebuild is mostly its start, and at CI's size.
LARGER, SMALLER, IN_CI = 0.13, 0.08, 0.05
CURSOR = "raw cursor over the log"


def _memory(less: Logs, more: Logs) -> Row:
    """Of all processes of the rebuild together."""
    least = min(less.peaks_mib)
    row = Row("rebuild_memory", f"memory of a rebuild, {more.events:,} events", "MiB, peak", more.peaks_mib)
    grown = [peak / least for peak in more.peaks_mib]
    row.checks.append(Check(f"x that of {less.events:,} events", grown, 1.5, at_least=False))
    row.notes.append(f"{less.events:,} events: {shown(less.peaks_mib)} MiB")
    return row


class Logs:
    """The three logs of a province, filled once. Rates in events a second."""

    def __init__(self, world: World, name: str, province: Province) -> None:
        self._world = world
        self._name = name
        self.events = feeds.filled(world, name, province)
        self.peaks_mib: list[float] = []

    def rebuilt(self) -> float:
        """By a process of its own, into an empty database."""
        database = self._world.new_database()
        with feeds.serving(self._world, self._name) as clients:
            addresses = {source: client.url for source, client in clients.items()}
            told = json.dumps(
                {"urls": addresses, "key": self._world.identity.service_key, "partitions": PARTITIONS}
            )
            argv = [sys.executable, "-m", "bench.rebuilding", self._world.mongo.uri, database.name]
            said = subprocess.run(argv, input=told, text=True, capture_output=True, check=True).stdout
        self._world.client.drop_database(database.name)
        seconds, peak = map(float, said.split())
        self.peaks_mib.append(peak)
        return self.events / seconds

    def cursor(self) -> float:
        """The bodies read, and no more."""
        started = time.monotonic()
        for source in SOURCES:
            log = self._world.client[f"{self._name}_{source}"]["log"]
            for _ in log.find({}, {"body": 1}, batch_size=5000).sort("_id", 1):
                pass
        return self.events / (time.monotonic() - started)
