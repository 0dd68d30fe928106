"""What an operator would lose: alerts that rest on what the projector says of itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from prometheus_client import REGISTRY
from pymongo.database import Database

from tests.integration.log.world import World, commit, fact, registered


def test_the_projector_tells_how_far_it_is_and_what_waits(
    new_database: Callable[[], Database[dict[str, Any]]],
) -> None:
    world = World(new_database())
    for number in range(4):
        world.log.append(commit(f"facility/{number}", 1, registered(f"facility:{number}")))
    world.log.append(commit("facility/4", 1, fact("facility:4", "facility.registered", kind=7)))
    world.drain_relay()
    projector = world.workers[0].projector
    projector.handle(world.topic.records)
    projector.housekeeping()

    def measured(name: str, **labels: str) -> float:
        value = REGISTRY.get_sample_value(f"sxsh_{name}", labels)
        assert value is not None, name
        return value

    assert measured("projector_position", source="registry") == world.log.head()
    assert measured("projector_parked_subjects") == 1
    assert abs(time.time() - measured("projector_last_round_timestamp_seconds")) < 5
    assert measured("projector_batch_seconds_count") > 0
