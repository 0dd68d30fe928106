"""Appends of many threads written together, in order of arrival: who finds no leader leads."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from services.eventkit.commits import NewCommit
from services.eventkit.errors import SxshError
from services.eventkit.log import StoredCommit

#: Seconds for which a leader waits at most for as many as were written last, and, while several write at
#: once, between the beginnings of two writes: each costs the database the same, for one commit or many.
PATIENCE, SPACING = 0.001, 0.006

Result = StoredCommit | SxshError


class Pending:
    """One append on its way. `result` is None until it is settled."""

    __slots__ = ("new", "result", "wake")

    def __init__(self, new: NewCommit) -> None:
        self.new = new
        self.result: Result | None = None
        self.wake = threading.Event()

    def settle(self, result: Result) -> None:
        self.result = result
        self.wake.set()


class GroupCommit:
    """`write(group)` settles every pending of a group of at most `limit`; it never runs twice at once.

    What it leaves unsettled, by whatever exception, is told that the log failed; nobody waits for ever.
    """

    def __init__(self, write: Callable[[list[Pending]], None], limit: int) -> None:
        self._write = write
        self._limit = limit
        self._waiting: deque[Pending] = deque()
        self._leading = threading.Lock()
        self._last = 0
        self._began = float("-inf")

    def run(self, batch: Sequence[Pending]) -> list[Result]:
        """The results in the order of `batch`, whose members may be settled already."""
        self._waiting.extend([pending for pending in batch if pending.result is None])
        return [self._result(pending) for pending in batch]

    def _result(self, pending: Pending) -> Result:
        while pending.result is None:
            if self._leading.acquire(blocking=False):
                try:
                    if pending.result is None:
                        self._lead()
                finally:
                    self._leading.release()
                    self._call_next()
            else:
                # Whoever leads calls after releasing; the limit is for a caller that was killed in between.
                pending.wake.wait(1.0)
                pending.wake.clear()
        return pending.result

    def _lead(self) -> None:
        self._gather()
        group = [self._waiting.popleft() for _ in range(min(self._limit, len(self._waiting)))]
        self._last, self._began = len(group), time.monotonic()
        try:
            self._write(group)
        finally:
            for pending in group:
                if pending.result is None:
                    pending.settle(SxshError("The event log failed unexpectedly."))

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
