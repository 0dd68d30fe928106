"""More is sent than a held database takes: who finds no room is told at once, and nothing is half done."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from pymongo.database import Database

from services.eventkit.commands import CommandBus, Receipt
from services.eventkit.commits import NewCommit
from services.eventkit.errors import Busy, SxshError
from services.eventkit.group_commit import Pending, Room
from services.eventkit.log import StoredCommit
from services.eventkit.mongo_log import MongoLog
from services.eventkit.telemetry import metrics
from services.eventkit.verify import Verdict, verify_documents
from tests.integration.log.made import catalogue, commit, prepared
from tests.integration.log.test_many import add

Told = StoredCommit | SxshError


@contextmanager
def held(database: Database[dict[str, Any]]) -> Iterator[None]:
    """No write ends meanwhile; reads do."""
    admin = database.client.admin
    admin.command("fsync", lock=True)
    try:
        yield
    finally:
        admin.command("fsyncUnlock")


def told(log: MongoLog, new: NewCommit) -> Told:
    return log.append_many([new])[0]


def until(so: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not so() and time.monotonic() < end:
        time.sleep(0.005)
    assert so()


def waiting() -> float:
    return metrics.log_waiting.labels("test")._value.get()  # type: ignore[no-untyped-call,no-any-return]


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(40) as pool:
        yield pool


def test_who_finds_no_room_wrote_nothing_and_may_repeat(
    database: Database[dict[str, Any]], pool: ThreadPoolExecutor
) -> None:
    prepared(database)
    log = MongoLog(database, "test", room=Room(commits=8, seconds=60))
    refused_before = metrics.log_refused.labels("test")._value.get()
    news = [commit(f"s{n}") for n in range(40)]
    with held(database):
        appends: list[Future[Told]] = [pool.submit(told, log, new) for new in news]
        until(lambda: sum(each.done() for each in appends) == 32)
        refused = [each.result() for each in appends if each.done()]
        assert all(isinstance(each, Busy) for each in refused)
        assert waiting() == 8
        # A batch is taken up to where there is room for it: of this one nothing.
        assert {type(each) for each in log.append_many([commit("b"), commit("b", 2)])} == {Busy}
        many = pool.submit(CommandBus(log, catalogue).execute_many, [add("t", 2), add("u", 3)])
        time.sleep(0.05)
    results = [each.result() for each in appends]
    taken = [each.commit.command_id for each in results if isinstance(each, StoredCommit)]
    assert len(taken) == 8
    assert metrics.log_refused.labels("test")._value.get() - refused_before >= 34
    assert all(isinstance(each, Receipt) for each in many.result())  # it waited, and was taken then
    assert set(taken) < {each["command_id"] for each in database["log"].find()}
    again = [told(log, new) for new in news]
    assert not [each for each in again if isinstance(each, SxshError)]
    assert verify_documents(database["log"].find().sort("_id", 1)) == Verdict(True, 42)
    assert waiting() == 0


def test_who_stands_in_line_too_long_leaves_it_and_what_is_large_fills_it(
    database: Database[dict[str, Any]], pool: ThreadPoolExecutor
) -> None:
    prepared(database)
    one = Pending(commit("s")).size
    log = MongoLog(database, "test", room=Room(bytes=4 * one, seconds=0.2))
    with held(database):
        first = pool.submit(told, log, commit("s"))
        until(lambda: waiting() == 1)
        until(lambda: log._group._leading.locked() and not log._group._waiting)
        behind = [pool.submit(log.append_many, [commit(f"a{n}"), commit(f"a{n}", 2)]) for n in range(2)]
        results = [result for each in behind for result in each.result(timeout=5)]
        assert [type(result) for result in results] == [Busy] * 4
        large = commit("large", events=9)
        assert isinstance(told(log, large), Busy)
    assert isinstance(first.result(), StoredCommit)
    # Larger than all the room there is, it is taken when nobody else is there.
    assert isinstance(told(log, large), StoredCommit)
    assert [each["stream"] for each in database["log"].find().sort("_id", 1)] == ["s", "large"]


def test_a_long_batch_stands_in_line_piece_by_piece(database: Database[dict[str, Any]]) -> None:
    prepared(database)
    log = MongoLog(database, "test", room=Room(commits=8))
    results = log.append_many([commit(f"s{n % 3}", n // 3 + 1) for n in range(30)])
    assert [each.commit.position for each in results if isinstance(each, StoredCommit)] == list(range(1, 31))
