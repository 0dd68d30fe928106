"""Many writers at once, from two logs as two processes have them: nothing lost, nothing doubled."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pymongo.database import Database

from services.eventkit.errors import AlreadyTaken, SxshError, VersionConflict
from services.eventkit.log import EventLog
from services.eventkit.mongo_log import MongoLog
from services.eventkit.verify import Verdict, verify_documents
from tests.integration.log.made import commit, prepared


@pytest.fixture
def logs(database: Database[dict[str, Any]]) -> list[EventLog]:
    return [prepared(database), MongoLog(database, "test")]


def verdict(database: Database[dict[str, Any]]) -> Verdict:
    return verify_documents(database["log"].find().sort("_id", 1))


def race(logs: list[EventLog], writers: int, work: Callable[[EventLog, int], Any]) -> list[Any]:
    start = threading.Barrier(writers)

    def run(n: int) -> Any:
        start.wait()
        return work(logs[n % len(logs)], n)

    with ThreadPoolExecutor(writers) as pool:
        return list(pool.map(run, range(writers)))


def test_a_hundred_writers_on_one_stream_lose_nothing(
    database: Database[dict[str, Any]], logs: list[EventLog]
) -> None:
    """Each reads and appends until it gets through; who is told "conflict" wrote nothing."""

    def work(log: EventLog, n: int) -> str:
        try:
            return f"ok {log.append(commit('s', command_id=str(n))).commit.position}"
        except VersionConflict:
            return "conflict"

    assert sorted(race(logs, 100, work)) == ["conflict"] * 99 + ["ok 1"]
    assert logs[0].head() == 1

    def insist(log: EventLog, n: int) -> int:
        while True:
            last = max(c.last_version for c in log.stream("s"))
            try:
                return log.append(commit("s", last + 1, events=1 + n % 2, command_id=f"i{n}")).commit.position
            except VersionConflict:
                continue

    assert sorted(race(logs, 20, insist)) == list(range(2, 22))
    assert verdict(database) == Verdict(True, 21)
    assert [c.command_id for c in logs[1].stream("s")][1:] == [s.commit.command_id for s in logs[0].read(1)]


def test_a_hundred_writers_on_many_streams_all_get_through(
    database: Database[dict[str, Any]], logs: list[EventLog]
) -> None:
    def work(log: EventLog, n: int) -> list[int]:
        return [log.append(commit(f"s{n}", version)).commit.position for version in range(1, 6)]

    positions = sorted(p for found in race(logs, 100, work) for p in found)
    assert positions == list(range(1, 501))
    assert verdict(database) == Verdict(True, 500)


def test_a_command_sent_twice_at_once_takes_effect_once(
    database: Database[dict[str, Any]], logs: list[EventLog]
) -> None:
    """An impatient client, its repeat answered by the other process: both get the same receipt."""

    def work(log: EventLog, n: int) -> tuple[int, int]:
        command = n // 2
        new = commit(f"s{command}", command_id=f"k{command}", fingerprint="f")
        return command, log.append(new).commit.position

    answers = race(logs, 100, work)
    assert len(set(answers)) == 50
    assert verdict(database) == Verdict(True, 50)


def test_a_value_claimed_by_many_at_once_has_one_owner(
    database: Database[dict[str, Any]], logs: list[EventLog]
) -> None:
    def work(log: EventLog, n: int) -> bool:
        try:
            log.append(commit(f"s{n}", claims=("facility-code:NB-001",)))
        except AlreadyTaken:
            return False
        return True

    assert sum(race(logs, 50, work)) == 1
    assert verdict(database) == Verdict(True, 1)


def test_batches_and_single_appends_share_the_log(
    database: Database[dict[str, Any]], logs: list[EventLog]
) -> None:
    """An import of histories of twelve commits each, while others go on writing."""

    def work(log: EventLog, n: int) -> list[Any]:
        if n % 10:
            return [log.append(commit(f"s{n}"))]
        return log.append_many([commit(f"s{n}", version) for version in range(1, 13)])

    results = [result for found in race(logs, 40, work) for result in found]
    assert not [result for result in results if isinstance(result, SxshError)]
    assert sorted(result.commit.position for result in results) == list(range(1, 85))
    assert verdict(database) == Verdict(True, 84)


def test_without_the_unique_index_two_writers_take_the_same_version(
    database: Database[dict[str, Any]], logs: list[EventLog]
) -> None:
    """The index (stream, version) is what guards: dropped, the verifier reports the doubled version."""
    database["log"].drop_index("stream")
    logs[0].append(commit("s"))
    logs[1].append(commit("s"))
    found = verdict(database)
    assert (found.whole, found.position) == (False, 2)
    assert "version 1 of s" in found.reason


def test_without_the_command_index_a_repeat_takes_effect_twice(
    database: Database[dict[str, Any]], logs: list[EventLog]
) -> None:
    database["log"].drop_index("command")
    logs[0].append(commit("s", command_id="k"))
    logs[1].append(commit("t", command_id="k"))
    assert database["log"].count_documents({"command_id": "k"}) == 2
