"""What may happen to a cluster. Each lasts while the block runs; `Cluster.heal` mends what is left of it."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from tests.cluster.cluster import Cluster
from tests.cluster.proxy import Mode

Fault = Callable[[Cluster, random.Random], AbstractContextManager[None]]
TOPIC = "sxsh.registry.events"


@contextmanager
def leader_killed(cluster: Cluster, dice: random.Random) -> Iterator[None]:
    node, _ = cluster.leader(TOPIC, dice.randrange(3))
    node.child.kill()
    yield


@contextmanager
def leader_frozen(cluster: Cluster, dice: random.Random) -> Iterator[None]:
    """Past the time after which the others take its partitions over; then it wakes up and finds out."""
    node, _ = cluster.leader(TOPIC, dice.randrange(3))
    node.child.signal(signal.SIGSTOP)
    yield
    time.sleep(dice.uniform(5, 12))
    node.child.signal(signal.SIGCONT)


@contextmanager
def brokers_killed(cluster: Cluster, dice: random.Random) -> Iterator[None]:
    cluster.kafka.kill()
    yield


@contextmanager
def brokers_wiped(cluster: Cluster, dice: random.Random) -> Iterator[None]:
    cluster.wipe_kafka()
    yield


def _network(mode: Mode, hits: int) -> Fault:
    """The way to the leader of a partition turns bad, several times, each for a second or two."""

    @contextmanager
    def bad(cluster: Cluster, dice: random.Random) -> Iterator[None]:
        _, proxy = cluster.leader(TOPIC, dice.randrange(3))
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
def connections_reset(cluster: Cluster, dice: random.Random) -> Iterator[None]:
    for proxy in cluster.proxies:
        proxy.reset()
    yield
    for _ in range(10):
        dice.choice(cluster.proxies).reset()
        time.sleep(dice.uniform(0.05, 0.4))


@contextmanager
def primary_killed(cluster: Cluster, dice: random.Random) -> Iterator[None]:
    cluster.primary().kill()
    yield


@contextmanager
def primary_frozen(cluster: Cluster, dice: random.Random) -> Iterator[None]:
    primary = cluster.primary()
    primary.child.signal(signal.SIGSTOP)
    yield
    primary.child.signal(signal.SIGCONT)


@contextmanager
def primary_stepped_down(cluster: Cluster, dice: random.Random) -> Iterator[None]:
    cluster.step_down()
    yield


@contextmanager
def secondary_killed(cluster: Cluster, dice: random.Random) -> Iterator[None]:
    primary = cluster.primary()
    dice.choice([server for server in cluster.mongo.servers if server is not primary]).kill()
    yield


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
    "all brokers wiped": brokers_wiped,
}
