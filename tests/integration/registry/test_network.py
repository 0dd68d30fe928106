"""The support network down to the offices of districts; who its consultants are stays sealed."""

from __future__ import annotations

import hashlib
import unicodedata
from typing import Any

import msgspec
import pytest
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient

from services.registry.container import Container
from tests.integration.registry.people import People, Person, unit

TAM = {"name": "Phạm Văn Tâm Đức", "phone": "0987 654 321", "email": "tamduc@example.vn"}
UNIT = {"name": "Trung tâm Khuyến công Đông Bắc", "decision": "5/QĐ-SCT", "occurred_on": "2017-01-01"}


def reason(day: str) -> dict[str, str]:
    return {"reason": "merged", "occurred_on": day}


@pytest.fixture
def network(boss: Person) -> str:
    """The id of a network that exists since 2017."""
    return boss.did("/networks", UNIT).rpartition("/")[2]


def consultant(network_id: str, **changes: Any) -> dict[str, Any]:
    fields = ["Lò hơi", "Điện"]
    return {
        "network_id": network_id,
        "person": TAM,
        "fields": fields,
        "occurred_on": "2018-01-01",
        **changes,
    }


def link(network_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "network_id": network_id,
        "office": "Phòng Đô thị",
        "occurred_on": "2018-01-01",
        **changes,
    }


def wrong_fields(answer: Any) -> list[str]:
    assert answer.status_code == 422, answer.get_json()
    return [error["field"] for error in answer.get_json()["errors"]]


def test_a_unit_at_the_department_is_established_and_dissolved(
    boss: Person, lan: Person, network: str
) -> None:
    assert lan.post("/networks", UNIT).status_code == 403
    assert lan.post(f"/networks/{network}/dissolution", reason("2019-01-01")).status_code == 403
    boss.did("/networks", {**UNIT, "name": "Ẩm thực xanh", "occurred_on": "2018-01-01"})
    boss.did(f"/networks/{network}/dissolution", reason("2019-01-01"))
    assert boss.post(f"/networks/{network}/dissolution", reason("2020-01-01")).status_code == 409
    assert lan.read(f"/networks/{network}") == {
        "id": network,
        "version": 2,
        "name": "Trung tâm Khuyến công Đông Bắc",
        "decision": "5/QĐ-SCT",
        "established_on": "2017-01-01",
        "dissolved_on": "2019-01-01",
        "reason": "merged",
        "active": False,
    }

    def listed(query: str) -> list[str]:
        return [item["name"][:2] for item in lan.read(f"/networks{query}")["items"]]

    for q in ("dong bac", unicodedata.normalize("NFD", "Đông"), "5/QĐ khuyen"):
        assert listed(f"?q={q}") == ["Tr"], q
    assert listed("?sort=name") == ["Ẩm", "Tr"]
    assert listed("?active=true") == ["Ẩm"]
    page = lan.read("/networks?limit=1")
    assert (page["items"][0]["id"], listed(f"?limit=1&cursor={page['next']}")) == (network, ["Ẩm"])
    assert lan.get("/networks/nowhere").status_code == 404


def test_a_consultant_is_registered_leaves_and_comes_back(boss: Person, lan: Person, network: str) -> None:
    at = lan.did("/consultants", consultant(network))
    lan.did(f"{at}/deactivations", {"reason": "abroad", "occurred_on": "2019-01-01"})
    assert lan.post(f"{at}/deactivations", reason("2019-06-01")).status_code == 409
    assert [item["active"] for item in lan.read("/consultants?active=false")["items"]] == [False]
    lan.did(f"{at}/reactivations", {"reason": "back", "occurred_on": "2020-01-01"})
    assert lan.read(at) == {
        "id": at.rpartition("/")[2],
        "version": 3,
        "network_id": network,
        "person": TAM,
        "erased_on": None,
        "fields": ["Lò hơi", "Điện"],
        "active": True,
        "registered_on": "2018-01-01",
        "activity": [
            {"since": "2018-01-01", "active": True, "reason": None},
            {"since": "2019-01-01", "active": False, "reason": "abroad"},
            {"since": "2020-01-01", "active": True, "reason": "back"},
        ],
    }


def test_a_consultant_is_of_a_network_that_exists_on_the_day(
    boss: Person, lan: Person, local: Person, network: str, container: Container
) -> None:
    boss.did(f"/networks/{network}/dissolution", reason("2019-01-01"))
    head = container.log.head()
    assert wrong_fields(lan.post("/consultants", consultant("nowhere"))) == ["/network_id"]
    for day in ("2016-12-31", "2019-01-01"):
        late = lan.post("/consultants", consultant(network, occurred_on=day))
        assert wrong_fields(late) == ["/network_id"], day
    assert local.post("/consultants", consultant(network)).status_code == 403
    assert container.log.head() == head


def test_who_a_consultant_is_stands_in_clear_nowhere_and_is_shown_to_few(
    people: People,
    lan: Person,
    local: Person,
    network: str,
    container: Container,
    mongo_client: MongoClient[dict[str, Any]],
    database_name: str,
) -> None:
    at = lan.did("/consultants", consultant(network))
    seen = {"registrar", "inspector", "admin"}
    for role in (*seen, "assessor", "reviewer", "trainer", "operator"):
        other = people.sign_in("other", role)
        assert other.read(at)["person"] == (TAM if role in seen else None), role
        assert "Tâm" not in other.get("/consultants").get_data(as_text=True)
    assert local.read(at)["person"] is None
    assert "Tâm" not in lan.get("/consultants/export?format=csv").get_data(as_text=True)
    clear = [value.encode() for value in TAM.values()] + ["Tâm Đức".encode(), b"tam duc", b"654 321"]
    for name in (database_name, f"{database_name}_keys"):
        for collection in mongo_client[name].list_collection_names():
            options = mongo_client[name].codec_options.with_options(document_class=RawBSONDocument)
            for document in mongo_client[name][collection].with_options(codec_options=options).find():
                assert not [value for value in clear if value in document.raw], collection
    assert container.vault.erase(f"consultant:{at.rpartition('/')[2]}")
    erased = lan.get(at)
    assert (erased.get_json()["person"], erased.headers["Cache-Control"]) == (None, "no-store")
    assert len(lan.read("/consultants")["items"]) == 1


def test_a_guessed_consultant_cannot_be_proved_from_the_log(
    lan: Person, network: str, container: Container
) -> None:
    body = consultant(network)
    answers = [lan.post("/consultants", body, Idempotency_Key="one").get_json() for _ in range(2)]
    assert answers[0] == answers[1]
    other = {**body, "person": {**TAM, "phone": None}}
    assert lan.post("/consultants", other, Idempotency_Key="one").status_code == 422
    guessed = msgspec.json.encode(body, order="sorted")
    digest = hashlib.sha256(b"POST /api/v1/consultants\n" + guessed).hexdigest()
    prints = {stored.commit.fingerprint for stored in container.log.read(0, 100)}
    assert digest not in prints
    assert container.vault.blind(digest) in prints


def test_consultants_are_found_by_what_they_know(lan: Person, boss: Person, network: str) -> None:
    second = boss.did("/networks", UNIT).rpartition("/")[2]
    decomposed = unicodedata.normalize("NFD", "Đúc gang")
    lan.did("/consultants", consultant(network, fields=[decomposed]))
    lan.did("/consultants", consultant(second, fields=["Lò hơi"], occurred_on="2017-06-01"))

    def listed(query: str) -> list[list[str]]:
        return [item["fields"] for item in lan.read(f"/consultants{query}")["items"]]

    for q in ("duc", "đúc gang", unicodedata.normalize("NFD", "ĐÚC")):
        assert listed(f"?q={q}") == [["Đúc gang"]], q
    assert listed("") == [["Lò hơi"], ["Đúc gang"]]
    assert listed("?sort=-registered_on") == [["Đúc gang"], ["Lò hơi"]]
    assert listed(f"?network_id={second}&active=true") == [["Lò hơi"]]
    page = lan.read("/consultants?limit=1")
    assert listed(f"?limit=1&cursor={page['next']}") == [["Đúc gang"]]
    assert listed("?q=Tâm") == []


def test_an_office_is_linked_and_unlinked(lan: Person, network: str) -> None:
    at = "/units/nho-quan/network-links"
    assert lan.get(at).status_code == 404
    assert lan.did(at, link(network)) == at
    assert lan.post(at, link(network)).get_json()["events"] == []
    lan.did(f"{at}/unlinks", {"network_id": network, **reason("2019-01-01")})
    assert lan.post(f"{at}/unlinks", {"network_id": network, **reason("2020-01-01")}).status_code == 409
    lan.did(at, link(network, occurred_on="2020-01-01", office="Phòng Kinh tế"))
    shown = lan.read(at)
    assert shown == {
        "id": "nho-quan",
        "version": 3,
        "unit_id": "nho-quan",
        "network_ids": [network],
        "linked": True,
        "since": "2020-01-01",
        "links": [
            {
                "network_id": network,
                "office": "Phòng Đô thị",
                "since": "2018-01-01",
                "until": "2019-01-01",
                "reason": "merged",
            },
            {
                "network_id": network,
                "office": "Phòng Kinh tế",
                "since": "2020-01-01",
                "until": None,
                "reason": None,
            },
        ],
    }
    (row,) = lan.read("/network-links")["items"]
    assert row == {**shown, "position": row["position"]}


def test_a_link_is_of_a_unit_and_a_network_that_exist_and_of_the_own_district(
    boss: Person, lan: Person, local: Person, network: str, container: Container
) -> None:
    boss.did("/units", unit("gia-vien", "373", "Gia Viễn", occurred_on="2018-06-01"))
    boss.did(f"/networks/{network}/dissolution", reason("2019-01-01"))
    head = container.log.head()
    at = "/units/nho-quan/network-links"
    assert lan.post("/units/nowhere/network-links", link(network)).status_code == 404
    assert wrong_fields(lan.post("/units/gia-vien/network-links", link(network))) == ["/occurred_on"]
    assert wrong_fields(lan.post(at, link("nowhere"))) == ["/network_id"]
    assert wrong_fields(lan.post(at, link(network, occurred_on="2019-01-01"))) == ["/network_id"]
    assert local.post("/units/tam-diep/network-links", link(network)).status_code == 403
    assert container.log.head() == head
    local.did(at, link(network))
    gone = {"network_id": network, **reason("2018-06-01")}
    assert local.post("/units/tam-diep/network-links/unlinks", gone).status_code == 403
    local.did(f"{at}/unlinks", gone)


def test_links_are_found_filtered_and_sorted(lan: Person, network: str) -> None:
    lan.did("/units/tam-diep/network-links", link(network))
    lan.did("/units/nho-quan/network-links", link(network, office="Phòng Kinh tế", occurred_on="2019-01-01"))
    gone = {"network_id": network, **reason("2020-01-01")}
    lan.did("/units/nho-quan/network-links/unlinks", gone)

    def listed(query: str) -> list[str]:
        return [item["unit_id"] for item in lan.read(f"/network-links{query}")["items"]]

    for q in ("do thi", "đô", unicodedata.normalize("NFD", "Đô thị")):
        assert listed(f"?q={q}") == ["tam-diep"], q
    assert listed("") == ["nho-quan", "tam-diep"]
    assert listed("?sort=since") == ["tam-diep", "nho-quan"]
    assert listed("?linked=true") == ["tam-diep"]
    assert listed("?linked=false&unit_id=nho-quan") == ["nho-quan"]
    assert listed(f"?network_id={network}") == ["tam-diep"]
    page = lan.read("/network-links?limit=1")
    assert listed(f"?limit=1&cursor={page['next']}") == ["tam-diep"]
