"""Where audits and training believe a facility or officer to belong, on real mongod and a real feed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from services.eventkit import directory as module
from services.eventkit.commits import Commit
from services.eventkit.directory import Directory
from services.eventkit.errors import InvalidInput, Unavailable
from services.eventkit.events import EventRecord
from services.eventkit.registry_facts import Facts, registry_facts
from tests.registry_feed import RegistryFeed

Mongo = Database[dict[str, Any]]


@pytest.fixture
def directory(database: Mongo, registry: RegistryFeed) -> Iterator[Directory]:
    feed = registry.client()
    found = Directory(database, feed)
    found.ensure_indexes()
    yield found
    feed.close()


def entries(database: Mongo) -> list[dict[str, Any]]:
    return list(database[module.COLLECTION].find(sort=[("_id", 1)]))


def test_a_facility_registered_a_moment_ago_is_found(registry: RegistryFeed, directory: Directory) -> None:
    with pytest.raises(InvalidInput) as caught:
        directory.facility("f1")
    assert caught.value.errors[0]["field"] == "/facility_id"
    registry.facility("f1", "kim-son")
    assert directory.facility("f1") == ("f1", "kim-son", "operating")


def test_a_move_and_a_closure_are_followed_and_a_late_report_of_an_earlier_move_is_not(
    registry: RegistryFeed, directory: Directory
) -> None:
    registry.facility("f1", "kim-son", on="2016-01-01")
    move = {"facility_id": "f1", "unit_id": "yen-mo"}
    registry.tell(("facility:f1", "facility.moved", move), on="2019-01-01")
    registry.tell(("facility:f1", "facility.moved", {**move, "unit_id": "hoa-lu"}), on="2017-01-01")
    closed = {"facility_id": "f1", "reason": "giải thể"}
    registry.tell(("facility:f1", "facility.suspended", closed), on="2019-02-01")
    registry.tell(("facility:f1", "facility.closed", closed), on="2020-01-01")
    directory.catch_up()
    assert directory.facility("f1") == ("f1", "yen-mo", "closed")
    registry.tell(("facility:f1", "facility.reopened", closed), on="2020-06-01")
    directory.catch_up()
    assert directory.facility("f1").status == "operating"


def test_an_officer_has_the_units_of_the_appointments_that_stand(
    registry: RegistryFeed, directory: Directory
) -> None:
    registry.officer("o1", "kim-son", "yen-mo", on="2017-01-01")
    relief = {"officer_id": "o1", "unit_id": "kim-son", "reason": "chuyển công tác"}
    registry.tell(("officer:o1", "officer.relieved", relief), on="2019-01-01")
    assert directory.officer("o1") == ("o1", frozenset({"yen-mo"}))
    with pytest.raises(InvalidInput, match="registry knows no officer"):
        directory.officer("o2")


def test_lists_for_a_district_hold_who_is_there_now(registry: RegistryFeed, directory: Directory) -> None:
    registry.facility("f1", "kim-son")
    registry.facility("f2", "yen-mo")
    registry.officer("o1", "kim-son")
    moved = {"facility_id": "f2", "unit_id": "kim-son"}
    registry.tell(("facility:f2", "facility.moved", moved), on="2019-01-01")
    assert set(directory.subjects_in(["kim-son"])) == {"facility:f1", "facility:f2", "officer:o1"}
    assert directory.subjects_in(["yen-mo"]) == []


def test_what_is_known_is_answered_while_the_registry_is_down_and_what_is_not_is_not_refused(
    database: Mongo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = RegistryFeed(tmp_path)
    with registry.serving():
        registry.facility("f1", "kim-son")
        directory = Directory(database, registry.client())
        directory.catch_up()
    monkeypatch.setattr(module, "FRESH", 0.0)
    assert directory.facility("f1").unit_id == "kim-son"
    with pytest.raises(Unavailable, match="does not answer"):
        directory.facility("f2")


def test_a_key_the_registry_does_not_believe_is_named_as_the_cause(
    database: Mongo, registry: RegistryFeed
) -> None:
    with pytest.raises(Unavailable, match="SERVICE_API_KEY"):
        Directory(database, registry.client(key="of-someone-else")).facility("f1")


def test_a_read_looks_at_the_feed_again_when_its_copy_is_old(
    registry: RegistryFeed, directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.facility("f1", "kim-son")
    directory.catch_up()
    moved = {"facility_id": "f1", "unit_id": "yen-mo"}
    registry.tell(("facility:f1", "facility.moved", moved), on="2019-01-01")
    assert directory.facility("f1").unit_id == "kim-son"
    monkeypatch.setattr(module, "FRESH", 0.0)
    assert directory.facility("f1").unit_id == "yen-mo"


def test_many_processes_following_at_once_and_again_end_with_the_same_copy(
    database: Mongo, registry: RegistryFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        registry.facility(f"f{number}", "kim-son", on="2016-01-01")
    for step, unit in enumerate(["yen-mo", "hoa-lu", "gia-vien"], start=1):
        for number in range(30):
            moved = {"facility_id": f"f{number}", "unit_id": unit}
            registry.tell((f"facility:f{number}", "facility.moved", moved), on=f"2017-01-0{step}")
    monkeypatch.setattr(module, "BATCH", 7)
    followers = [Directory(database, registry.client()) for _ in range(6)]
    threads = [threading.Thread(target=follower.catch_up) for follower in followers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    once = entries(database)
    assert followers[0].position() == 120
    assert {entry["facts"]["unit"][0] for entry in once if entry["_id"] != "checkpoint"} == {"gia-vien"}

    database[module.COLLECTION].update_one({"_id": "checkpoint"}, {"$set": {"position": 0}})
    Directory(database, registry.client()).catch_up()
    assert entries(database) == once


def test_a_slow_follower_does_not_take_an_entry_back(
    database: Mongo, registry: RegistryFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.facility("f1", "kim-son", on="2016-01-01")
    for step, unit in enumerate(["yen-mo", "hoa-lu", "gia-vien", "nho-quan"], start=1):
        moved = {"facility_id": "f1", "unit_id": unit}
        registry.tell(("facility:f1", "facility.moved", moved), on=f"2017-01-0{step}")
    fast = Directory(database, registry.client())

    def overtaken(record: EventRecord, facts: Facts) -> Facts | None:
        """Between the slow one's read of an entry and its write, the fast one has come to the end."""
        fast.catch_up()
        return registry_facts(record, facts)

    def units() -> list[str]:
        return [entry["facts"]["unit"][0] for entry in entries(database) if entry["_id"] != "checkpoint"]

    seen: list[list[str]] = []
    apply = Directory._apply

    def watched(self: Directory, commits: list[Commit]) -> None:
        apply(self, commits)
        seen.append(units())

    slow = Directory(database, registry.client(), overtaken)
    monkeypatch.setattr(module, "BATCH", 2)
    monkeypatch.setattr(slow, "_apply", lambda commits: watched(slow, commits))
    slow.catch_up()
    assert seen == [["nho-quan"]] * 3
    assert slow.position() == 5


def test_a_facility_is_found_by_any_code_it_ever_had_and_by_its_present_tax_code(
    registry: RegistryFeed, directory: Directory
) -> None:
    registered = {"facility_id": "f1", "unit_id": "kim-son", "code": "NB-1", "tax_code": "2700000001"}
    registry.tell(("facility:f1", "facility.registered", registered), on="2016-01-01")
    corrected = {"facility_id": "f1", "reason": "sai", "code": "NB-9", "tax_code": "2700000002"}
    registry.tell(("facility:f1", "facility.corrected", corrected), on="2017-01-01")
    late = {"facility_id": "f1", "reason": "sai", "tax_code": "2700000003"}
    registry.tell(("facility:f1", "facility.corrected", late), on="2016-06-01")
    renamed = {"facility_id": "f1", "reason": "sai", "name": "Gạch Tam Điệp"}
    registry.tell(("facility:f1", "facility.corrected", renamed), on="2018-01-01")
    twin = {"facility_id": "f2", "unit_id": "yen-mo", "code": "NB-2", "tax_code": "2700000002"}
    registry.tell(("facility:f2", "facility.registered", twin), on="2016-01-01")
    directory.catch_up()
    found = directory.by_names(["NB-1", "NB-9", "2700000001", "2700000002", "2700000003", "nothing"])
    assert {name: sorted(entry.id for entry in entries) for name, entries in found.items()} == {
        "NB-1": ["f1"],
        "NB-9": ["f1"],
        "2700000002": ["f1", "f2"],
    }
    assert found["NB-9"] == [("f1", "kim-son", "operating")]
    registry.merged("f1", "f2")
    directory.catch_up()
    for name in ("NB-1", "NB-2", "2700000002"):
        assert directory.by_names([name]) == {name: [("f2", "yen-mo", "operating")]}


def test_a_merged_duplicate_takes_nothing_new_and_its_records_are_the_survivors(
    registry: RegistryFeed, directory: Directory
) -> None:
    registry.facility("s", "kim-son")
    registry.facility("d", "yen-mo")
    registry.merged("d", "s")
    directory.catch_up()
    with pytest.raises(InvalidInput, match="merged into 's'") as caught:
        directory.facility("d", "/rows/3/facility_id")
    assert caught.value.errors[0]["field"] == "/rows/3/facility_id"
    assert directory.facility("s").unit_id == "kim-son"
    assert (directory.district_of("d"), directory.district_of("s")) == ("kim-son", "kim-son")
    assert (directory.members("s"), directory.members("d")) == (["s", "d"], ["d"])
    assert set(directory.subjects_in(["kim-son"])) == {"facility:s", "facility:d"}
    assert directory.subjects_in(["yen-mo"]) == []


def test_a_merge_taken_back_leaves_the_copy_as_it_was(
    database: Mongo, registry: RegistryFeed, directory: Directory
) -> None:
    registry.facility("s", "kim-son")
    registry.facility("d", "yen-mo")
    directory.catch_up()
    before = {entry["_id"]: (entry.get("facts"), entry.get("units")) for entry in entries(database)}
    registry.merged("d", "s")
    directory.catch_up()
    moved = {"facility_id": "d", "unit_id": "gia-vien"}
    registry.tell(("facility:d", "facility.moved", moved), on="2016-01-01")
    registry.unmerged("d", "s")
    directory.catch_up()
    assert {entry["_id"]: (entry.get("facts"), entry.get("units")) for entry in entries(database)} == before
    assert directory.facility("d").unit_id == "yen-mo"
    assert directory.members("s") == ["s"]
    assert directory.subjects_in(["yen-mo"]) == ["facility:d"]
