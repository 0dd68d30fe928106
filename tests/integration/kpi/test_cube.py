"""The numbers in memory are the numbers stored, whatever was flushed, rewritten, torn or switched between."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping
from datetime import date, timedelta

import msgspec
import pytest

from services.eventkit.errors import Unavailable
from services.kpi.domain.measures import Cohort, FacilityMeasure, add, family_of, sub
from services.kpi.domain.rules import section_of
from services.kpi.projection.store import Cell, Change, Intent, PartitionStore, flush_together
from services.kpi.views.cube import ALL, Where, where
from services.kpi.views.live import INTERVAL, LiveCube
from services.kpi.views.store import Cell as StoredCell
from services.kpi.views.store import Partition
from tests.integration.kpi.conftest import PARTITIONS, Stored

WIDTH = len(FacilityMeasure)
DAY = date(2018, 6, 1)


def shuffle(stored: Stored, random_: random.Random, cells: int = 60) -> None:
    for _ in range(cells):
        cohort: Cohort = (
            "facility",
            random_.choice(["nho-quan", "yen-mo", "kim-son"]),
            random_.choice(["2018:C10", "2018:B08", "2007:C10"]),
            random_.choice(["enterprise", "household"]),
            random_.choice(["micro", "large"]),
        )
        day = (DAY + timedelta(days=random_.randint(-900, 900))).toordinal()
        vector = [random_.randint(-5, 10**12) for _ in range(WIDTH)]
        stored.add(random_.randrange(PARTITIONS), cohort, day, vector)


def brute(stored: Stored, chosen: Where, on: date) -> list[int]:
    sums = [0] * WIDTH
    for (_, (_, unit, industry, kind, size)), days in stored.cells.items():
        named = {"unit": unit, "section": section_of(industry), "kind": kind, "size": size}
        if all(named[dimension] in values for dimension, values in chosen):
            for day, vector in days.items():
                if day <= on.toordinal():
                    sums = [a + b for a, b in zip(sums, vector, strict=True)]
    return sums


CHOICES = (
    ALL,
    where(unit="yen-mo"),
    where(unit=("yen-mo", "kim-son"), size="micro"),
    where(section="C"),
    where(section="B", kind="household", unit="kim-son"),
    where(kind="household"),
    where(kind="nobody"),
)


def assert_same(live: LiveCube, stored: Stored) -> None:
    live.refresh()
    days = [DAY - timedelta(days=1000), DAY - timedelta(days=1), DAY, DAY + timedelta(days=1000)]
    for chosen in CHOICES:
        expected = [brute(stored, chosen, day) for day in days]
        assert [live._cube.at("facility", day, chosen) for day in days] == expected
        assert live._cube.series("facility", days, chosen) == expected


@pytest.mark.parametrize("seed", range(4))
def test_the_cube_is_the_brute_force_sum_after_every_flush(live: LiveCube, stored: Stored, seed: int) -> None:
    random_ = random.Random(seed)
    for _ in range(4):
        shuffle(stored, random_)
        stored.flush()
        assert_same(live, stored)


def test_a_flush_seen_half_written_is_right_once_it_is_whole(live: LiveCube, stored: Stored) -> None:
    random_ = random.Random(7)
    shuffle(stored, random_)
    stored.flush()
    assert_same(live, stored)
    shuffle(stored, random_)
    stored.partition(0, begun=1)
    stored.write_cells(0)
    live.refresh()
    stored.flush(registry=9)
    assert_same(live, stored)
    assert live.view().position["registry"] == 9


def test_a_flush_that_ends_soon_is_waited_for_instead_of_read_half_written(
    live: LiveCube, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    random_ = random.Random(8)
    shuffle(stored, random_)
    stored.flush()
    live.refresh()
    shuffle(stored, random_)
    stored.partition(0, begun=1)
    stored.write_cells(0)
    fetched: list[list[Partition]] = []
    fetch, partitions = live.store.cells_after, live.store.partitions

    def after(generation: str, seen: Mapping[int, int]) -> list[StoredCell]:
        fetched.append(partitions(generation))
        return fetch(generation, seen)

    def look(generation: str) -> list[Partition]:
        found = partitions(generation)
        if found[0].flush != found[0].applied_flush:
            stored.flush()
        return found

    monkeypatch.setattr(live.store, "cells_after", after)
    monkeypatch.setattr(live.store, "partitions", look)
    assert_same(live, stored)
    assert [p.flush == p.applied_flush for found in fetched for p in found] == [True] * PARTITIONS


def test_a_projector_that_died_in_a_flush_is_not_waited_for_again(
    live: LiveCube, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored.flush()
    live.refresh()
    stored.partition(0, begun=1)
    live.refresh()
    looks, partitions = [], live.store.partitions

    def look(generation: str) -> list[Partition]:
        looks.append(generation)
        return partitions(generation)

    monkeypatch.setattr(live.store, "partitions", look)
    assert len(live._at_rest(stored.generation)) == PARTITIONS
    assert len(looks) == 1


def test_another_generation_replaces_all_of_the_old(live: LiveCube, stored: Stored) -> None:
    shuffle(stored, random.Random(1))
    stored.flush()
    live.refresh()
    other = Stored(stored.database, "g2")
    shuffle(other, random.Random(2))
    other.flush()
    assert_same(live, stored)
    other.switch()
    assert_same(live, other)
    assert live.view().generation == "g2"


def test_another_generation_is_not_read_while_a_flush_that_it_needs_is_half_written(
    live: LiveCube, stored: Stored
) -> None:
    cohort: Cohort = ("facility", "yen-mo", "2018:C10", "household", "micro")
    other = Stored(stored.database, "g2")
    for each in (stored, other):
        each.add(0, cohort, DAY.toordinal(), [1] * WIDTH)
    stored.flush(registry=9)
    live.refresh()
    other.positions["registry"] = 9
    for number in range(PARTITIONS):
        other.partition(number, begun=1)
    other.switch()
    live.refresh()
    assert (live.view().generation, live._cube.at("facility", DAY)) == ("g1", [1] * WIDTH)
    other.flush()
    live.refresh()
    assert (live.view().generation, live._cube.at("facility", DAY)) == ("g2", [1] * WIDTH)


def test_a_position_is_only_claimed_when_every_partition_is_there(live: LiveCube, stored: Stored) -> None:
    stored.flush(audits=5)
    live.refresh()
    assert live.view().position == {"registry": 0, "audits": 5, "training": 0}
    stored.database.partitions.delete_one({"partition": 1})
    live.refresh()
    assert live.view().position["audits"] == 0


def test_waiting_ends_when_the_last_partition_has_applied_it(live: LiveCube, stored: Stored) -> None:
    timer = threading.Timer(0.15, lambda: stored.flush(registry=12))
    timer.start()
    view = live.wait_for({"registry": 12}, timeout=60)
    timer.join()
    assert view.position["registry"] == 12
    with pytest.raises(Unavailable, match=r"registry:13 \(applied: 12\)"):
        live.wait_for({"registry": 13}, timeout=3 * INTERVAL)


def test_an_answer_is_made_once_per_change(live: LiveCube, stored: Stored) -> None:
    made: list[int] = []

    def make(*_: object) -> bytes:
        made.append(1)
        return b"%d" % len(made)

    assert live.answer("a", make).body == live.answer("a", make).body == b"1"
    stored.add(0, ("facility", "yen-mo", "2018:C10", "household", "micro"), DAY.toordinal(), [1] * WIDTH)
    stored.flush()
    live.refresh()
    assert live.answer("a", make).body == b"2"


def test_before_the_first_build_it_says_what_to_start(live: LiveCube, stored: Stored) -> None:
    stored.database.pointer.delete_many({})
    with pytest.raises(Unavailable, match="Start the projector"):
        live.view()


def test_officers_and_units_are_kept_apart_from_facilities(live: LiveCube, stored: Stored) -> None:
    stored.add(0, ("officer", "yen-mo"), DAY.toordinal(), [1, 1, 0])
    stored.add(1, ("unit", "yen-mo"), DAY.toordinal(), [1])
    stored.flush()
    live.refresh()
    assert live._cube.at("officer", DAY, where(unit="yen-mo")) == [1, 1, 0]
    assert live._cube.at("unit", DAY, where(unit="yen-mo")) == [1]
    assert live._cube.names("unit", "unit") == ["yen-mo"]
    assert live._cube.at("facility", DAY) == [0] * WIDTH


def test_a_spread_is_the_multiset_of_what_stands_on_the_day(live: LiveCube, stored: Stored) -> None:
    micro = ("spread", "payback", "yen-mo", "2018:C10", "household", "micro")
    large = ("spread", "payback", "yen-mo", "2018:C10", "household", "large")
    later = (DAY + timedelta(days=1)).toordinal()
    stored.put_days(0, micro, {DAY.toordinal(): (150, 2, 300, 1), later: (150, -1)})
    stored.put_days(1, micro, {later: (300, 4)})
    stored.put_days(1, large, {DAY.toordinal(): (-20, 1)})
    stored.flush()
    live.refresh()
    on = DAY + timedelta(days=1)
    assert live._cube.spread("payback", DAY) == [(-20, 1), (150, 2), (300, 1)]
    assert live._cube.spread("payback", on, where(size="micro")) == [(150, 1), (300, 5)]
    stored.put_days(1, micro, {})
    stored.flush()
    live.refresh()
    assert live._cube.spread("payback", on) == [(-20, 1), (150, 1), (300, 1)]
    assert live._cube.spread("lag", on) == []


def test_spreads_add_and_take_away_as_multisets() -> None:
    one, two = (5, 1, 9, 2), (5, 2, 7, 1)
    assert add("spread", one, two) == (5, 3, 7, 1, 9, 2)
    assert sub("spread", add("spread", one, two), two) == one
    assert sub("spread", one, one) == ()


def test_what_the_projector_flushes_is_what_is_read(live: LiveCube, stored: Stored) -> None:
    partition = PartitionStore(stored.database, "g1", 0)
    position = partition.load()
    cohort: Cohort = ("facility", "yen-mo", "2018:C10", "household", "micro")
    for total in (1, 5):
        days = msgspec.msgpack.encode({DAY.toordinal(): [total] * WIDTH})
        cells = {family_of(cohort): [Cell(cohort, position.flush + 1, days)]}
        (position,) = flush_together([Change(partition, position, Intent(cards={}, cells=cells, parked={}))])
        live.refresh()
        assert live._cube.at("facility", DAY) == [total] * WIDTH
