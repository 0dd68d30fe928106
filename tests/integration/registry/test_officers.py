"""Officers are appointed and relieved; who they are stands nowhere in clear and is shown to few."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import pytest
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient

from services.registry.container import Container
from tests.integration.registry.people import People, Person, facility

HOA = {"name": "Nguyễn Thị Hoa Sen", "phone": "0912 345 678", "email": "hoasen@example.vn"}
DAY = {"occurred_on": "2016-01-01"}


@pytest.fixture
def hoa(lan: Person) -> str:
    """An officer of Nho Quan."""
    at = lan.did("/officers", {"person": HOA, **DAY})
    lan.did(f"{at}/appointments", {"unit_id": "nho-quan", "dedicated": True, **DAY})
    return at


def test_appointed_and_relieved(lan: Person, hoa: str) -> None:
    lan.did(f"{hoa}/appointments", {"unit_id": "tam-diep", "dedicated": False, "occurred_on": "2017-01-01"})
    lan.did(f"{hoa}/reliefs", {"unit_id": "nho-quan", "reason": "moved", "occurred_on": "2018-01-01"})
    assert lan.read(hoa) == {
        "id": hoa.rpartition("/")[2],
        "version": 4,
        "person": HOA,
        "erased_on": None,
        "registered_on": "2016-01-01",
        "unit_ids": ["tam-diep"],
        "appointments": [
            {"unit_id": "nho-quan", "dedicated": True, "since": "2016-01-01", "until": "2018-01-01"},
            {"unit_id": "tam-diep", "dedicated": False, "since": "2017-01-01", "until": None},
        ],
    }
    assert lan.read("/officers?unit_id=nho-quan")["items"] == []
    (item,) = lan.read("/officers?unit_id=tam-diep")["items"]
    assert item["id"] == hoa.rpartition("/")[2]
    doubled = {"unit_id": "tam-diep", "dedicated": True, "occurred_on": "2019-01-01"}
    assert lan.post(f"{hoa}/appointments", doubled).status_code == 409


def test_personal_data_stand_in_clear_in_no_collection_of_any_database(
    lan: Person, hoa: str, mongo_client: MongoClient[dict[str, Any]]
) -> None:
    assert lan.read(hoa)["person"] == HOA
    lan.read("/officers")
    clear = [value.encode() for value in HOA.values()] + [b"Hoa Sen", b"hoa sen", b"hoasen", b"345 678"]
    scanned = 0
    for name in mongo_client.list_database_names():
        if name in ("admin", "config"):
            continue
        database = mongo_client[name]
        for collection in database.list_collection_names():
            raw = database[collection].with_options(
                codec_options=database.codec_options.with_options(document_class=RawBSONDocument)
            )
            for document in raw.find():
                scanned += 1
                found = [value for value in clear if value in document.raw]
                assert not found, (name, collection)
    assert scanned > 5


def test_only_who_needs_it_sees_who_an_officer_is(people: People, hoa: str) -> None:
    seen = {"registrar", "inspector", "admin"}
    for role in (*seen, "assessor", "reviewer", "trainer", "operator"):
        other = people.sign_in("other", role)
        assert other.read(hoa)["person"] == (HOA if role in seen else None), role
        listed = other.get("/officers").get_data(as_text=True)
        assert "Hoa" not in listed
        assert "person" not in listed


def test_another_districts_registrar_sees_no_person_and_changes_no_appointment(
    people: People, lan: Person, hoa: str, container: Container
) -> None:
    other = people.sign_in("tam", "registrar", districts=["tam-diep"])
    head = container.log.head()
    assert other.read(hoa)["person"] is None
    appoint = {"unit_id": "nho-quan", "dedicated": True, **DAY}
    assert other.post(f"{hoa}/appointments", appoint).status_code == 403
    relief = {"unit_id": "nho-quan", "reason": "x", "occurred_on": "2017-01-01"}
    assert other.post(f"{hoa}/reliefs", relief).status_code == 403
    assert container.log.head() == head


def test_an_officer_is_appointed_only_to_a_unit_that_exists(
    lan: Person, hoa: str, container: Container
) -> None:
    head = container.log.head()
    nowhere = lan.post(f"{hoa}/appointments", {"unit_id": "nowhere", "dedicated": True, **DAY})
    assert nowhere.status_code == 422
    assert [error["field"] for error in nowhere.get_json()["errors"]] == ["/unit_id"]
    assert container.log.head() == head


def test_an_erased_officer_is_nobody_but_the_appointment_stays(
    lan: Person, hoa: str, container: Container
) -> None:
    assert container.vault.erase(f"officer:{hoa.rpartition('/')[2]}")
    shown = lan.read(hoa)
    assert shown["person"] is None
    assert shown["unit_ids"] == ["nho-quan"]


def test_a_guessed_person_cannot_be_proved_from_the_log(lan: Person, container: Container) -> None:
    body = {"person": HOA, **DAY}
    lan.did("/officers", body)
    guessed = msgspec.json.encode(body, order="sorted")
    digest = hashlib.sha256(b"POST /api/v1/officers\n" + guessed).hexdigest()
    lan.did("/facilities", facility(latitude=20, longitude=105))
    of_a_facility = msgspec.json.encode(facility(latitude=20, longitude=105), order="sorted")
    plain = hashlib.sha256(b"POST /api/v1/facilities\n" + of_a_facility).hexdigest()
    stored = [commit.commit.fingerprint for commit in container.log.read()]
    assert plain in stored
    assert digest not in stored


def test_a_repeat_registers_one_officer(lan: Person, container: Container) -> None:
    body = {"person": HOA, **DAY}
    answers = [lan.post("/officers", body, Idempotency_Key="one").get_json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert len(lan.read("/officers")["items"]) == 1
    other = {"person": {**HOA, "phone": None}, **DAY}
    assert lan.post("/officers", other, Idempotency_Key="one").status_code == 422
