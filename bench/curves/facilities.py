"""Ten times as many facilities: reads of the targets, and rebuilds of the projection, an event."""

from __future__ import annotations

from bench.curves import Measured, curve
from bench.memory import large
from bench.reads import readers
from bench.rebuild import CURSOR, Logs
from bench.results import Row
from bench.world import World

SIZES, QUICK = (1_000, 10_000, 100_000), (500, 5_000)


def measure(world: World) -> list[Row]:
    seconds, rounds, sizes = (0.7, 3, QUICK) if world.quick else (1.0, 3, SIZES)
    with readers(world, sizes) as found:
        points = [
            Measured(size, lambda r=reader: r.reads(seconds), lambda r=reader: r.constants(seconds))
            for size, reader in zip(sizes, found, strict=True)
        ]
        rows = curve("KPI read", "facilities", "requests/s", found[-1].floor, rounds, points)
    return rows + _rebuilds(world, sizes)


def _rebuilds(world: World, sizes: tuple[int, ...]) -> list[Row]:
    """Of the logs that the pages are measured on, where those were measured."""
    points = []
    for size in sizes:
        logs = Logs(world, f"pages_{size}", large(size))
        points.append(Measured(size, logs.rebuilt, logs.cursor))
    return curve("rebuild", "facilities", "events/s", CURSOR, 3, points)
