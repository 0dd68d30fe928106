"""One suite for every event log. What a user would lose: a fact, its order, or its proof."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import msgspec
import pytest
from pymongo.database import Database

from services.eventkit.commits import NewCommit
from services.eventkit.errors import (
    AlreadyTaken,
    CommandReused,
    InvalidInput,
    SxshError,
    VersionConflict,
)
from services.eventkit.events import Catalogue, Event
from services.eventkit.ids import new_id
from services.eventkit.log import EventLog
from services.eventkit.memory_log import MemoryLog
from services.eventkit.mongo_log import MongoLog
from services.eventkit.verify import verify_bodies

catalogue = Catalogue("test")


@catalogue.event("thing.noted", schema=2)
class Noted(Event, frozen=True, kw_only=True):
    thing: str
    amount: int

    @property
    def subject(self) -> str:
        return f"thing:{self.thing}"


@catalogue.upcaster("thing.noted", from_schema=1)
def amount_was_text(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "amount": int(data["amount"])}


def commit(stream: str, version: int = 1, events: int = 1, **other: Any) -> NewCommit:
    noted = (Noted(thing=stream, amount=n, occurred_on=date(2018, 1, 1)) for n in range(events))
    given = {"command_id": new_id(), "actor": "registrar", **other}
    encoded = tuple(catalogue.encode(event, new_id()) for event in noted)
    return NewCommit(stream=stream, version=version, events=encoded, **given)


def prepared(database: Database[dict[str, Any]]) -> MongoLog:
    log = MongoLog(database, "test")
    log.prepare()
    return log


@pytest.fixture(params=["memory", "mongo"])
def log(request: pytest.FixtureRequest) -> EventLog:
    if request.param == "memory":
        return MemoryLog("test")
    return prepared(request.getfixturevalue("database"))


def test_positions_have_no_gap_and_the_chain_verifies(log: EventLog) -> None:
    for n in range(1, 8):
        assert log.append(commit(f"s{n % 3}", (n - 1) // 3 + 1)).commit.position == n
    stored = log.read(0, 100)
    assert [s.commit.position for s in stored] == list(range(1, 8))
    assert verify_bodies((s.body, s.hash) for s in stored).whole
    assert log.head() == 7


def test_a_commit_is_all_of_its_events_under_contiguous_versions(log: EventLog) -> None:
    log.append(commit("s", 1, events=3))
    log.append(commit("s", 4, events=2))
    assert [(c.version, c.last_version) for c in log.stream("s")] == [(1, 3), (4, 5)]
    assert [c.version for c in log.stream("s", from_version=4)] == [4]


@pytest.mark.parametrize("version", [1, 2, 4, 7])
def test_a_writer_who_read_another_version_gets_a_conflict(log: EventLog, version: int) -> None:
    log.append(commit("s", 1, events=2))
    with pytest.raises(VersionConflict):
        log.append(commit("s", version))
    assert log.head() == 1


def test_a_repeated_command_gives_the_first_result_and_writes_nothing(log: EventLog) -> None:
    first = log.append(commit("s", command_id="k", fingerprint="f"))
    again = log.append(commit("s", command_id="k", fingerprint="f"))
    assert again == first
    assert log.head() == 1
    found = log.by_command("k")
    assert found is not None
    assert found.hash == first.hash


def test_a_command_id_reused_for_something_else_is_told_so(log: EventLog) -> None:
    log.append(commit("s", command_id="k", fingerprint="f"))
    with pytest.raises(CommandReused):
        log.append(commit("t", command_id="k", fingerprint="g"))


def test_a_claimed_value_stays_taken_for_ever(log: EventLog) -> None:
    log.append(commit("s", claims=("code:1", "code:2")))
    with pytest.raises(AlreadyTaken, match="'2'"):
        log.append(commit("t", claims=("code:2", "code:3")))
    assert log.append(commit("u", claims=("code:3",))).commit.position == 2


def test_a_batch_may_continue_its_own_stream(log: EventLog) -> None:
    results = log.append_many([commit("s", 1, events=2), commit("s", 3), commit("s", 5)])
    kinds = [type(r).__name__ if isinstance(r, SxshError) else r.commit.position for r in results]
    assert kinds == [1, 2, "VersionConflict"]


def test_in_a_batch_each_stands_or_falls_alone(log: EventLog) -> None:
    log.append(commit("s"))
    batch = [commit("a"), commit("s"), commit("b", claims=("x:1",)), commit("c", claims=("x:1",))]
    results = log.append_many(batch)
    kinds = [type(r).__name__ if isinstance(r, SxshError) else r.commit.position for r in results]
    assert kinds == [2, "VersionConflict", 3, "AlreadyTaken"]


@pytest.mark.parametrize("events", [0, 1000])
def test_a_commit_of_no_events_or_too_many_is_refused(log: EventLog, events: int) -> None:
    with pytest.raises(InvalidInput):
        log.append(commit("s", events=events))
    assert log.head() == 0


def test_reading_goes_on_where_it_stopped(log: EventLog) -> None:
    log.append_many([commit(f"s{n}") for n in range(10)])
    assert [s.commit.position for s in log.read(3, 4)] == [4, 5, 6, 7]
    assert log.read(10) == []


def test_events_of_an_old_schema_are_lifted_on_reading(log: EventLog) -> None:
    new = commit("s")
    old = msgspec.structs.replace(
        new.events[0],
        schema=1,
        data=msgspec.Raw(b'{"occurred_on":"2018-01-01","thing":"s","amount":"7"}'),
    )
    log.append(msgspec.structs.replace(new, events=(old,)))
    record = next(log.stream("s")).events[0]
    assert record.schema == 1
    assert catalogue.decode(record) == Noted(thing="s", amount=7, occurred_on=date(2018, 1, 1))


def race(logs: list[EventLog], writers: int, work: Callable[[EventLog, int], Any]) -> list[Any]:
    start = threading.Barrier(writers)

    def run(n: int) -> Any:
        start.wait()
        return work(logs[n % len(logs)], n)

    with ThreadPoolExecutor(writers) as pool:
        return list(pool.map(run, range(writers)))


def test_a_hundred_writers_on_one_stream_lose_nothing(database: Database[dict[str, Any]]) -> None:
    """Two logs, as two processes have them. Who is told "conflict" wrote nothing; all others are there."""
    logs: list[EventLog] = [prepared(database), MongoLog(database, "test")]

    def work(log: EventLog, n: int) -> str:
        try:
            return f"ok {log.append(commit('s', command_id=str(n))).commit.position}"
        except VersionConflict:
            return "conflict"

    results = race(logs, 100, work)
    assert sorted(results) == ["conflict"] * 99 + ["ok 1"]
    assert logs[0].head() == 1


def test_a_hundred_writers_on_many_streams_all_get_through(database: Database[dict[str, Any]]) -> None:
    logs: list[EventLog] = [prepared(database), MongoLog(database, "test")]

    def work(log: EventLog, n: int) -> list[int]:
        return [log.append(commit(f"s{n}", version)).commit.position for version in range(1, 6)]

    positions = sorted(p for found in race(logs, 100, work) for p in found)
    assert positions == list(range(1, 501))
    stored = logs[0].read(0, 1000)
    assert verify_bodies((s.body, s.hash) for s in stored).whole


def test_without_the_unique_index_two_writers_take_the_same_version(
    database: Database[dict[str, Any]],
) -> None:
    """The index (stream, version) is what guards: dropped, the verifier reports the doubled version."""
    log = prepared(database)
    database["log"].drop_index("stream")
    log.append(commit("s"))
    log.append(commit("s"))
    verdict = verify_bodies((s.body, s.hash) for s in log.read(0))
    assert not verdict.whole
    assert verdict.position == 2
    assert "version" in verdict.reason
