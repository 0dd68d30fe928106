"""When changed partitions are flushed, and how: seldom while much comes in, side by side."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from services.kpi.projection.partition import Partition

#: Seconds, and events, for which changes are gathered at most while more come in: a subject that many of
#: them concern is then written once. Bounds what is repeated after a crash, and memory.
GATHER_SECONDS, GATHER_EVENTS = 3.0, 50_000


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

    def flush(self, partitions: Iterable[Partition], *, wait: bool = True) -> int:
        """Flush all; how many events took effect, or, without `wait`, will when they are joined.

        Folding is work for the processor and done one after another; reading cards and writing wait for the
        database, side by side, and without `wait` beside whatever the caller does next. Raises what hindered
        one of these writes or, without `wait`, of those before.
        """
        self._since = None
        changed = [partition for partition in partitions if partition.moved]
        for partition in changed:
            partition.join()
        fetched = [self._pool.submit(partition.fetch) for partition in changed]
        events = 0
        for partition, stored in zip(changed, fetched, strict=True):
            work = partition.fold(stored.result())
            partition.write(work, self._pool)
            events += work.events
        for partition in changed if wait else ():
            partition.join()
        return events
