"""Two processes fill a generation as one does, also when the second was killed and the first goes on."""

from __future__ import annotations

import os
import signal
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Any

import msgspec
import pytest

from services.eventkit.errors import Unavailable
from services.eventkit.feed_client import FeedClient
from services.kpi.domain.rules import RuleSet
from services.kpi.projection.builds import Builds
from services.kpi.projection.bulk import crew, spool
from services.kpi.projection.bulk.crew import Crew, Desk, Task
from services.kpi.projection.generations import PARTS
from services.kpi.projection.rebuild import rebuild
from services.kpi.projection.store import cells_of
from tests.chaos.world import KEY, PARTITIONS, World, serving

RULES = RuleSet.load()
FACILITIES = 40


@pytest.fixture(scope="module")
def told(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Three logs and their feeds; nobody publishes them."""
    made = World(mongo_uri, "no.broker:1", tmp_path_factory.mktemp("crew"), f"crew_{uuid.uuid4().hex[:8]}")
    try:
        with serving(made):
            made.register(*map(str, range(FACILITIES)))
            yield made
    finally:
        made.stop()


class Second:
    """The other process: this one lets it go first in each of the two passes. `kill` says when it is killed,
    by what it has done until then, while it is at the next."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, kill: Callable[[list[Task]], bool]) -> None:
        self.done: list[Task] = []
        self.killed = False
        self._told, second, perform = threading.Condition(), self, Desk.perform

        class Pool(ProcessPoolExecutor):
            def submit(self, what: Any, task: Any) -> Future[Any]:  # type: ignore[override]
                future = super().submit(what, task)
                if kill(second.done):
                    for id_ in self._processes:
                        os.kill(id_, signal.SIGKILL)
                    second.killed = True
                future.add_done_callback(lambda ended: second._ended(task, ended))
                return future

        def after_it(desk: Desk, task: Task) -> None:
            with second._told:
                assert second._told.wait_for(lambda: second.killed or second.did(type(task)), 60)
            perform(desk, task)

        monkeypatch.setattr(crew, "ProcessPoolExecutor", Pool)
        monkeypatch.setattr(Desk, "perform", after_it)

    def did(self, kind: type) -> bool:
        return any(isinstance(task, kind) for task in self.done)

    def _ended(self, task: Task, ended: Future[Any]) -> None:
        with self._told:
            if ended.exception() is None:
                self.done.append(task)
            self._told.notify_all()


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, told: World) -> None:
    """Pages of two commits, so that there are tasks for both; nothing is there but the logs."""
    monkeypatch.setattr(spool, "PAGE", 2)
    monkeypatch.setattr(spool, "LEAST_PAGE", 2)
    told.client.drop_database(told.kpi)


def rebuilt(world: World, processes: int) -> str:
    feeds = {source: FeedClient(url, KEY) for source, url in world.urls.items()}
    shared = Crew(world.mongo_uri, processes, worth_it=1)
    return rebuild(world.kpi, RULES, feeds, PARTITIONS, crew=shared)


def holds(world: World, generation: str) -> dict[tuple[str, str], Any]:
    """All that is stored of it, but for its name and the time."""
    found: dict[tuple[str, str], Any] = {}
    for part in PARTS:
        for document in world.kpi[part].find({"generation": generation}):
            id_ = document.pop("_id").partition("|")[2]
            if part == "cells":
                document["cells"] = sorted((c.cohort, c.flush, _days(c.days)) for c in cells_of(document))
            found[part, id_] = {k: v for k, v in document.items() if k not in ("generation", "updated_at")}
    return found


def _days(stored: bytes) -> list[tuple[int, Any]]:
    return sorted(msgspec.msgpack.decode(stored, type=dict[int, Any]).items())


def test_two_processes_give_the_generation_that_one_gives(
    told: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert rebuilt(told, 1) == "2"
    second = Second(monkeypatch, lambda done: False)
    assert rebuilt(told, 2) == "3"
    assert second.did(list) and second.did(int), "it read some of the pages and folded some partitions"
    assert holds(told, "3") == holds(told, "2")
    told.check(FACILITIES, FACILITIES // 2)


@pytest.mark.parametrize("at", [list, int], ids=["reading", "folding"])
def test_the_second_is_killed_and_the_rebuild_gone_on_with(
    told: World, monkeypatch: pytest.MonkeyPatch, at: type
) -> None:
    with monkeypatch.context() as patched:
        second = Second(patched, lambda done: any(isinstance(task, at) for task in done))
        with pytest.raises(Unavailable, match="shared the work was ended"):
            rebuilt(told, 2)
        assert second.killed
    assert told.generation() == "1", "nothing was switched to"
    left = Builds(told.kpi).find()
    assert left is not None and left.owner == "", "whoever comes next may go on with it at once"
    assert rebuilt(told, 2) == left.generation == "2"
    assert rebuilt(told, 1) == "3"
    assert holds(told, "2") == holds(told, "3")
