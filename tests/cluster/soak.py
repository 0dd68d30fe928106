"""Fault after fault on one running system, for any length: ``python -m tests.cluster.soak --seconds 600``.

What happens, to whom and for how long is decided by the seed. It ends at the first thing that the checker
does not find in order, with exit code 1, and leaves the logs of all processes where it says.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path

from tests.cluster.cluster import Cluster
from tests.cluster.faults import FAULTS, ON_KAFKA_ALONE, survive
from tests.cluster.scene import Scene, new_scene


class Soak:
    def __init__(self, names: list[str], seconds: float, seed: int) -> None:
        self.names, self.seconds, self.seed = names, seconds, seed
        self.survived: list[str] = []
        self.commits = 0
        self.began = time.monotonic()

    @property
    def passed(self) -> float:
        return time.monotonic() - self.began

    def course(self, dice: random.Random) -> Iterator[str]:
        """Every fault, in an order of the seed, again and again until the time is over."""
        while True:
            for name in dice.sample(self.names, len(self.names)):
                if self.passed > self.seconds:
                    return
                yield name

    def run(self, scene: Scene) -> bool:
        """Whether all were survived."""
        dice = random.Random(self.seed)
        scene.start()
        for name in self.course(dice):
            try:
                again = survive(scene, name, dice)
            except AssertionError as wrong:
                say(f"{self.passed:7.1f} s  {name}: NOT survived: {wrong}")
                return False
            self.survived.append(name)
            self.commits = sum(map(len, scene.world.acknowledged.values()))
            say(f"{self.passed:7.1f} s  {name}: survived ({again} records sent again so far)")
        return True

    def figure(self) -> str:
        kinds = len(set(self.survived))
        return (
            f"seed {self.seed}: {len(self.survived)} faults of {kinds} kinds survived "
            f"in {self.passed:.0f} s; {self.commits} acknowledged commits all there, each counted once"
        )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.cluster.soak")
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument(
        "--broker", choices=("kafka", "tansu"), default="kafka", help="three nodes of Kafka, or one of tansu"
    )
    given = parser.parse_args()
    names = [name for name in FAULTS if given.broker == "kafka" or name not in ON_KAFKA_ALONE]
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="sxsh-soak-", dir=memory if memory.is_dir() else None))
    soak = Soak(names, given.seconds, given.seed)
    say(f"seed {given.seed}: {len(names)} kinds of fault, {given.broker}, {given.seconds:.0f} s; in {folder}")
    cluster = Cluster(folder / "cluster", broker=given.broker)
    # The feeds are served from here: what they have to say is not for who waits for a figure.
    with (folder / "soak.log").open("w") as log, redirect_stderr(log):
        try:
            cluster.start()
            with new_scene(cluster, folder) as scene:
                held = soak.run(scene)
        finally:
            cluster.stop()
            say(soak.figure())
    if held:
        shutil.rmtree(folder)
    return 0 if held else 1


def say(what: str) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
