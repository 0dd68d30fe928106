"""Several processes bring the lists up to date at once: the latest fold stays, whoever was first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pymongo.database import Database

from services.eventkit.replacing import replace_older
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


def test_a_list_is_as_new_as_the_last_write(lan: Person, boss: Person) -> None:
    at = lan.registered("NB-001")
    for employees in (1, 2, 3):
        change = {"changes": {"employees": employees}, "reason": "counted", "occurred_on": "2018-01-01"}
        lan.did(f"{at}/corrections", change)
        (item,) = boss.read("/facilities")["items"]
        assert item["employees"] == employees
