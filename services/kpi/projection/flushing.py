"""When changed partitions are flushed, and how: seldom while much comes in, what changed little together."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait

from services.eventkit.telemetry import metrics
from services.kpi.projection.partition import Partition, Work
from services.kpi.projection.store import cards_of, flush_together

#: Seconds, and events, for which changes are gathered at most while more come in: a subject that many of
#: them concern is then written once. Bounds what is repeated after a crash, and memory.
GATHER_SECONDS, GATHER_EVENTS = 3.0, 50_000
#: Subjects that are worth a write of their own, which goes on while more are folded.
MANY = 500


class Flusher:
    """Writes what partitions have taken, in a thread of its own. Whoever changes these partitions otherwise
    calls `join` first."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="flush")
        self._writing: list[Future[None]] = []
        self._since: float | None = None

    def due(self, partitions: Collection[Partition]) -> bool:
        """Whether what was taken since the last flush has waited long enough, or is all it may hold."""
        now = time.monotonic()
        if self._since is None:
            self._since = now
        return (
            now - self._since > GATHER_SECONDS
            or sum(p.taken for p in partitions) >= GATHER_EVENTS
            or any(p.full for p in partitions)
        )

    def flush(self, partitions: Collection[Partition], *, wait: bool = True) -> int:
        """Flush all; how many events took effect, or, without `wait`, will when they are joined.

        Without `wait` the writes go on beside whatever the caller does next. Raises what hindered them or,
        without `wait`, those before.
        """
        self.join()
        self._since = None
        changed = [partition for partition in partitions if partition.moved]
        missing = [subject for partition in changed for subject in partition.missing()]
        stored = cards_of([partition.store for partition in changed], missing)
        events = subjects = 0
        works: list[tuple[Partition, Work]] = []
        for partition in changed:
            subjects += len(partition.touched)
            works.append((partition, partition.fold(stored)))
            events += works[-1][1].events
            if subjects >= MANY or partition is changed[-1]:
                self._writing.append(self._pool.submit(_write, works))
                subjects, works = 0, []
        if wait:
            self.join()
        return events

    def join(self) -> None:
        """Wait until what was folded is durable and visible; raises what hindered it."""
        writing, self._writing = self._writing, []
        wait(writing)
        for each in writing:
            each.result()


def _write(works: Sequence[tuple[Partition, Work]]) -> None:
    changes = [work.change for _, work in works]
    with metrics.projector_batch_seconds.time():
        positions = flush_together(changes)
    for (partition, _), position in zip(works, positions, strict=True):
        partition.position.flush = position.flush
