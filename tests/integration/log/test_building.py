"""A generation filled from the feeds holds what they say up to the positions asked for, and nothing later."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from pymongo.database import Database

from services.eventkit.feed_client import FeedBroken
from services.kpi.domain.measures import Cohort, Days
from services.kpi.projection.building import Stopped, build
from services.kpi.projection.bulk import spool
from services.kpi.projection.store import PartitionStore
from tests.integration.log.world import (
    PARTITIONS,
    RULES,
    LogFeed,
    World,
    commit,
    event_id,
    fact,
    registered,
)

NAMES = [f"facility:{n}" for n in range(7)]


@pytest.fixture
def world(new_database: Callable[[], Database[dict[str, Any]]]) -> World:
    world = World(new_database())
    for name in NAMES:
        world.log.append(commit(name, 1, registered(name)))
    world.log.append(commit(NAMES[0], 2, fact(NAMES[0], "facility.closed", "2018-01-01")))
    return world


def cells(store: PartitionStore) -> Iterator[tuple[Cohort, Days]]:
    return ((cell.cohort, msgspec.msgpack.decode(cell.days, type=Days)) for cell in store.cells())


def built(world: World, generation: str, until: int | None) -> tuple[int, dict[int, int]]:
    """Facilities by day, and how many events were taken."""
    ends = None if until is None else {"registry": until, "audits": 0, "training": 0}
    taken = build(world.database, generation, RULES, world.feeds, PARTITIONS, until=ends)
    active: dict[int, int] = {}
    for number in range(PARTITIONS):
        for cohort, days in cells(PartitionStore(world.database, generation, number)):
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


class PlainFeed:
    """Can only be followed, so that what is built from it is built event by event."""

    def __init__(self, feed: LogFeed) -> None:
        self.commits = feed.commits


class Holding:
    """Lets a number of pages through, then says that the build was called off."""

    def __init__(self, world: World, pages: int) -> None:
        self.asked: list[int] = []
        self._left = pages
        feed = world.feeds["registry"]
        linked = feed.linked

        def counted(after: int, limit: int, decoder: Any) -> Any:
            self.asked.append(after)
            return linked(after, limit, decoder)

        feed.linked = counted  # type: ignore[method-assign]

    def go_on(self) -> bool:
        self._left -= 1
        return self._left >= 0


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of three commits, buckets of a few."""
    monkeypatch.setattr(spool, "PAGE", 3)
    monkeypatch.setattr(spool, "LEAST_PAGE", 3)
    monkeypatch.setattr(spool, "BUCKET_EVENTS", 2)


def holds(world: World, generation: str) -> dict[str, Any]:
    found: dict[str, Any] = {"cells": {}, "parked": {}, "cards": {}, "complete": []}
    for number in range(PARTITIONS):
        store = PartitionStore(world.database, generation, number)
        found["cells"] |= {(number, cohort): days for cohort, days in cells(store)}
        for subject, ((error, _, events), _) in store.parked().items():
            found["parked"][subject] = error, [(source, event_id(event)) for source, event in events]
        found["cards"] |= store.cards([*NAMES, *MORE])
        found["complete"].append(store.load().complete)
    return found


MORE = [f"facility:more-{n}" for n in range(20)]


def told_more(world: World) -> None:
    """Twenty more; of three something is told that nobody can read, and something after it."""
    for name in MORE:
        world.log.append(commit(name, 1, registered(name)))
    for name in MORE[:3]:
        world.log.append(commit(name, 2, fact(name, "facility.vanished")))
        world.log.append(commit(name, 3, fact(name, "facility.closed", "2018-05-01")))
    both = (fact(MORE[4], "facility.closed", "2018-06-01"), fact(MORE[5], "facility.closed", "2018-06-01"))
    world.log.append(commit("pair", 1, *both))


@pytest.mark.usefixtures("small")
def test_in_bulk_and_event_by_event_it_is_the_same(world: World) -> None:
    told_more(world)
    taken = build(world.database, "bulk", RULES, world.feeds, PARTITIONS)
    plain = {source: PlainFeed(feed) for source, feed in world.feeds.items()}
    assert build(world.database, "plain", RULES, plain, PARTITIONS) == taken == 36
    bulk, followed = holds(world, "bulk"), holds(world, "plain")
    followed["cells"] = {key: days for key, days in followed["cells"].items() if days}
    assert bulk == followed
    assert sorted(bulk["parked"]) == MORE[:3]
    assert "spool_bulk" not in world.database.list_collection_names()


@pytest.mark.parametrize("pages", [0, 1, 4, 9, 12, 14, 17])
@pytest.mark.usefixtures("small")
def test_called_off_anywhere_it_goes_on_where_it_stopped(world: World, pages: int) -> None:
    told_more(world)
    holding = Holding(world, pages)
    with pytest.raises(Stopped):
        build(world.database, "held", RULES, world.feeds, PARTITIONS, go_on=holding.go_on)
    world.log.append(commit(NAMES[1], 2, fact(NAMES[1], "facility.closed", "2018-02-01")))
    asked = len(holding.asked)
    build(world.database, "held", RULES, world.feeds, PARTITIONS)
    build(world.database, "whole", RULES, world.feeds, PARTITIONS)
    held, whole = holds(world, "held"), holds(world, "whole")
    held["cells"] = {key: days for key, days in held["cells"].items() if days}
    assert held == whole
    again = holding.asked[asked:]
    if pages >= 12:
        assert again.count(3) == 1, "read once more, for the whole one alone"


@pytest.mark.usefixtures("small")
def test_pages_that_do_not_follow_each_other_are_not_built_upon(world: World) -> None:
    feed = world.feeds["registry"]
    linked = feed.linked

    def altered(after: int, limit: int, decoder: Any) -> Any:
        lines = linked(after, limit, decoder)
        return (
            [(body.replace(b"registered", b"re-entered"), line) for body, line in lines]
            if after == 6
            else lines
        )

    told_more(world)
    feed.linked = altered  # type: ignore[method-assign]
    with pytest.raises(FeedBroken, match="registry at position 10"):
        build(world.database, "altered", RULES, world.feeds, PARTITIONS)
    assert not world.database["partitions"].count_documents({"generation": "altered"})
