"""What is read of a moment of the past: a generation that holds what had been recorded by then.

The first reader of a moment asks for its generation and waits a little; a builder (`services.kpi.past`)
makes it. Then it is read like the live one, but never changes.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime

from services.eventkit.errors import Unavailable
from services.kpi.past.register import Register, Snapshot, name_of
from services.kpi.views.live import Answer, LiveCube, View
from services.kpi.views.moments import Moments, Positions
from services.kpi.views.store import Pointer, ProjectionStore

#: Seconds for which a reader waits for a generation to be built, between two looks, and for which it is
#: enough to have said that it is in use.
WAIT, LOOK, SAID = 3.0, 0.05, 5.0
#: Cubes of the past kept in memory.
CUBES = 4


class PastCube(LiveCube):
    """Of one generation that does not change, loaded when it is first read."""

    def __init__(
        self, store: ProjectionStore, partitions: int, pointer: Pointer, register: Register, begun: bool
    ) -> None:
        """`begun`: something had been recorded by then, so the generation has to be there."""
        super().__init__(store, partitions)
        self._generation, self._register, self._begun = pointer, register, begun
        self.said = float("-inf")
        self._loaded = False

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
        if self._begun and not self._register.ready(self._generation.generation):
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
        partitions: int,
        wait: float = WAIT,
    ) -> None:
        self._store, self._live, self._moments, self._register = store, live, moments, register
        self._partitions, self._wait = partitions, wait
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

    def of(self, positions: Mapping[str, int]) -> LiveCube:
        """What had been recorded up to these positions."""
        rules = self._live.view().rules
        pointer = Pointer(name_of(positions, rules), rules)
        cube = self._cube(pointer, any(positions.values()))
        if not any(positions.values()):
            return cube
        if time.monotonic() - cube.said > SAID:
            self._ready(positions, rules)
            cube.said = time.monotonic()
        if not cube.loaded():
            cube.view()
        return cube

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

    def _cube(self, pointer: Pointer, begun: bool) -> PastCube:
        with self._lock:
            cube = self._cubes.get(pointer.generation)
            if cube is None:
                cube = PastCube(self._store, self._partitions, pointer, self._register, begun)
                self._cubes[pointer.generation] = cube
            self._cubes.move_to_end(pointer.generation)
            if len(self._cubes) > CUBES:
                self._cubes.popitem(last=False)
            return cube

    def _ready(self, positions: Mapping[str, int], rules: str) -> None:
        """Wait until it is built, and say that it is in use."""
        end = time.monotonic() + self._wait
        found = self._register.want(positions, rules)
        while found.state != "ready":
            if found.state == "failed":
                raise Unavailable(
                    f"This moment of the past could not be built: {found.error} It is tried again.",
                    retry_after=10,
                )
            if time.monotonic() > end:
                raise Unavailable(_waiting(found), retry_after=2)
            time.sleep(LOOK)
            found = self._register.find(found.name) or self._register.want(positions, rules)


def _waiting(found: Snapshot) -> str:
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
