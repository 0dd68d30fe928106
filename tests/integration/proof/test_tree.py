"""The tree that proofs are cut from is exactly that of the log, whatever happened while it grew."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pymongo.database import Database

from services.eventkit.memory_log import MemoryLog
from services.eventkit.proof import merkle
from services.eventkit.proof.merkle import leaf_hash
from services.eventkit.proof.tree import LogTree
from tests.integration.log.world import commit, registered
from tests.unit.proof.test_merkle import plain_root


def log_of(count: int, log: MemoryLog | None = None) -> MemoryLog:
    log = log or MemoryLog("registry")
    start = log.head()
    subjects = [f"facility:{number}" for number in range(start, start + count)]
    log.append_many([commit(subject, 1, registered(subject)) for subject in subjects])
    return log


@pytest.mark.parametrize("count", [1, 255, 256, 257, 513])
def test_its_root_is_that_of_the_commits(database: Database[dict[str, Any]], count: int) -> None:
    log, tree = log_of(count), LogTree(database)
    assert tree.extend(log) == tree.size() == count
    bodies = log.bodies(0, count)
    assert tree.root(count) == plain_root(bodies)
    assert tree.root(count // 2 + 1) == plain_root(bodies[: count // 2 + 1])


def test_it_grows_as_the_log_does(database: Database[dict[str, Any]]) -> None:
    log, tree = MemoryLog("registry"), LogTree(database)
    for count in (3, 250, 3, 0, 260, 1):
        log_of(count, log)
        tree.extend(log)
    assert tree.root(517) == LogTree(database).root(517) == plain_root(log.bodies(0, 600))


def test_proofs_are_cut_from_it(database: Database[dict[str, Any]]) -> None:
    log, tree = log_of(700), LogTree(database)
    tree.extend(log)
    bodies, root = log.bodies(0, 700), tree.root(700)
    for index in (0, 255, 256, 511, 699):
        path = merkle.inclusion(tree.nodes, index, 700)
        assert merkle.root_of_inclusion(leaf_hash(bodies[index]), index, 700, path) == root
    path = merkle.consistency(tree.nodes, 300, 700)
    assert merkle.roots_of_consistency(300, 700, plain_root(bodies[:300]), path)[1] == root


def test_what_a_crash_left_out_is_made_up_for(database: Database[dict[str, Any]]) -> None:
    log = log_of(600)
    LogTree(database).extend(log)
    database["tree"].delete_many({"_id": {"$gte": "01/"}})
    log_of(1, log)
    LogTree(database).extend(log)
    assert LogTree(database).root(601) == plain_root(log.bodies(0, 601))


def test_two_processes_that_extend_it_at_once_make_one_tree(database: Database[dict[str, Any]]) -> None:
    log = log_of(900)
    trees = [LogTree(database) for _ in range(4)]
    with ThreadPoolExecutor(4) as workers:
        assert list(workers.map(lambda tree: tree.extend(log), trees)) == [900] * 4
    assert LogTree(database).root(900) == plain_root(log.bodies(0, 900))


def test_what_it_does_not_hold_is_not_made_up(database: Database[dict[str, Any]]) -> None:
    tree = LogTree(database)
    tree.extend(log_of(10))
    with pytest.raises(LookupError):
        tree.root(11)
