"""One suite for every event log. What a user would lose: a fact, its order, the proof of both."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from pymongo.database import Database

from services.eventkit.errors import AlreadyTaken, CommandReused, InvalidInput, SxshError, VersionConflict
from services.eventkit.log import LARGEST, EventLog
from services.eventkit.memory_log import MemoryLog
from services.eventkit.mongo_log import MongoLog
from services.eventkit.verify import verify_bodies
from tests.integration.log.made import Noted, catalogue, commit, prepared


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


def test_commits_are_read_by_their_positions(log: EventLog) -> None:
    for n in range(1, 6):
        log.append(commit(f"s{n}"))
    assert log.at([4, 2, 4, 0, 9]) == [log.read(1, 1)[0], log.read(3, 1)[0]]
    assert log.at([]) == []


@pytest.mark.parametrize("kind", ["memory", "mongo"])
def test_what_is_recorded_later_never_bears_an_earlier_time(
    kind: str, database: Database[dict[str, Any]]
) -> None:
    """Two writers, of which one has a clock that is behind, and goes back: a moment has one position."""
    times = [datetime(2019, 1, 15, hour, tzinfo=UTC) for hour in (9, 8, 10, 7, 10, 11)]
    clock = itertools.cycle(times)
    if kind == "memory":
        one: EventLog = MemoryLog("test", clock=clock.__next__)
        writers = [one, one]
    else:
        prepared(database)
        writers = [MongoLog(database, "test", clock=clock.__next__) for _ in range(2)]
    for n in range(5):
        writers[n % 2].append(commit(f"s{n}"))
    recorded = [stored.commit.recorded_at.hour for stored in writers[0].read(0, 10)]
    assert recorded == sorted(recorded) and recorded[0] == 9


def test_a_commit_is_all_of_its_events_under_contiguous_versions(log: EventLog) -> None:
    log.append(commit("s", 1, events=3))
    log.append(commit("s", 4, events=2))
    assert [(c.version, c.last_version) for c in log.stream("s")] == [(1, 3), (4, 5)]
    assert [c.version for c in log.stream("s", from_version=4)] == [4]


def test_the_end_of_a_stream_is_read_in_order(log: EventLog) -> None:
    log.append(commit("s", 1, events=3))
    log.append(commit("other"))
    log.append(commit("s", 4, events=2))
    log.append(commit("s", 6))
    assert [stored.commit.version for stored in log.tail("s", 2)] == [4, 6]
    assert log.tail("s", 9) == [stored for stored in log.read() if stored.commit.stream == "s"]
    assert log.tail("nothing", 2) == []


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
    assert [s.commit.stream for s in log.read()] == ["s", "a", "b"]


def test_a_batch_may_build_on_itself_but_not_on_what_was_refused_in_it(log: EventLog) -> None:
    taken = log.append(commit("other", claims=("x:1",)))
    batch = [commit("s", 1, 2), commit("s", 3), commit("t", claims=("x:1",)), commit("t", 2), commit("s", 4)]
    kinds = [r.commit.version if not isinstance(r, SxshError) else type(r) for r in log.append_many(batch)]
    assert kinds == [1, 3, AlreadyTaken, VersionConflict, 4]
    assert log.head() == taken.commit.position + 3


def test_a_repeat_within_a_batch_is_written_once(log: EventLog) -> None:
    first, again, reused = log.append_many(
        [
            commit("s", command_id="k", fingerprint="f"),
            commit("s", command_id="k", fingerprint="f"),
            commit("t", command_id="k", fingerprint="g"),
        ]
    )
    assert first == again
    assert isinstance(reused, CommandReused)
    assert log.head() == 1


def test_what_can_not_be_written_hinders_no_other_of_its_batch(log: EventLog) -> None:
    """A lone surrogate, more events than can be numbered, more bytes than a document holds."""
    large = msgspec.structs.replace(commit("l").events[0], data=msgspec.Raw(b'"' + b"x" * LARGEST + b'"'))
    batch = [
        commit("a"),
        commit("b", actor="\ud800"),
        commit("b", 2),
        commit("c", events=1000),
        msgspec.structs.replace(commit("l"), events=(large,)),
        commit("d"),
    ]
    kinds = [r.commit.position if not isinstance(r, SxshError) else type(r) for r in log.append_many(batch)]
    assert kinds == [1, InvalidInput, VersionConflict, InvalidInput, InvalidInput, 2]


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


def test_many_streams_are_read_at_once_each_whole_and_in_order(log: EventLog) -> None:
    log.append_many([commit("a", 1, events=2), commit("b"), commit("a", 3), commit("c")])
    found = log.streams(["a", "b", "nowhere"])
    assert {name: [each.version for each in commits] for name, commits in found.items()} == {
        "a": [1, 3],
        "b": [1],
    }
    assert found["a"] == list(log.stream("a"))


def test_many_commands_are_looked_up_at_once(log: EventLog) -> None:
    for name in ("k1", "k2", "k3"):
        log.append(commit(name, command_id=name))
    found = log.by_commands(["k1", "k3", "never"])
    assert found == {"k1": log.by_command("k1"), "k3": log.by_command("k3")}
    assert log.by_commands([]) == {}


def test_who_took_a_claim_can_be_asked_before_it_is_tried(log: EventLog) -> None:
    log.append_many([commit("a", claims=("x:1", "x:2")), commit("b", claims=("x:3",))])
    assert log.claimed(["x:2", "x:3", "x:4"]) == {"x:2": "a", "x:3": "b"}
    assert log.claimed([]) == {}
