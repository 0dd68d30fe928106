"""The list finds a facility by what people know of it, and pages through many without loss or repeat."""

from __future__ import annotations

import base64
import unicodedata
from typing import Any

import msgspec
from pymongo import MongoClient

from services.registry.container import Container
from services.registry.views.models import order_names
from tests.integration.registry.people import Person


def codes(person: Person, query: str = "") -> list[str]:
    return [item["code"] for item in person.read(f"/facilities{query}")["items"]]


def paged(person: Person, query: str) -> list[str]:
    seen, cursor = [], ""
    while True:
        page = person.read(f"/facilities?{query}{cursor}")
        seen += [item["code"] for item in page["items"]]
        if page["next"] is None:
            return seen
        cursor = f"&cursor={page['next']}"


def test_a_line_shows_the_facility_as_it_stands(lan: Person, container: Container) -> None:
    at = lan.registered("NB-001")
    lan.did(f"{at}/moves", {"unit_id": "tam-diep", "occurred_on": "2016-01-01"})
    assert lan.read("/facilities")["items"] == [
        {
            "id": at.rpartition("/")[2],
            "version": 2,
            "position": container.log.head(),
            "code": "NB-001",
            "name": "Gạch Đông Sơn",
            "tax_code": "2700123456",
            "kind": "enterprise",
            "industry": {"version": 2007, "code": "2392"},
            "section": "C",
            "unit_id": "tam-diep",
            "status": "operating",
            "employees": 120,
            "registered_on": "2015-03-01",
            "merged_into": None,
        }
    ]


def test_search_folds_accents_in_either_form(lan: Person) -> None:
    lan.registered("NB-001", unicodedata.normalize("NFD", "Đường Mía Ninh Bình"), tax_code="2700111222")
    lan.registered("NB-002", "Xi măng Duyên Hà")
    decomposed = unicodedata.normalize("NFD", "Mía")
    for q in ("duong mia", "Đường", "ĐƯỜNG MÍA", "mia duo", "nb-001", "2700111222", decomposed):
        assert codes(lan, f"?q={q}") == ["NB-001"], q


def test_a_search_for_nothing_that_can_be_found_finds_nothing(lan: Person) -> None:
    lan.registered("NB-001")
    assert codes(lan, "?q=thep") == []
    assert codes(lan, "?q=...") == []
    lan.did(
        f"/facilities/{lan.read('/facilities')['items'][0]['id']}/corrections",
        {"changes": {"name": "Thép Tam Điệp"}, "reason": "sold", "occurred_on": "2018-01-01"},
    )
    assert codes(lan, "?q=thep") == ["NB-001"]
    assert codes(lan, "?q=gach") == []


def test_filters(lan: Person) -> None:
    closed = lan.registered("NB-001", kind="household", industry={"version": 2018, "code": "10"})
    lan.registered("NB-002", unit_id="tam-diep", industry={"version": 2018, "code": "35"})
    lan.did(f"{closed}/closures", {"reason": "bankrupt", "occurred_on": "2018-01-01"})
    assert codes(lan, "?status=closed") == ["NB-001"]
    assert codes(lan, "?status=operating") == ["NB-002"]
    assert codes(lan, "?kind=household&unit_id=nho-quan") == ["NB-001"]
    assert codes(lan, "?section=D") == ["NB-002"]
    assert codes(lan, "?code=NB-002") == ["NB-002"]
    assert codes(lan, "?tax_code=2700123456&section=C") == ["NB-001"]
    for bad in ("status=lost", "limit=0", "limit=201", "sort=tax_code", "sort=name_key", "colour=red"):
        assert lan.get(f"/facilities?{bad}").status_code == 422, bad


def test_those_that_are_named_and_those_of_a_size_within_a_unit(lan: Person, local: Person) -> None:
    small = lan.registered("NB-1", employees=9)
    lan.registered("NB-2", employees=10, unit_id="tam-diep")
    large = lan.registered("NB-3", employees=500)
    lan.registered("NB-4", employees=None)
    ids = "&".join(f"id={at.rpartition('/')[2]}" for at in (small, large))
    assert codes(lan, f"?{ids}&sort=code") == ["NB-1", "NB-3"]
    assert codes(lan, "?employees_to=10&sort=code") == ["NB-1", "NB-2"]
    assert codes(lan, "?employees_from=10&employees_to=10") == ["NB-2"]
    assert codes(lan, "?within=ninh-binh&employees_from=11") == ["NB-3"]
    assert codes(lan, "?within=tam-diep") == ["NB-2"]
    assert codes(local, "?within=ninh-binh&employees_to=10") == ["NB-1"]
    assert codes(lan, "?within=tam-diep&unit_id=nho-quan") == []


def test_names_are_sorted_as_vietnamese_sorts_them(
    lan: Person, mongo_client: MongoClient[dict[str, Any]], database_name: str
) -> None:
    for code, name in (("NB-1", "Đá Tam Điệp"), ("NB-2", "An Hòa"), ("NB-3", "dệt may"), ("NB-4", "Ấm trà")):
        lan.registered(code, name)
    assert codes(lan) == ["NB-2", "NB-4", "NB-3", "NB-1"]
    assert codes(lan, "?sort=-name") == ["NB-1", "NB-3", "NB-4", "NB-2"]
    stored = mongo_client[database_name]["facilities"]
    stored.update_many({"code": {"$ne": "NB-4"}}, {"$unset": {"name_order": ""}})
    order_names()
    assert codes(lan) == ["NB-2", "NB-4", "NB-3", "NB-1"]


def test_pages_hold_each_facility_once(lan: Person) -> None:
    for n in range(7):
        lan.registered(f"NB-{n}", f"Gạch {n // 3}")
    for sort in ("name", "-name", "code", "-code", "registered_on", "-registered_on"):
        seen = paged(lan, f"limit=2&sort={sort}")
        assert sorted(seen) == [f"NB-{n}" for n in range(7)], sort
        assert seen == codes(lan, f"?sort={sort}")
    assert paged(lan, "limit=2&sort=-code")[0] == "NB-6"


def test_a_cursor_stays_right_while_facilities_are_added(lan: Person) -> None:
    for n in (2, 4, 6, 8):
        lan.registered(f"NB-{n}", f"Gạch {n}")
    first = lan.read("/facilities?limit=2")
    assert [item["code"] for item in first["items"]] == ["NB-2", "NB-4"]
    lan.registered("NB-1", "Gạch 1")
    lan.registered("NB-5", "Gạch 5")
    second = lan.read(f"/facilities?limit=2&cursor={first['next']}")
    assert [item["code"] for item in second["items"]] == ["NB-5", "NB-6"]
    third = lan.read(f"/facilities?limit=2&cursor={second['next']}")
    assert ([item["code"] for item in third["items"]], third["next"]) == (["NB-8"], None)


def forged(*parts: Any) -> str:
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(parts)).decode().rstrip("=")


def test_a_cursor_that_was_not_given_is_refused(lan: Person) -> None:
    for cursor in (
        "nonsense",
        "%C4%91",
        forged("-name", "a", "b"),
        forged("name", 2**64 - 1, "b"),
        forged("name", {}, "b"),
        forged("name", "a", 5),
    ):
        answer = lan.get(f"/facilities?cursor={cursor}")
        assert answer.status_code == 422, cursor
        assert [error["field"] for error in answer.get_json()["errors"]] == ["/cursor"]


def test_the_lists_can_be_built_anew_from_the_log(
    lan: Person, mongo_client: MongoClient[dict[str, Any]], database_name: str
) -> None:
    lan.registered("NB-001")
    before = [lan.read(path) for path in ("/facilities", "/units")]
    for collection in ("facilities", "units", "checkpoints"):
        assert mongo_client[database_name][collection].count_documents({}) > 0
        mongo_client[database_name][collection].drop()
    assert [lan.read(path) for path in ("/facilities", "/units")] == before
