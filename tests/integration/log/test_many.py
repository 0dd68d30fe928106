"""Many commands at once are decided as each alone would be: none lost, none hindered, none twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec
import pytest

from services.eventkit.commands import CommandBus, CommandContext, Receipt, Work
from services.eventkit.decider import Decider
from services.eventkit.errors import AlreadyTaken, CommandReused, Refused, SxshError
from services.eventkit.events import Event
from services.eventkit.log import EventLog
from services.eventkit.memory_log import MemoryLog
from tests.integration.log.made import Noted, catalogue, prepared


class Add(msgspec.Struct, frozen=True):
    amount: int


def decide(command: Add, total: int) -> Sequence[Event]:
    if total + command.amount > 10:
        raise Refused(f"{total} and {command.amount} are more than 10.")
    return [Noted(thing="t", amount=command.amount, occurred_on=date(2018, 1, 1))] if command.amount else []


def evolve(total: int, event: Event) -> int:
    return total + event.amount if isinstance(event, Noted) else total


def claims(total: int, events: Sequence[Event]) -> tuple[str, ...]:
    return tuple(f"seven:{e.amount}" for e in events if isinstance(e, Noted) and e.amount == 7)


SUM: Decider[Add, int] = Decider("sum", 0, decide, evolve, claims)


@pytest.fixture(params=["memory", "mongo"])
def log(request: pytest.FixtureRequest) -> EventLog:
    if request.param == "memory":
        return MemoryLog("test")
    return prepared(request.getfixturevalue("database"))


@pytest.fixture
def bus(log: EventLog) -> CommandBus:
    return CommandBus(log, catalogue)


def add(id_: str, *amounts: int, key: str | None = None, fingerprint: str = "") -> Work:
    command_id = key or f"{id_}:{amounts}"
    context = CommandContext(actor="registrar", command_id=command_id, fingerprint=fingerprint)
    return Work(decider=SUM, id=id_, commands=tuple(map(Add, amounts)), context=context)


def told(results: Sequence[Receipt | SxshError]) -> list[object]:
    return [(one.id, one.version) if isinstance(one, Receipt) else type(one) for one in results]


def test_each_stands_or_falls_alone_and_its_commands_together(bus: CommandBus) -> None:
    works = [add("a", 4, 5), add("b", 9, 2), add("c", 0), add("d", 7), add("e", 7), add("f", 1)]
    expected = [("a", 2), Refused, ("c", 0), ("d", 1), AlreadyTaken, ("f", 1)]
    assert told(bus.rehearse_many(works)) == [("a", 0), Refused, ("c", 0), ("d", 0), ("e", 0), ("f", 0)]
    assert bus.log.head() == 0
    assert told(bus.execute_many(works)) == expected
    assert [bus.load(SUM, name).state for name in "abcdef"] == [9, 0, 0, 7, 0, 1]
    assert [stored.commit.stream for stored in bus.log.read()] == ["sum:a", "sum:d", "sum:f"]


def test_a_rehearsal_names_what_another_stream_has_taken(bus: CommandBus) -> None:
    bus.execute_many([add("d", 7)])
    assert told(bus.rehearse_many([add("e", 7), add("f", 1)])) == [AlreadyTaken, ("f", 0)]


def test_commands_to_one_stream_see_what_those_before_them_did(bus: CommandBus) -> None:
    results = bus.execute_many([add("a", 6, key="1"), add("a", 5, key="2"), add("a", 4, key="3")])
    assert told(results) == [("a", 1), Refused, ("a", 2)]
    assert bus.load(SUM, "a").state == 10


def test_a_repeat_gives_the_first_receipts_and_writes_nothing(bus: CommandBus) -> None:
    works = [add("a", 4), add("b", 3, key="k", fingerprint="f")]
    first = bus.execute_many(works)
    again = bus.execute_many([*works, add("c", 3, key="k", fingerprint="g")])
    assert again[:2] == first
    assert told(again)[2] is CommandReused
    assert bus.log.head() == 2


def test_the_same_command_twice_in_one_batch_is_run_once(bus: CommandBus) -> None:
    first, again = bus.execute_many([add("a", 4, key="k"), add("a", 4, key="k")])
    assert first == again
    assert bus.load(SUM, "a").state == 4


def test_nothing_asked_is_nothing_done(bus: CommandBus) -> None:
    assert bus.execute_many([]) == bus.rehearse_many([]) == []
