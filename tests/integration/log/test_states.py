"""A long stream is decided on without reading all of it; what is kept for that is no truth beside the log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from bson.binary import Binary
from pymongo.database import Database

from services.eventkit import commands
from services.eventkit.commands import CommandBus, CommandContext
from services.eventkit.commits import NewCommit
from services.eventkit.errors import Refused
from services.eventkit.ids import new_id
from services.eventkit.mongo_log import MongoLog
from services.eventkit.states import States
from services.registry.domain.events import catalogue
from services.registry.domain.merging import MERGES, REGISTER, Merge, Unmerge
from tests.integration.log.made import prepared

DAY = date(2018, 1, 1)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "WINDOW", 10)
    monkeypatch.setattr(commands, "EVERY", 5)


class World:
    """One register, by a bus that keeps states and one that reads all."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self.log: MongoLog = prepared(database)
        self.kept = database["states"]
        self.bus = CommandBus(self.log, catalogue, States(database))
        self.plain = CommandBus(self.log, catalogue)

    def execute(self, command: Any) -> None:
        context = CommandContext(actor="lan", command_id=new_id())
        self.bus.execute(MERGES, REGISTER, command, context)

    def merge(self, number: int) -> None:
        self.execute(Merge(duplicate_id=f"d{number}", survivor_id="s", reason="một cơ sở", occurred_on=DAY))

    def unmerge(self, number: int) -> None:
        self.execute(Unmerge(duplicate_id=f"d{number}", reason="nhầm", occurred_on=DAY))

    def same(self) -> bool:
        return self.bus.load(MERGES, REGISTER) == self.plain.load(MERGES, REGISTER)


@pytest.fixture
def world(database: Database[dict[str, Any]]) -> World:
    return World(database)


def counted(world: World, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Positions of the commits read from the log from now on."""
    read: list[int] = []

    def counting(real: Callable[..., Any]) -> Callable[..., Any]:
        def reading(*asked: Any, **more: Any) -> Any:
            found = list(real(*asked, **more))
            read.extend(getattr(each, "commit", each).position for each in found)
            return iter(found) if real.__name__ == "stream" else found

        return reading

    for name in ("stream", "tail", "at"):
        monkeypatch.setattr(world.log, name, counting(getattr(world.log, name)))
    return read


def test_each_decision_reads_the_end_of_the_stream(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(60):
        world.merge(number)
        if number % 7 == 3:
            world.unmerge(number - 2)
        assert world.same()
    read = counted(world, monkeypatch)
    loaded = world.bus.load(MERGES, REGISTER)
    assert len(loaded.state.merged) == 60 - 9
    assert len(read) <= 10 + 1
    with pytest.raises(Refused, match="merged into s already"):
        world.execute(Merge(duplicate_id="d0", survivor_id="t", reason="khác", occurred_on=DAY))


@pytest.mark.parametrize(
    "change",
    [
        {"hash": "f" * 64},
        {"position": 1_000_000},
        {"position": 3},
        {"shape": "of an earlier release"},
        {"state": Binary(b"\xc1")},
    ],
    ids=["another-history", "a-log-restored-to-before", "another-place", "another-shape", "unreadable"],
)
def test_what_does_not_follow_the_log_is_not_used(world: World, change: dict[str, Any]) -> None:
    for number in range(30):
        world.merge(number)
    forged = {"state": Binary(b"\x80"), **change}
    world.kept.update_one({"_id": MERGES.stream(REGISTER)}, {"$set": forged})
    assert world.same()
    assert world.kept.find_one({"_id": MERGES.stream(REGISTER)})["state"] != forged["state"], "made anew"


def test_it_can_be_dropped(world: World) -> None:
    for number in range(30):
        world.merge(number)
    assert world.kept.count_documents({}) == 1
    world.kept.drop()
    assert world.same()
    assert world.kept.count_documents({}) == 1


def test_a_state_of_another_stream_is_not_used(world: World) -> None:
    """The commit that it claims to follow stands in the log, but in another stream."""
    for number in range(30):
        world.merge(number)
    made = world.log.read(0, 1)[0].commit.events
    other = world.log.append(
        NewCommit(stream="merge-register:x", version=1, events=made, command_id=new_id(), actor="lan")
    )
    follows = {"position": other.commit.position, "hash": other.hash}
    world.kept.update_one({}, {"$set": {**follows, "state": Binary(b"\x80")}})
    assert world.same()


def test_a_short_stream_keeps_nothing(world: World) -> None:
    for number in range(9):
        world.merge(number)
    assert world.same()
    assert world.kept.count_documents({}) == 0
