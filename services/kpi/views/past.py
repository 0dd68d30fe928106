"""What is read of a moment of the past: a generation that holds what had been recorded by then.

The first reader of a moment asks for its generation and waits a little; a builder (`services.kpi.past`)
makes it. Then it is read like the live one, but never changes.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from services.eventkit.errors import Unavailable
from services.kpi.past.register import Register, Snapshot, name_of
from services.kpi.views.live import Answer, LiveCube, View
from services.kpi.views.moments import Moments, Positions
from services.kpi.views.store import Pointer, ProjectionStore

#: Seconds for which a reader waits for a generation to be built, between two looks, and for which it is
#: enough to have said that it is in use.
WAIT, LOOK, SAID = 3.0, 0.05, 5.0
#: Readers that may wait at once: each of them keeps a thread of this process from answering others.
WAITING = 4
#: Cubes of the past kept in memory.
CUBES = 4


class PastCube(LiveCube):
    """Of one generation that does not change, loaded when it is first read."""

    def __init__(self, store: ProjectionStore, pointer: Pointer, there: Callable[[], bool]) -> None:
        """`there`: whether what is stored of it still is whole. Then all of its partitions are, however many
        there were when it was built."""
        super().__init__(store, partitions=1)
        self._generation, self._there = pointer, there
        self.said = float("-inf")
        self._loaded = False

    @property
    def pointer(self) -> Pointer:
        return self._generation

    def _pointer(self) -> Pointer:
        return self._generation

    def refresh(self, older_than: float | None = None) -> None:
        """It never changes: read again after it was dropped it would be empty."""

    def view(self) -> View:
        """Raises `Unavailable` when it was dropped while it was loaded: then nobody is given any of it."""
        with self._lock:
            if not self._loaded:
                self._view = None
                self._refresh()
                self.check()
                self._loaded = True
            view = self._view
        if view is None:
            raise AssertionError("a generation that is named has a view")
        return view

    def check(self) -> None:
        if not self._there():
            self.said = float("-inf")
            raise Unavailable("This moment of the past was dropped while it was read. Ask again.")

    def loaded(self) -> bool:
        return self._loaded


class Past:
    """`at` gives what to read of a moment; the live one for a moment to come, or for none."""

    def __init__(
        self,
        store: ProjectionStore,
        live: LiveCube,
        moments: Moments,
        register: Register,
        wait: float = WAIT,
        waiting: int = WAITING,
    ) -> None:
        """At most `waiting` readers wait `wait` seconds each; others are told at once how far it is."""
        self._store, self._live, self._moments, self._register = store, live, moments, register
        self._wait = wait
        self._waiting = threading.BoundedSemaphore(waiting)
        self._lock = threading.Lock()
        self._cubes: OrderedDict[str, PastCube] = OrderedDict()

    def at(self, known_at: datetime | None) -> LiveCube:
        """Raises `Unavailable` while the generation is being built, saying how far it is."""
        if known_at is None or known_at >= datetime.now(UTC):
            return self._live
        return self.of(self.positions(known_at))

    def positions(self, known_at: datetime) -> Positions:
        """Which each log had reached by then."""
        return self._moments.positions(known_at)

    def beyond(self, positions: Mapping[str, int], known_at: datetime) -> dict[str, int]:
        """Those of the positions that no log had reached by then."""
        return self._moments.beyond(positions, known_at)

    def of(self, positions: Mapping[str, int]) -> LiveCube:
        """What had been recorded up to these positions, which all logs have."""
        rules = self._live.view().rules
        name = name_of(positions, rules)
        with self._lock:
            cube = self._cubes.get(name)
        if cube is None or time.monotonic() - cube.said > SAID:
            cube = self._said(name, positions, rules)
        if not cube.loaded():
            cube.view()
        return cube

    def _said(self, name: str, positions: Mapping[str, int], rules: str) -> PastCube:
        """The cube of a moment, after saying that it is in use."""
        if not any(positions.values()):
            return self._cube(name, Pointer(name, rules), lambda: True)
        found = self._ready(positions, rules)
        return self._cube(name, Pointer(found.generation, rules), lambda: self._register.ready(found))

    def generations(self) -> list[Snapshot]:
        """All that are there or asked for, the last used first."""
        return self._register.all()

    def kept(self, key: str) -> Answer | None:
        """An answer made before from what is in memory, under the rules that hold now."""
        with self._lock:
            cubes = list(self._cubes.values())
        rules = self._live.view().rules
        found = (cube.kept(key) for cube in cubes if cube.loaded() and cube.view().rules == rules)
        return next((answer for answer in found if answer is not None), None)

    def _cube(self, name: str, pointer: Pointer, there: Callable[[], bool]) -> PastCube:
        """Another when it was dropped and built again meanwhile."""
        with self._lock:
            cube = self._cubes.get(name)
            if cube is None or cube.pointer != pointer:
                cube = self._cubes[name] = PastCube(self._store, pointer, there)
            cube.said = time.monotonic()
            self._cubes.move_to_end(name)
            if len(self._cubes) > CUBES:
                self._cubes.popitem(last=False)
            return cube

    def _ready(self, positions: Mapping[str, int], rules: str) -> Snapshot:
        """Wait until it is built; says that it is in use. Raises `Unavailable` when that takes too long, or
        when as many readers wait already as may."""
        found = self._register.want(positions, rules)
        if found.state not in ("ready", "failed") and self._waiting.acquire(blocking=False):
            try:
                found = self._waited(found)
            finally:
                self._waiting.release()
        if found.state == "ready":
            return found
        if found.state == "failed":
            raise Unavailable(
                f"This moment of the past could not be built: {found.error} It is tried again.",
                retry_after=10,
            )
        raise Unavailable(_far(found), retry_after=2)

    def _waited(self, found: Snapshot) -> Snapshot:
        """How it stands once it is built, or when the time is over."""
        end = time.monotonic() + self._wait
        while found.state not in ("ready", "failed") and time.monotonic() < end:
            time.sleep(LOOK)
            found = self._register.find(found.name) or self._register.want(found.positions, found.rules)
        return found


def _far(found: Snapshot) -> str:
    if found.state == "wanted":
        return (
            "This moment of the past waits to be built. When that takes long, see that the builder runs "
            "(python -m services.kpi snapshots)."
        )
    far = ", ".join(f"{source} {found.done[source]:,} of {to:,}" for source, to in found.positions.items())
    if found.step is not None:
        stage, done, total = found.step
        far = f"{stage} {done:,}" + ("" if total is None else f" of {total:,}")
    return f"This moment of the past is being built ({far}). Ask again."
