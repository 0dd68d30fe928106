"""A person who asks for it is forgotten everywhere at once, and the log still verifies."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from pymongo import MongoClient
from pymongo.database import Database

from services.eventkit.http import fields
from services.eventkit.sealed import Sealed
from services.eventkit.verify import verify_documents
from services.registry.container import Container
from tests.integration.registry.people import People, Person

LAN = {"name": "Phạm Thị Lan Anh", "phone": "0912 345 678", "email": "lananh@example.vn"}
DAY = {"occurred_on": "2016-01-01"}
WHY = "reason=đơn số 12"


@pytest.fixture
def officer(lan: Person) -> str:
    at = lan.did("/officers", {"person": LAN, **DAY})
    lan.did(f"{at}/appointments", {"unit_id": "nho-quan", "dedicated": True, **DAY})
    return at


@pytest.fixture
def consultant(boss: Person, lan: Person) -> str:
    network = boss.did("/networks", {"name": "Tổ tư vấn", "decision": "12/QĐ-SCT", **DAY})
    body = {"network_id": network.rpartition("/")[2], "person": LAN, "fields": ["gốm"], **DAY}
    return lan.did("/consultants", body)


@pytest.fixture
def database(mongo_client: MongoClient[dict[str, Any]], database_name: str) -> Database[dict[str, Any]]:
    return mongo_client[database_name]


def sealed(container: Container) -> list[Sealed]:
    """What stands in the log in place of persons."""
    found = (msgspec.json.decode(e.data) for stored in container.log.read() for e in stored.commit.events)
    return [msgspec.convert(data["person"], Sealed) for data in found if "person" in data]


def bodies(container: Container) -> list[bytes]:
    return [stored.body for stored in container.log.read()]


@pytest.mark.parametrize("kind", ["officer", "consultant"])
def test_who_it_was_cannot_be_read_any_more_and_nothing_written_changes(
    boss: Person,
    container: Container,
    database: Database[dict[str, Any]],
    kind: str,
    request: pytest.FixtureRequest,
) -> None:
    at = request.getfixturevalue(kind)
    assert boss.read(at)["person"] == LAN
    before = bodies(container)
    [box] = sealed(container)
    assert container.vault.open(box) == LAN
    answer = boss.delete(f"{at}/person?{WHY}")
    assert answer.status_code == 200, answer.get_json()
    shown = boss.read(at)
    assert (shown["person"], shown["erased_on"]) == (None, fields.today().isoformat())
    assert sealed(container) == [box]
    assert container.vault.open(box) is None
    assert bodies(container)[: len(before)] == before
    last = [stored.commit for stored in container.log.read()][-1]
    assert [event.type for event in last.events] == [f"{kind}.person-erased"]
    assert msgspec.json.decode(last.events[0].data)["reason"] == "đơn số 12"
    verdict = verify_documents(database["log"].find().sort("_id", 1))
    assert (verdict.whole, verdict.checked) == (True, len(before) + 1)


def test_the_key_is_gone_and_stays_gone(
    boss: Person,
    officer: str,
    container: Container,
    mongo_client: MongoClient[dict[str, Any]],
    database_name: str,
) -> None:
    person = f"officer:{officer.rpartition('/')[2]}"
    keys = mongo_client[f"{database_name}_keys"]["person_keys"]
    assert keys.find_one({"_id": person})["key"]
    assert boss.delete(f"{officer}/person?{WHY}").status_code == 200
    assert keys.find_one({"_id": person}) == {"_id": person, "key": None}
    with pytest.raises(Exception, match="was erased"):
        container.vault.seal(person, LAN)


def test_query_models_made_anew_hold_no_name(
    boss: Person, officer: str, database: Database[dict[str, Any]]
) -> None:
    boss.read("/officers")
    assert boss.delete(f"{officer}/person?{WHY}").status_code == 200
    database["officers"].delete_many({})
    database["checkpoints"].delete_many({})
    [item] = boss.read("/officers?unit_id=nho-quan")["items"]
    assert item["version"] == 3
    assert "Lan" not in boss.get("/officers").get_data(as_text=True)


def test_said_again_it_changes_nothing(boss: Person, officer: str, container: Container) -> None:
    first = boss.delete(f"{officer}/person?{WHY}", Idempotency_Key="once").get_json()
    head = container.log.head()
    assert boss.delete(f"{officer}/person?{WHY}", Idempotency_Key="once").get_json() == first
    other = boss.delete(f"{officer}/person?reason=another", Idempotency_Key="once")
    assert (other.status_code, "different request" in other.get_json()["detail"]) == (422, True)
    assert boss.delete(f"{officer}/person?reason=again").get_json()["events"] == []
    assert container.log.head() == head


def test_whoever_may_not_or_says_not_why_erases_nobody(
    people: People, boss: Person, lan: Person, officer: str, container: Container
) -> None:
    head = container.log.head()
    tam_diep = people.sign_in("tam", "admin", districts=["tam-diep"])
    assert lan.delete(f"{officer}/person?{WHY}").status_code == 403
    assert people.sign_in("o", "operator").delete(f"{officer}/person?{WHY}").status_code == 403
    assert tam_diep.delete(f"{officer}/person?{WHY}").status_code == 403
    assert boss.delete(f"{officer}/person").status_code == 422
    assert boss.delete(f"{officer}/person?reason=").status_code == 422
    assert boss.delete(f"{officer}/person?{WHY}", If_Match='"1"').status_code == 412
    assert boss.delete(f"/officers/nobody/person?{WHY}").status_code == 404
    assert container.log.head() == head
    assert boss.read(officer)["person"] == LAN


def test_an_erasure_cut_off_in_between_is_finished_by_asking_again(
    boss: Person, officer: str, container: Container
) -> None:
    container.vault.erase(f"officer:{officer.rpartition('/')[2]}")
    assert boss.read(officer)["person"] is None
    assert boss.delete(f"{officer}/person?{WHY}").status_code == 200
    assert boss.read(officer)["erased_on"] is not None
