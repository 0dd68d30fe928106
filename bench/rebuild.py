"""A projection built anew from the HTTP event feeds, against a raw cursor over the same logs."""

from __future__ import annotations

import gc
import time

from bench import feeds
from bench.province import Province
from bench.results import Check, Row, interleaved
from bench.world import World
from services.kpi.domain.facts import SOURCES
from services.kpi.domain.rules import RuleSet
from services.kpi.projection.bulk.crew import Crew
from services.kpi.projection.process import seldom_collect
from services.kpi.projection.rebuild import rebuild

PARTITIONS = 6


def measure(world: World) -> Row:
    seldom_collect()
    facilities = 1_500 if world.quick else 8_000
    events = feeds.fill(world, "rebuilt", Province(facilities))
    logs = [world.client[f"rebuilt_{source}"].log for source in SOURCES]

    def build() -> float:
        database = world.new_database()
        with feeds.serving(world, "rebuilt") as clients:
            gc.collect()
            started = time.monotonic()
            rebuild(database, RuleSet.load(), clients, PARTITIONS, crew=Crew(world.mongo.uri))
            seconds = time.monotonic() - started
        database.client.drop_database(database.name)
        return events / seconds

    def cursor() -> float:
        started, read = time.monotonic(), 0
        for log in logs:
            for _ in log.find({}, {"body": 1}, batch_size=5000).sort("_id", 1):
                read += 1
        return events / (time.monotonic() - started)

    samples, floors = interleaved(3, build, cursor)
    row = Row(
        "rebuild", "rebuild from the event feeds", "events/s", samples, "raw cursor over the log", floors
    )
    row.hold_ratio(0.25)
    row.checks.append(Check("events/s", sorted(samples)[len(samples) // 2], 50_000))
    row.notes.append(f"{events:,} events of {facilities:,} facilities, {PARTITIONS} partitions")
    return row
