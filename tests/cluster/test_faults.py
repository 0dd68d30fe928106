"""A broker or a mongod of three fails while people write: what was acknowledged is there, counted once."""

from __future__ import annotations

import itertools
import random
import time

import pytest

from tests.chaos.world import SOURCES, World
from tests.cluster.checker import check_topic
from tests.cluster.cluster import Cluster
from tests.cluster.faults import FAULTS

_codes = itertools.count(1)
_wiped: set[str] = set()


def write(world: World, count: int, seconds: float = 0.0) -> int:
    """Register facilities, at least so many, for at least so long; the last of all codes so far."""
    end, code = time.monotonic() + seconds, 0
    while count > 0 or time.monotonic() < end:
        code = next(_codes)
        world.register(str(code))
        count -= 1
        time.sleep(0.05)
    return code


@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_is_lost_or_counted_twice(
    running: World, cluster: Cluster, dice: random.Random, fault: str
) -> None:
    write(running, 3)
    running.caught_up(180)
    with FAULTS[fault](cluster, dice):
        write(running, 5, dice.uniform(1, 4))
    cluster.heal()
    facilities = write(running, 3)
    running.caught_up(180)
    running.check(facilities=facilities, aware=facilities // 2)
    if fault == "all brokers wiped":
        _wiped.update(SOURCES)
    for source in SOURCES:
        check_topic(running, source, wiped=source in _wiped)
