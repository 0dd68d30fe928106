"""Partitions that are written together are still each for itself."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from pymongo.database import Database

from services.kpi.projection import flushing
from services.kpi.projection import partition as partitioning
from services.kpi.projection.partition import Partition, TooLarge
from services.kpi.projection.store import Overtaken
from tests.integration.log.world import PARTITIONS, World, commit, fact, registered


@pytest.mark.parametrize("many", [1, 500], ids=["one after the other", "together"])
def test_where_one_partition_was_overtaken_each_event_takes_effect_once(
    new_database: Callable[[], Database[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(flushing, "MANY", many)
    world = World(new_database())
    for number in range(8 * PARTITIONS):
        subject = f"facility:{number}"
        world.log.append(commit(subject, 1, registered(subject)))
    world.drain_relay()
    slow, fast = (worker.projector for worker in world.workers)
    fast.handle([record for record in world.topic.records if record[1] == 0])

    with pytest.raises(Overtaken):
        slow.handle(world.topic.records)
    slow.reload()
    slow.handle(world.topic.records)

    stored, folded = world.stored(), world.folded()
    assert stored["cells"] == folded["cells"]
    assert len({number for _, number, _ in world.topic.records}) == PARTITIONS


def test_more_than_a_document_holds_is_flushed_in_several(
    new_database: Callable[[], Database[dict[str, Any]]],
) -> None:
    """Of one partition, at once: what the cards touched come to would be too large to be told of in one."""
    world = World(new_database(), partitions=1)
    for number in range(30):
        subject = f"plan:{number}"
        loaded = fact(subject, "plan.loaded", tasks=[], remark="…" * 200_000)
        world.log.append(commit(subject, 1, loaded))
    world.drain_relay()
    projector = world.workers[0].projector

    projector.handle(world.topic.records)

    stored = {card["_id"].partition("|")[2] for card in world.database["cards"].find({}, {"_id": 1})}
    assert stored == {f"plan:{number}" for number in range(30)}
    assert projector.owned[0].position.flush > 1


def test_cards_larger_than_was_guessed_are_flushed_fewer_at_once(
    new_database: Callable[[], Database[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partitioning, "MOST_BYTES", 5_000)
    monkeypatch.setattr(Partition, "most", Partition.most)
    world = World(new_database(), partitions=1)
    for number in range(60):
        subject = f"facility:{number}"
        world.log.append(commit(subject, 1, registered(subject)))
    worker = world.workers[0]

    with pytest.raises(TooLarge):
        worker.started()
    for _ in range(4):
        with suppress(TooLarge):
            worker.started()

    assert world.stored()["cells"] == world.folded()["cells"]
