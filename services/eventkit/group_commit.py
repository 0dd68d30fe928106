"""Appends of many threads written together, in order of arrival: who finds no leader leads.

The line of those that wait is bounded, by number and by bytes: who finds it full, or stands in it too long,
is told so and wrote nothing. So a database that is slow or held costs neither memory nor threads.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from services.eventkit.commits import NewCommit
from services.eventkit.errors import Busy, SxshError
from services.eventkit.log import StoredCommit

#: Seconds for which a leader waits at most for as many as were written last, and, while several write at
#: once, between the beginnings of two writes: each costs the database the same, for one commit or many.
PATIENCE, SPACING = 0.001, 0.006

Result = StoredCommit | SxshError


class Room(NamedTuple):
    """What may wait and be written at once, in one process: commits, the bytes of their events (about), and
    the seconds for which one may stand in line before it is its turn."""

    commits: int = 4000
    bytes: int = 32_000_000
    seconds: float = 10.0


class Pending:
    """One append on its way. `result` is None until it is settled."""

    __slots__ = ("new", "result", "size", "wake")

    def __init__(self, new: NewCommit) -> None:
        self.new = new
        self.size = 1000 + sum(500 + len(event.data) for event in new.events)
        self.result: Result | None = None
        self.wake = threading.Event()

    def settle(self, result: Result) -> None:
        self.result = result
        self.wake.set()


class GroupCommit:
    """`write(group)` settles every pending of a group of at most `limit`; it never runs twice at once.

    What it leaves unsettled, by whatever exception, is told that the log failed; nobody waits for ever.
    `waiting` is told how many commits are in line or being written, whenever that changes.
    """

    def __init__(
        self,
        write: Callable[[list[Pending]], None],
        limit: int,
        room: Room | None = None,
        waiting: Callable[[int], object] = lambda commits: None,
    ) -> None:
        self._write = write
        self._limit = limit
        self._room = room or Room()
        self._tell = waiting
        self._waiting: deque[Pending] = deque()
        #: Guards the line and what is held, which counts what is being written, too.
        self._line = threading.Lock()
        self._held, self._held_bytes = 0, 0
        self._leading = threading.Lock()
        self._last = 0
        self._began = float("-inf")

    def run(self, batch: Sequence[Pending]) -> list[Result]:
        """The results in the order of `batch`, whose members may be settled already.

        A long batch stands in line piece by piece. Where there is no room, it and all that follows it in the
        batch are told `Busy`, so that nothing is built on what was not taken.
        """
        results: list[Result] = []
        for piece in self._pieces(batch):
            self._enter([pending for pending in piece if pending.result is None])
            until = time.monotonic() + self._room.seconds
            results += [self._result(pending, piece, until) for pending in piece]
            if any(isinstance(result, Busy) for result in results):
                break
        return results + [pending.result or _full() for pending in batch[len(results) :]]

    def _pieces(self, batch: Sequence[Pending]) -> Iterator[Sequence[Pending]]:
        """Each a quarter of the room at most, or one: a batch does not crowd itself or all others out."""
        most, most_bytes = min(self._limit, max(self._room.commits // 4, 1)), self._room.bytes // 4
        start, size = 0, 0
        for index, pending in enumerate(batch):
            if index > start and (index - start == most or size + pending.size > most_bytes):
                yield batch[start:index]
                start, size = index, 0
            size += pending.size
        yield batch[start:]

    def _enter(self, batch: Sequence[Pending]) -> None:
        """Let in as many as there is room for, in order; one always when nobody is there. Refuse the rest."""
        with self._line:
            for index, pending in enumerate(batch):
                full = self._held >= self._room.commits or self._held_bytes + pending.size > self._room.bytes
                if self._held and full:
                    for refused in batch[index:]:
                        refused.settle(_full())
                    return
                self._waiting.append(pending)
                self._hold(1, pending.size)

    def _hold(self, commits: int, size: int) -> None:
        self._held += commits
        self._held_bytes += size
        self._tell(self._held)

    def _leave(self, piece: Sequence[Pending]) -> None:
        """Out of the line, but for those that a leader has taken: what becomes of these the database says."""
        with self._line:
            waiting = set(self._waiting)
            left = [pending for pending in piece if pending in waiting]
            for pending in left:
                self._waiting.remove(pending)
                self._hold(-1, -pending.size)
        for pending in left:
            pending.settle(_full())

    def _result(self, pending: Pending, piece: Sequence[Pending], until: float) -> Result:
        while pending.result is None:
            if self._leading.acquire(blocking=False):
                try:
                    if pending.result is None:
                        self._lead()
                finally:
                    self._leading.release()
                    self._call_next()
            elif time.monotonic() > until:
                self._leave(piece)
                until = math.inf
            else:
                # Whoever leads calls after releasing; the limit is for a caller that was killed in between.
                pending.wake.wait(min(1.0, max(until - time.monotonic(), 0.01)))
                pending.wake.clear()
        return pending.result

    def _lead(self) -> None:
        self._gather()
        with self._line:
            group = [self._waiting.popleft() for _ in range(min(self._limit, len(self._waiting)))]
        self._last, self._began = len(group), time.monotonic()
        try:
            self._write(group)
        finally:
            for pending in group:
                if pending.result is None:
                    pending.settle(SxshError("The event log failed unexpectedly."))
            with self._line:
                self._hold(-len(group), -sum(pending.size for pending in group))

    def _gather(self) -> None:
        """Who was answered together asks again together, and who comes often comes again: a moment's wait for
        them saves a whole write. Who writes alone does not wait."""
        alone = self._last <= 1 and len(self._waiting) <= 1
        if alone:
            return
        now = time.monotonic()
        end = max(now + PATIENCE, self._began + SPACING)
        while len(self._waiting) < max(self._last, 4) and now < end:
            time.sleep(PATIENCE / 4)
            now = time.monotonic()

    def _call_next(self) -> None:
        try:
            self._waiting[0].wake.set()
        except IndexError:
            return


def _full() -> Busy:
    return Busy(
        "More is sent than the event log takes at the moment. Nothing of this was written: wait as long as "
        "Retry-After says, and repeat with the same Idempotency-Key."
    )
