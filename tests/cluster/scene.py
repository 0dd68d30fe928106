"""A world on a cluster, with its relays and projectors, that goes on from fault to fault as a system does."""

from __future__ import annotations

import itertools
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.chaos.world import DAY, SOURCES, World, serving
from tests.cluster.checker import check_all
from tests.cluster.cluster import Cluster

Process = subprocess.Popen[bytes]
#: Seconds after which all that was written is counted, whatever had happened.
SETTLED = 180.0


class Scene:
    """`through`: role (`relay`, `projector`) -> a module, with arguments, that runs it."""

    def __init__(
        self, cluster: Cluster, world: World, through: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self.cluster, self.world, self._through = cluster, world, through or {}
        self._codes = itertools.count(1)
        self.facilities = 0
        self.since = dict.fromkeys(SOURCES, 0)
        self.parked: dict[str, list[str]] = {}
        self.relays: dict[str, Process] = {}
        self.projectors: list[Process] = []

    def start(self) -> None:
        for source in SOURCES:
            self.relays[source] = self.relay(source)
        self.projectors = [self.projector()]

    def relay(self, source: str, crash_at: str = "") -> Process:
        return self.world.relay(source, crash_at, self._through.get("relay", ()))

    def projector(self, crash_at: str = "") -> Process:
        return self.world.projector(crash_at, self._through.get("projector", ()))

    def write(self, count: int, seconds: float = 0.0) -> None:
        """Register facilities, at least so many, for at least so long."""
        end = time.monotonic() + seconds
        while count > 0 or time.monotonic() < end:
            self.facilities = next(self._codes)
            self.world.register(str(self.facilities))
            count -= 1
            time.sleep(0.05)

    def poison(self) -> None:
        """One facility has an event that no release knows, and one after it; all else of it is counted."""
        self.write(1)
        self.world.caught_up()
        code = str(self.facilities)
        subject = f"facility:{code}"
        data = {"facility_id": code, "reason": "bankrupt", "occurred_on": DAY}
        self.parked[subject] = ["facility.vanished", "facility.closed"]
        for version, type_ in enumerate(self.parked[subject], 2):
            self.world.tell("registry", subject, type_, data, version)

    def wiped(self) -> None:
        """The topics hold nothing of what was written until now."""
        self.since.update((source, log.head()) for source, log in self.world.logs.items())

    def heal(self) -> None:
        """All servers up and in reach, one relay a log, one projector."""
        self.cluster.heal()
        for source, relay in self.relays.items():
            self.relays[source] = relay if _goes_on(relay) else self.relay(source)
        first, *others = [one for one in self.projectors if _goes_on(one)] or [self.projector()]
        for other in others:
            other.kill()
            other.wait()
        self.projectors = [first]

    def check(self, seconds: float = SETTLED) -> int:
        """Wait until all is published and counted; then the checker's word. How many records came again."""
        self.world.caught_up(seconds)
        self.world.published(seconds=seconds)
        return check_all(self.world, since=self.since, parked=self.parked)


def _goes_on(process: Process) -> bool:
    if process.poll() is not None:
        return False
    process.send_signal(signal.SIGCONT)
    return True


@contextmanager
def new_scene(
    cluster: Cluster, folder: Path, through: Mapping[str, Sequence[str]] | None = None
) -> Iterator[Scene]:
    """Nothing runs yet, no topic is there, and the logs are empty."""
    cluster.heal()
    cluster.forget_topics()
    world = World(cluster.mongo.uri, cluster.kafka.bootstrap, folder, f"scene_{uuid.uuid4().hex[:8]}")
    try:
        with serving(world):
            yield Scene(cluster, world, through)
    finally:
        world.stop()
