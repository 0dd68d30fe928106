"""Several processes bring the lists up to date at once: the latest fold stays, whoever was first."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pymongo.database import Database

from services.eventkit.crash import CRASH_POINTS
from services.eventkit.replacing import replace_older
from services.eventkit.settings import Settings
from services.registry.container import Container
from tests.integration.registry.people import Person

ROUNDS, DOCUMENTS = 12, 150


def test_of_two_that_add_a_document_at_once_the_later_fold_stays(database: Database[dict[str, Any]]) -> None:
    early = [{"_id": str(n), "position": 1} for n in range(DOCUMENTS)]
    late = [{"_id": str(n), "position": 2} for n in range(DOCUMENTS)]
    with ThreadPoolExecutor(2) as workers:
        for round_ in range(ROUNDS):
            collection = database[f"round_{round_}"]
            database.create_collection(collection.name)
            both = [workers.submit(replace_older, collection, found, "position") for found in (early, late)]
            for one in both:
                one.result()
            assert {found["position"] for found in collection.find()} == {2}
            assert collection.count_documents({}) == DOCUMENTS


def test_an_earlier_fold_that_comes_late_changes_nothing(database: Database[dict[str, Any]]) -> None:
    replace_older(database["rows"], [{"_id": "a", "position": 5, "name": "new"}], "position")
    older = [{"_id": "a", "position": 4, "name": "old"}, {"_id": "b", "position": 4}]
    replace_older(database["rows"], older, "position")
    assert database["rows"].find_one({"_id": "a"}) == {"_id": "a", "position": 5, "name": "new"}
    assert database["rows"].count_documents({}) == 2


def test_what_is_wrongly_said_to_be_new_or_stored_is_found_out(database: Database[dict[str, Any]]) -> None:
    rows = database["rows"]
    rows.insert_many([{"_id": "newer", "position": 5}, {"_id": "older", "position": 3}])
    told = [{"_id": name, "position": 4} for name in ("newer", "older", "missing", "new")]
    replace_older(rows, told, "position", {"newer", "older", "new"})
    assert {each["_id"]: each["position"] for each in rows.find()} == {
        "newer": 5,
        "older": 4,
        "missing": 4,
        "new": 4,
    }
    replace_older(rows, [{"_id": "newer", "position": 4}, {"_id": "older", "position": 6}], "position", set())
    assert {each["position"] for each in rows.find({"_id": {"$in": ["newer", "older"]}})} == {5, 6}


def test_a_list_is_as_new_as_the_last_write(lan: Person, boss: Person) -> None:
    at = lan.registered("NB-001")
    for employees in (1, 2, 3):
        change = {"changes": {"employees": employees}, "reason": "counted", "occurred_on": "2018-01-01"}
        lan.did(f"{at}/corrections", change)
        (item,) = boss.read("/facilities")["items"]
        assert item["employees"] == employees


@pytest.mark.parametrize("point", [point for point in CRASH_POINTS if point.startswith("views.")])
def test_a_list_whose_maker_was_killed_is_made_whole_by_the_next(
    lan: Person, boss: Person, settings: Settings, container: Container, point: str
) -> None:
    for number in range(5):
        lan.registered(f"NB-00{number}")
    uri, name = settings.mongodb_uri, settings.mongodb_database
    killed = subprocess.run(
        [sys.executable, "-m", "tests.integration.registry.refresh", uri, name],
        env={**os.environ, "CRASH_AT": point},
        timeout=120,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert container.database["checkpoints"].count_documents({"position": {"$gt": 0}}) == 0
    assert [item["code"] for item in boss.read("/facilities?sort=code")["items"]] == [
        f"NB-00{number}" for number in range(5)
    ]
    assert {item["id"] for item in boss.read("/units")["items"]} == {"ninh-binh", "nho-quan", "tam-diep"}
