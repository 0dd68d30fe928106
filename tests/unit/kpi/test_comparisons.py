"""What many readers of differences may cost: memory by the items kept, and each comparison made once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.eventkit.errors import Unavailable
from services.kpi.domain.shares import NONE
from services.kpi.views.changes import Changed, Comparisons


def items(number: int) -> list[Changed]:
    return [Changed(str(n), NONE, NONE) for n in range(number)]


def test_as_many_are_kept_as_have_few_enough_items() -> None:
    comparisons, made = Comparisons(most=5_000), []

    def ask(key: str, number: int) -> int:
        def make() -> list[Changed]:
            made.append(key)
            return items(number)

        return len(comparisons.of(key, make))

    assert [ask("a", 2_000), ask("b", 2_000), ask("a", 2_000)] == [2_000, 2_000, 2_000]
    assert made == ["a", "b"]
    ask("c", 2_000)
    ask("a", 2_000)
    assert made == ["a", "b", "c"], "b was unused for longest"
    ask("b", 2_000)
    assert made == ["a", "b", "c", "b"]
    ask("huge", 9_000)
    ask("huge", 9_000)
    assert made[4:] == ["huge"], "its further pages cost nothing"
    ask("a", 2_000)
    assert made[5:] == ["a"]


def test_what_many_ask_for_at_once_is_made_once() -> None:
    comparisons, made, go = Comparisons(), [], threading.Event()

    def make() -> list[Changed]:
        made.append(1)
        go.wait(0.3)
        return items(3)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: comparisons.of("same", make), range(8)))
    assert len(made) == 1
    assert all(one is found[0] for one in found)


def test_one_that_could_not_be_made_is_made_when_asked_for_again() -> None:
    comparisons = Comparisons()

    def fail() -> list[Changed]:
        raise RuntimeError("the database is away")

    with pytest.raises(RuntimeError):
        comparisons.of("same", fail)
    assert len(comparisons.of("same", lambda: items(2))) == 2


def test_who_does_not_wait_finds_it_made_when_they_come_back() -> None:
    comparisons, made, go = Comparisons(), [], threading.Event()

    def make() -> list[Changed]:
        made.append(1)
        go.wait(30)
        return items(3)

    for _ in range(3):
        with pytest.raises(Unavailable, match="being compared"):
            comparisons.soon("same", make, 0.01)
    go.set()
    assert len(comparisons.soon("same", make, 30)) == len(comparisons.soon("same", make, 30)) == 3
    assert made == [1]


def test_what_failed_while_nobody_waited_is_tried_again() -> None:
    comparisons, go = Comparisons(), threading.Event()

    def fail() -> list[Changed]:
        go.wait(30)
        raise RuntimeError("the database is away")

    with pytest.raises(Unavailable):
        comparisons.soon("same", fail, 0.01)
    go.set()
    with pytest.raises(RuntimeError):
        comparisons.soon("same", fail, 30)
    assert len(comparisons.soon("same", lambda: items(2), 30)) == 2
