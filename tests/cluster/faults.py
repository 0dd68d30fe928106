"""What may happen to a system. Each lasts while the block runs; `Scene.heal` mends what is left of it."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import MongoClient

from services.eventkit.mongo_log import MongoLog
from tests.chaos.world import SOURCES, eventually
from tests.cluster.cluster import Cluster
from tests.cluster.proxy import Mode
from tests.cluster.scene import Scene

Fault = Callable[[Scene, random.Random], AbstractContextManager[None]]
TOPIC = "sxsh.registry.events"
OUT_OF_DISK_SPACE = 14031


# Brokers


@contextmanager
def leader_killed(scene: Scene, dice: random.Random) -> Iterator[None]:
    node, _ = scene.cluster.leader(TOPIC, dice.randrange(3))
    node.child.kill()
    yield


@contextmanager
def leader_frozen(scene: Scene, dice: random.Random) -> Iterator[None]:
    """Past the time after which the others take its partitions over; then it wakes up and finds out."""
    node, _ = scene.cluster.leader(TOPIC, dice.randrange(3))
    node.child.signal(signal.SIGSTOP)
    yield
    time.sleep(dice.uniform(5, 12))
    node.child.signal(signal.SIGCONT)


@contextmanager
def brokers_killed(scene: Scene, dice: random.Random) -> Iterator[None]:
    scene.cluster.kafka.kill()
    yield


@contextmanager
def brokers_wiped(scene: Scene, dice: random.Random) -> Iterator[None]:
    scene.cluster.wipe_kafka(scene.wiped)
    yield


def _network(mode: Mode, hits: int) -> Fault:
    """The way to the leader of a partition turns bad, several times, each for a second or two."""

    @contextmanager
    def bad(scene: Scene, dice: random.Random) -> Iterator[None]:
        _, proxy = scene.cluster.leader(TOPIC, dice.randrange(3))
        proxy.become(mode)
        yield
        for _ in range(hits):
            proxy.become("pass")
            time.sleep(dice.uniform(0.2, 1))
            proxy.become(mode)
            time.sleep(dice.uniform(0.5, 2))
        proxy.become("pass")

    return bad


@contextmanager
def connections_reset(scene: Scene, dice: random.Random) -> Iterator[None]:
    for proxy in scene.cluster.proxies:
        proxy.reset()
    yield
    for _ in range(10):
        dice.choice(scene.cluster.proxies).reset()
        time.sleep(dice.uniform(0.05, 0.4))


# mongod


@contextmanager
def primary_killed(scene: Scene, dice: random.Random) -> Iterator[None]:
    primary = scene.cluster.primary()
    primary.kill()
    yield
    scene.cluster.primary(but=primary)


@contextmanager
def primary_frozen(scene: Scene, dice: random.Random) -> Iterator[None]:
    """Another is elected; then it wakes up, and finds out."""
    primary = scene.cluster.primary()
    primary.child.signal(signal.SIGSTOP)
    yield
    scene.cluster.primary(but=primary)
    primary.child.signal(signal.SIGCONT)


@contextmanager
def primary_stepped_down(scene: Scene, dice: random.Random) -> Iterator[None]:
    scene.cluster.step_down()
    yield


@contextmanager
def secondary_killed(scene: Scene, dice: random.Random) -> Iterator[None]:
    primary = scene.cluster.primary()
    dice.choice([server for server in scene.cluster.mongo.servers if server is not primary]).kill()
    yield


@contextmanager
def disk_full(scene: Scene, dice: random.Random) -> Iterator[None]:
    """The primary refuses every other write, of everybody, for want of space."""
    with no_space(scene.cluster, {"activationProbability": 0.5}):
        yield


@contextmanager
def no_space(cluster: Cluster, mode: Any) -> Iterator[None]:
    """The error that mongod gives when its disk is full, to every write that `mode` says."""
    address = f"mongodb://127.0.0.1:{cluster.primary().port}/?directConnection=true"
    refused = {
        "failCommands": ["insert", "update", "findAndModify"],
        "errorCode": OUT_OF_DISK_SPACE,
        "failInternalCommands": False,
    }
    with MongoClient[Any](address) as client:
        client.admin.command({"configureFailPoint": "failCommand", "mode": mode, "data": refused})
        try:
            yield
        finally:
            client.admin.command({"configureFailPoint": "failCommand", "mode": "off"})


# Relays, projectors, writers


@contextmanager
def relay_killed(scene: Scene, dice: random.Random) -> Iterator[None]:
    scene.relays[dice.choice(SOURCES)].kill()
    yield


@contextmanager
def relay_frozen(scene: Scene, dice: random.Random) -> Iterator[None]:
    """Past its lease: another one goes on; then it wakes up, and both are there."""
    frozen = scene.relays["registry"]
    frozen.send_signal(signal.SIGSTOP)
    other = scene.relay("registry")
    lease = scene.world.client[scene.world.databases["registry"]]["relay"]
    token = lease.find_one({})["token"]  # type: ignore[index]
    eventually(lambda: lease.find_one({"token": {"$gt": token}}))
    yield
    frozen.send_signal(signal.SIGCONT)
    scene.write(5)
    dice.choice([frozen, other]).kill()
    scene.relays["registry"] = other if other.poll() is None else frozen


@contextmanager
def projector_killed(scene: Scene, dice: random.Random) -> Iterator[None]:
    scene.projectors[0].kill()
    yield


@contextmanager
def projector_frozen(scene: Scene, dice: random.Random) -> Iterator[None]:
    """Another one has its partitions, and has gone on, when it wakes up."""
    frozen = scene.projectors[0]
    frozen.send_signal(signal.SIGSTOP)
    scene.projectors.append(scene.projector())
    yield
    scene.world.caught_up()
    frozen.send_signal(signal.SIGCONT)
    scene.write(5, 2)


@contextmanager
def rebalanced(scene: Scene, dice: random.Random) -> Iterator[None]:
    """Projectors come and go while records come in: partitions change hands in the middle of batches."""
    scene.projectors.append(scene.projector())
    yield
    for _ in range(2):
        scene.projectors.append(scene.projector())
        scene.write(10, dice.uniform(3, 5))
        leaving = scene.projectors.pop(dice.randrange(len(scene.projectors) - 1))
        leaving.terminate() if dice.random() < 0.5 else leaving.kill()
        scene.write(10, dice.uniform(1, 2))


@contextmanager
def projector_slow(scene: Scene, dice: random.Random) -> Iterator[None]:
    """It stands still most of the time, though never as long as its session lasts."""
    slow = scene.projectors[0]
    slow.send_signal(signal.SIGSTOP)
    yield
    for _ in range(6):
        slow.send_signal(signal.SIGCONT)
        scene.write(2, 0.1)
        slow.send_signal(signal.SIGSTOP)
        scene.write(5, dice.uniform(0.5, 1.5))
    slow.send_signal(signal.SIGCONT)


@contextmanager
def poison(scene: Scene, dice: random.Random) -> Iterator[None]:
    scene.poison()
    yield


@contextmanager
def clock_stepped(scene: Scene, dice: random.Random) -> Iterator[None]:
    """The clock of who writes jumps by hours, there and back, with every commit."""
    logs = scene.world.logs
    with_clocks = dict(logs)

    def clock() -> datetime:
        return datetime.now(UTC) + timedelta(hours=dice.uniform(-5, 5))

    for source in SOURCES:
        logs[source] = MongoLog(scene.world.client[scene.world.databases[source]], source, clock)
    yield
    logs.update(with_clocks)


FAULTS: dict[str, Fault] = {
    "the leader of a partition killed": leader_killed,
    "the leader of a partition frozen": leader_frozen,
    "the way to a leader cut": _network("cut", 3),
    "the way to a leader stalled": _network("stall", 3),
    "a leader's answers dropped": _network("deaf", 5),
    "connections reset": connections_reset,
    "all brokers killed": brokers_killed,
    "the primary killed": primary_killed,
    "the primary stepped down": primary_stepped_down,
    "the primary frozen": primary_frozen,
    "a secondary killed": secondary_killed,
    "the primary's disk full": disk_full,
    "a relay killed": relay_killed,
    "a relay frozen past its lease": relay_frozen,
    "the projector killed": projector_killed,
    "the projector frozen past its session": projector_frozen,
    "projectors come and go": rebalanced,
    "the projector slow": projector_slow,
    "a poison event": poison,
    "the writers' clock stepped": clock_stepped,
    "all brokers wiped": brokers_wiped,
}

#: A tansu has no copies, keeps nothing, and no proxy stands before it.
ON_KAFKA_ALONE = frozenset(list(FAULTS)[:7])


def survive(scene: Scene, fault: str, dice: random.Random) -> int:
    """People write before, during and after it; then the checker's word. How many records came again."""
    scene.write(3)
    scene.world.published()
    scene.world.caught_up()
    with FAULTS[fault](scene, dice):
        scene.write(5, dice.uniform(1, 4))
    scene.heal()
    scene.write(3)
    return scene.check()
