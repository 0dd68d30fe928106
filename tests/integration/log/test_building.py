"""A generation filled from the feeds holds what they say up to the positions asked for, and nothing later."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pymongo.database import Database

from services.kpi.projection.building import build
from services.kpi.projection.store import PartitionStore
from tests.integration.log.world import PARTITIONS, RULES, World, commit, fact, registered

NAMES = [f"facility:{n}" for n in range(7)]


@pytest.fixture
def world(new_database: Callable[[], Database[dict[str, Any]]]) -> World:
    world = World(new_database())
    for name in NAMES:
        world.log.append(commit(name, 1, registered(name)))
    world.log.append(commit(NAMES[0], 2, fact(NAMES[0], "facility.closed", "2018-01-01")))
    return world


def built(world: World, generation: str, until: int | None) -> tuple[int, dict[int, int]]:
    """Facilities by day, and how many events were taken."""
    ends = None if until is None else {"registry": until, "audits": 0, "training": 0}
    taken = build(world.database, generation, RULES, world.feeds, PARTITIONS, until=ends)
    active: dict[int, int] = {}
    for number in range(PARTITIONS):
        for cohort, days in PartitionStore(world.database, generation, number).cells():
            for day, vector in days.items() if cohort[0] == "facility" else ():
                active[day] = active.get(day, 0) + vector[0]
    return taken, active


def test_up_to_a_position_and_then_on_to_the_end(world: World) -> None:
    opened, closed = 735964, 736695
    assert built(world, "early", 3) == (3, {opened: 3})
    assert built(world, "early", 3) == (0, {opened: 3})
    assert built(world, "early", 7) == (4, {opened: 7})
    assert built(world, "early", None) == (1, {opened: 7, closed: -1})
    assert built(world, "whole", None) == (8, {opened: 7, closed: -1})


def test_nothing_up_to_the_beginning(world: World) -> None:
    assert built(world, "before", 0) == (0, {})
