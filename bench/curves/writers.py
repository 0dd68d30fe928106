"""Ten times as many writers: durable appends by 1, 8 and 80 threads of one process."""

from __future__ import annotations

from bench.append import RAW, Writers
from bench.curves import Measured, curve
from bench.results import Row
from bench.world import World

THREADS = (1, 8, 80)
#: Of a single writer, whom group commit does not help.
LEAST = 0.65


def measure(world: World) -> list[Row]:
    seconds, rounds = (0.7, 3) if world.quick else (1.5, 5)
    writers = Writers(world.new_database())

    def point(threads: int) -> Measured:
        return Measured(
            threads, lambda: writers.append(threads, seconds), lambda: writers.insert(threads, seconds)
        )

    return curve(
        "append", "writers", "commits/s", RAW, rounds, [point(threads) for threads in THREADS], LEAST
    )


#: What CI asks.
ratios = measure
