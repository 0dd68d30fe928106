"""A rebuild killed anywhere is gone on with; under load it is switched to while everybody reads."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest

from services.eventkit.crash import CRASH_POINTS
from services.kpi.domain.measures import FacilityMeasure
from services.kpi.views.live import LiveCube
from services.kpi.views.store import ProjectionStore
from tests.chaos.world import PARTITIONS, World, eventually

REBUILD = [point for point in CRASH_POINTS if point.startswith("rebuild.")]
ON = date(2018, 12, 31)


def live(world: World) -> None:
    for source in ("registry", "audits", "training"):
        world.relay(source)
    world.projector()


@pytest.fixture(scope="module")
def projected(going_on: World) -> World:
    going_on.projector()
    return going_on


@pytest.mark.parametrize("point", REBUILD)
def test_a_rebuild_killed_anywhere_is_gone_on_with(projected: World, point: str) -> None:
    begin = 100 * REBUILD.index(point)
    projected.register(*map(str, range(begin, begin + 20)))
    projected.caught_up()
    before = int(projected.generation())
    projected.killed(projected.rebuild(crash_at=point))
    switched = point == "rebuild.after_switch"
    assert int(projected.generation()) == before + switched
    found = projected.kpi["pointer"].find_one({"_id": "building"})
    assert found["generation"] == str(before + 1)
    projected.register(str(begin + 20), str(begin + 21))
    assert projected.rebuild("--resume").wait(90) == 0
    assert int(projected.generation()) == before + 1 + switched
    assert projected.kpi["pointer"].find_one({"_id": "building"}) is None
    projected.caught_up()
    projected.check(*projected.told)


class Reader(threading.Thread):
    """Reads as a client of the API does, all the time; keeps what it saw, and what failed."""

    def __init__(self, world: World) -> None:
        super().__init__(daemon=True)
        self._cube = LiveCube(ProjectionStore(world.kpi), PARTITIONS)
        self.ended = threading.Event()
        self.seen: list[tuple[str, int, int]] = []
        self.failed: list[BaseException] = []

    def run(self) -> None:
        while not self.ended.wait(0.01):
            try:
                self.seen.append(self._cube.read(self._look))
            except BaseException as error:  # noqa: BLE001
                self.failed.append(error)

    def _look(self, cells: Any, view: Any) -> tuple[str, int, int]:
        sums = cells.at("facility", ON)
        return view.generation, sums[FacilityMeasure.ACTIVE], sums[FacilityMeasure.AWARE]


@contextmanager
def load(world: World) -> Iterator[list[int]]:
    """Fifty facilities a second, each with an answer: a hundred events. The list holds how many so far."""
    ended, told = threading.Event(), [1000]

    def tell() -> None:
        due = time.monotonic()
        while not ended.wait(max(due - time.monotonic(), 0)):
            told[0] += 1
            world.register(str(told[0]))
            due += 0.02

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        ended.set()
        thread.join()


def test_under_load_reads_never_fail_and_no_value_goes_back(world: World) -> None:
    """Though the rebuild is killed on its way, and gone on with."""
    live(world)
    world.register(*map(str, range(1, 101)))
    world.caught_up()
    readers = [Reader(world), Reader(world)]
    with load(world) as told:
        for reader in readers:
            reader.start()
        time.sleep(1)
        began, had = time.monotonic(), told[0]
        world.killed(world.rebuild(crash_at="rebuild.after_cards"))
        assert world.rebuild("--resume").wait(120) == 0, "no difference to the live generation"
        events, seconds = 2 * (told[0] - had), time.monotonic() - began
        assert events > 100 and events / seconds > 30, f"{events} events in {seconds:.1f} s are no load"
        assert world.generation() == "2"
        for reader in readers:
            eventually(lambda reader=reader: reader.seen[-1][0] == "2")
        time.sleep(1)
    world.caught_up()
    facilities = 100 + told[0] - 1000
    for reader in readers:
        eventually(lambda reader=reader: reader.seen[-1][1] == facilities)
        reader.ended.set()
        reader.join()
        assert not reader.failed
        assert {generation for generation, _, _ in reader.seen} == {"1", "2"}
        for measure in (1, 2):
            values = [each[measure] for each in reader.seen]
            assert values == sorted(values)
    world.check(facilities=facilities, aware=50 + (told[0] - 1000) // 2)
