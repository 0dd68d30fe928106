"""When changed partitions are flushed, and how: seldom while much comes in, side by side."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, wait

from services.kpi.projection.partition import Partition

#: Seconds, and events, for which changes are gathered at most while more come in: a subject that many of
#: them concern is then written once. Bounds what is repeated after a crash, and memory.
GATHER_SECONDS, GATHER_EVENTS = 1.5, 50_000


class Flusher:
    """Partitions wait for the disk side by side."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="flush")
        self._since: float | None = None

    def due(self, partitions: Iterable[Partition]) -> bool:
        """Whether what was taken since the last flush has waited long enough."""
        now = time.monotonic()
        if self._since is None:
            self._since = now
        return now - self._since > GATHER_SECONDS or sum(p.taken for p in partitions) >= GATHER_EVENTS

    def flush(self, partitions: Iterable[Partition]) -> int:
        """Flush all; how many events took effect. Raises, once all ended, what the first that failed did."""
        self._since = None
        changed = [partition for partition in partitions if partition.moved]
        if len(changed) < 2:
            return sum(partition.flush() for partition in changed)
        running = [self._pool.submit(partition.flush) for partition in changed]
        wait(running)
        return sum(flushed.result() for flushed in running)
