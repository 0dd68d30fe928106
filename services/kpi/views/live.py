"""The cube kept fresh while there are readers, and the answers made from it kept until it changes.

While somebody reads, one thread polls the partitions every `INTERVAL`; a reader that finds the view fresh
does no input or output at all. Without readers nothing polls, and the next reader refreshes for itself.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import NamedTuple, TypeVar

from pymongo.errors import PyMongoError

from services.eventkit.errors import Unavailable
from services.kpi.domain.rules import RuleSet
from services.kpi.views.cube import Cube
from services.kpi.views.shared import Shared, Sharing
from services.kpi.views.store import Partition, Pointer, ProjectionStore, applied_by_all

T = TypeVar("T")

#: Seconds between polls, age up to which a view is taken as it is, and idle time after which polling ends.
INTERVAL, FRESH, IDLE = 0.04, 0.1, 3.0

#: How often the end of a write is waited for, and how often a fetch is repeated that was written into.
TRIES = 5

_MOST_ANSWERS = 2048

#: Generation, then (partition, applied flush, flush) of each, then the positions.
Version = tuple[object, ...]


class View(NamedTuple):
    """What the cube holds at a moment: nothing, when `rules` are none that this release holds. `position` is,
    per source, the log position all partitions are at."""

    version: Version
    generation: str
    rules: str
    position: dict[str, int]
    partitions: tuple[Partition, ...]
    shared: Shared


class Answer(NamedTuple):
    """`tag` is of the body alone: two versions may say the same."""

    version: Version
    body: bytes
    tag: str


class LiveCube:
    """`partitions` is how many there are where the pointer does not say; one that has stored nothing yet is
    at position 0."""

    def __init__(self, store: ProjectionStore, partitions: int) -> None:
        self.store = store
        self._partitions = self._divided = partitions
        self._lock = threading.RLock()
        self._changed = threading.Condition()
        self._cube, self._sharing = Cube(), Sharing()
        self._view: View | None = None
        self._seen: dict[int, int] = {}
        self._checked = self._read = float("-inf")
        self._poller: tuple[int, threading.Thread] | None = None
        self._answers: dict[str, Answer] = {}

    def view(self) -> View:
        """The present view. Raises `Unavailable` before the first generation has been switched to."""
        now = time.monotonic()
        self._read = now
        self._keep_polling()
        if now - self._checked > FRESH:
            self.refresh(older_than=now)
        if self._view is None:
            raise Unavailable(
                "The projection has not been built yet. Start the projector (python -m services.kpi project) "
                "and look at /api/v1/projections.",
                retry_after=5,
            )
        return self._view

    def wait_for(self, after: Mapping[str, int], timeout: float) -> View:
        """Wait until every partition has applied these positions. Raises `Unavailable` after `timeout` s."""
        end = time.monotonic() + timeout
        view = self.view()
        while any(view.position.get(source, 0) < position for source, position in after.items()):
            left = end - time.monotonic()
            if left <= 0:
                late = ", ".join(
                    f"{source}:{position} (applied: {view.position.get(source, 0)})"
                    for source, position in sorted(after.items())
                )
                raise Unavailable(f"Not applied within {timeout:g} s: {late}. Ask again.", retry_after=1)
            with self._changed:
                self._changed.wait(min(left, INTERVAL))
            view = self.view()
        return view

    def answer(self, key: str, make: Callable[[Cube, View], bytes]) -> Answer:
        """The bytes for `key`, made again only when the view has changed since they were made."""
        known = self.kept(key)
        if known is not None:
            return known
        with self._lock:
            view = self.view()
            body = make(self._cube, view)
            answer = Answer(view.version, body, sha256(body).hexdigest()[:32])
            if len(self._answers) >= _MOST_ANSWERS:
                self._answers.clear()
            self._answers[key] = answer
        return answer

    def read(self, make: Callable[[Cube, View], T]) -> T:
        """What is made from the present view, kept nowhere."""
        with self._lock:
            view = self.view()
            return make(self._cube, view)

    def kept(self, key: str) -> Answer | None:
        """The answer kept for `key`, if it is that of the present view."""
        view = self.view()
        known = self._answers.get(key)
        return known if known is not None and known.version == view.version else None

    def refresh(self, older_than: float | None = None) -> None:
        """Bring the cube up to what is stored. With `older_than`, only if the last check was before that."""
        with self._lock:
            if older_than is not None and self._checked >= older_than:
                return
            started = time.monotonic()
            self._refresh()
            self._checked = started
        with self._changed:
            self._changed.notify_all()

    def check(self) -> None:
        """Raises `Unavailable` when what was read beside the view may be gone meanwhile: never, of the live
        generation, whose data outlive it."""

    def _pointer(self) -> Pointer | None:
        return self.store.pointer()

    def _refresh(self) -> None:
        pointer = self._pointer()
        if pointer is None:
            self._view = None
            return
        pointer = self._not_behind(pointer)
        if self._view is None or self._view.generation != pointer.generation:
            self.store.ensure_indexes()
            self._cube, self._sharing, self._seen, self._view = Cube(), Sharing(), {}, None
        partitions = self._at_rest(pointer.generation)
        rules = self._rules(pointer.rules)
        if rules is None:
            self._view = self._viewed(pointer, partitions)
            return
        for attempt in range(TRIES):
            behind = {
                p.number: self._seen.get(p.number, -1)
                for p in partitions
                if self._seen.get(p.number) != p.applied_flush or p.flush != p.applied_flush
            }
            if not behind:
                break
            for cell in self.store.cells_after(pointer.generation, behind):
                self._cube.put(*cell)
            for card in self.store.shared_after(pointer.generation, behind):
                self._sharing.put(card)
            for card in self.store.cards_after(pointer.generation, self._sharing.survivors()):
                self._sharing.put_survivor(card)
            for correction in self._sharing.corrections(rules):
                self._cube.put(*correction)
            self._seen.update((p.number, p.applied_flush) for p in partitions)
            after = self.store.partitions(pointer.generation)
            whole = [p.flush for p in after] == [p.applied_flush for p in partitions]
            if whole or attempt == TRIES - 1:
                break
            partitions = after
            time.sleep(INTERVAL / 10)
        self._view = self._viewed(pointer, partitions)

    def _at_rest(self, generation: str) -> list[Partition]:
        """The partitions, if it can be had at a moment when none is written: what is read between has to be
        read again. One that has long been in between, because its projector died, is not waited for."""
        known = {} if self._view is None else {p.number: p.flush for p in self._view.partitions}
        partitions = self.store.partitions(generation)
        for _ in range(TRIES):
            if not any(p.flush not in (p.applied_flush, known.get(p.number)) for p in partitions):
                break
            time.sleep(INTERVAL / 10)
            partitions = self.store.partitions(generation)
        return partitions

    def _rules(self, key: str) -> RuleSet | None:
        return RuleSet.of_key(key)

    def _not_behind(self, pointer: Pointer) -> Pointer:
        """The generation that is read already, while the one that was switched to lacks anything that it
        showed: what was read once is not taken back. The projector is about to bring it up. What a flush
        brings counts once its cells are all written."""
        view = self._view
        if view is None or view.generation == pointer.generation or view.rules != pointer.rules:
            return pointer
        partitions = self.store.partitions(pointer.generation)
        reached = {p.number: p.sequences for p in partitions if p.flush == p.applied_flush}
        for shown in view.partitions:
            has = reached.get(shown.number, {})
            if any(has.get(source, 0) < at for source, at in shown.sequences.items()):
                return Pointer(view.generation, view.rules, self._divided)
        return pointer

    def _viewed(self, pointer: Pointer, partitions: list[Partition]) -> View:
        generation, rules = pointer.generation, pointer.rules
        self._divided = pointer.partitions or self._partitions
        position = applied_by_all(partitions, self._divided)
        flushes = tuple((p.number, p.applied_flush, p.flush) for p in partitions)
        version: Version = (generation, rules, flushes, tuple(position.values()))
        return View(version, generation, rules, position, tuple(partitions), self._sharing.shared())

    def _keep_polling(self) -> None:
        poller = self._poller
        if poller is not None and poller[0] == os.getpid() and poller[1].is_alive():
            return
        with self._lock:
            poller = self._poller
            if poller is None or poller[0] != os.getpid() or not poller[1].is_alive():
                thread = threading.Thread(target=self._poll, name="kpi-cube", daemon=True)
                self._poller = (os.getpid(), thread)
                thread.start()

    def rest(self) -> None:
        """Whoever read has left: nothing is polled until somebody reads again."""
        self._read = float("-inf")

    def _poll(self) -> None:
        """Ends when nobody reads. What fails here fails for the next reader too, who is told."""
        while time.monotonic() - self._read < IDLE:
            with contextlib.suppress(PyMongoError):
                self.refresh()
            time.sleep(INTERVAL)
