"""Duplicates are found by what they share, as long as nobody has said that they are not the same."""

from __future__ import annotations

import unicodedata

from services.registry.container import Container
from services.registry.views.duplicates import share_keys
from tests.integration.registry.people import Person

REASON = {"reason": "hai nhà máy", "occurred_on": "2019-05-20"}


def groups(person: Person, query: str = "") -> list[list[str]]:
    items = person.read(f"/duplicates{query}")["items"]
    return [sorted(each["code"] for each in item["facilities"]) for item in items]


def bare(at: str) -> str:
    return at.rpartition("/")[2]


def test_records_with_one_tax_code_are_a_group_and_its_branches_a_weak_one(lan: Person) -> None:
    lan.registered("NB-1", tax_code="2700000001")
    lan.registered("NB-2", "Tên khác", tax_code="2700000001", unit_id="tam-diep")
    lan.registered("NB-3", tax_code="2700000002")
    lan.registered("NB-4", "Chi nhánh", tax_code="2700000002-001")
    lan.registered("NB-5", "Không có mã", tax_code=None)
    lan.registered("NB-6", "Không có mã 2", tax_code=None)
    assert groups(lan) == [["NB-1", "NB-2"], ["NB-3", "NB-4"]]
    assert groups(lan, "?sort=-key") == [["NB-3", "NB-4"], ["NB-1", "NB-2"]]
    assert groups(lan, "?strength=strong") == [["NB-1", "NB-2"]]
    assert groups(lan, "?strength=weak") == [["NB-3", "NB-4"]]
    assert groups(lan, "?unit_id=tam-diep") == [["NB-1", "NB-2"]]
    assert groups(lan, "?q=chi%20nhanh") == groups(lan, "?q=CHI%20NHÁNH") == [["NB-3", "NB-4"]]
    assert groups(lan, "?q=---") == []
    first = lan.read("/duplicates?limit=1")
    (item,) = first["items"]
    assert (item["by"], item["key"], item["strength"], item["size"]) == (
        "tax-code",
        "2700000001",
        "strong",
        2,
    )
    assert groups(lan, f"?limit=1&cursor={first['next']}") == [["NB-3", "NB-4"]]
    assert lan.read(f"/duplicates?limit=1&cursor={first['next']}")["next"] is None
    assert lan.get("/duplicates?cursor=!").status_code == 422
    assert lan.get("/duplicates?sort=size").status_code == 422


def test_names_are_compared_without_accents_within_a_unit(lan: Person) -> None:
    for number, name in enumerate(
        ("Gạch Đông Sơn", "GẠCH ĐÔNG SƠN", unicodedata.normalize("NFD", "gạch Đông Sơn")), 1
    ):
        lan.registered(f"NB-{number}", name, tax_code=None)
    lan.registered("NB-4", "Gạch Đông Sơn", tax_code=None, unit_id="tam-diep")
    assert groups(lan, "?by=name") == [["NB-1", "NB-2", "NB-3"]]
    assert groups(lan) == []


def test_what_is_no_longer_shared_is_no_group_and_what_is_shared_again_is_one(lan: Person) -> None:
    lan.registered("NB-1", "Gạch Đông Sơn", tax_code=None)
    other = lan.registered("NB-2", "Gạch Đông Sơn", tax_code=None)
    assert groups(lan, "?by=name") == [["NB-1", "NB-2"]]
    lan.did(f"{other}/moves", {"unit_id": "tam-diep", "occurred_on": "2019-05-20"})
    assert groups(lan, "?by=name") == []
    lan.registered("NB-3", "gạch đông sơn", tax_code=None)
    lan.registered("NB-4", "gạch đông sơn", tax_code=None, unit_id="tam-diep")
    assert groups(lan, "?by=name") == [["NB-1", "NB-3"], ["NB-2", "NB-4"]]


def test_records_that_an_earlier_release_stored_are_found(lan: Person, container: Container) -> None:
    lan.registered("NB-1", tax_code="2700000001")
    lan.registered("NB-2", "Tên khác", tax_code="2700000001-001", unit_id="tam-diep")
    for number in (3, 4):
        lan.registered(f"NB-{number}", "Xi măng", tax_code=None)
    found = [groups(lan), groups(lan, "?by=name")]
    stored = [*container.database.facilities.find({}, {"alike": 1})]
    container.database.facilities.update_many({}, {"$unset": {"alike": 1}})
    container.database.shared_keys.drop()
    assert groups(lan) == []
    share_keys()
    assert [groups(lan), groups(lan, "?by=name")] == found == [[["NB-1", "NB-2"]], [["NB-3", "NB-4"]]]
    assert [*container.database.facilities.find({}, {"alike": 1})] == stored


def test_merged_ones_and_pairs_declared_distinct_are_not_proposed_again(
    lan: Person, container: Container
) -> None:
    one, other = (lan.registered(f"NB-{n}", tax_code="2700000001") for n in (1, 2))
    lan.did(f"{one}/merges", {"survivor_id": bare(other), **REASON})
    assert groups(lan) == []
    lan.did(f"{one}/unmerges", REASON)
    assert groups(lan) == [["NB-1", "NB-2"]]
    lan.did(f"{other}/distinctions", {"other_id": bare(one), **REASON})
    assert groups(lan) == groups(lan, "?by=name") == []
    head = container.log.head()
    lan.did(f"{one}/distinctions", {"other_id": bare(other), **REASON})
    assert container.log.head() == head
    lan.registered("NB-3", tax_code="2700000001")
    assert groups(lan) == [["NB-1", "NB-2", "NB-3"]]


def test_two_records_stand_side_by_side(lan: Person) -> None:
    one, other = lan.registered("NB-1"), lan.registered("NB-2", "Gạch Đồng Sơn", employees=None)
    lan.did(f"{other}/closures", REASON)
    shown = lan.read(f"/duplicates/{bare(one)}/{bare(other)}")
    assert (shown["one"], shown["other"]) == (lan.read(one), lan.read(other))
    assert (shown["strength"], shown["declared_distinct"]) == ("strong", False)
    same = {each["field"]: each["same"] for each in shown["fields_compared"]}
    assert (same["name"], same["tax_code"], same["status"], same["employees"]) == (True, True, False, None)
    assert [warning["code"] for warning in shown["warnings"]] == ["survivor-not-operating"]
    lan.did(f"{one}/distinctions", {"other_id": bare(other), **REASON})
    assert lan.read(f"/duplicates/{bare(other)}/{bare(one)}")["declared_distinct"]
    assert lan.get(f"/duplicates/{bare(one)}/none").status_code == 404


def test_a_registrar_of_one_district_sees_the_records_in_it(local: Person, lan: Person) -> None:
    here = [lan.registered(f"NB-{n}", tax_code="2700000001") for n in (1, 2)]
    there = lan.registered("NB-3", tax_code="2700000001", unit_id="tam-diep")
    lan.registered("NB-4", tax_code="2700000002")
    lan.registered("NB-5", tax_code="2700000002", unit_id="tam-diep")
    assert groups(lan) == [["NB-1", "NB-2", "NB-3"], ["NB-4", "NB-5"]]
    assert groups(local) == [["NB-1", "NB-2"]]
    assert local.get(f"/duplicates/{bare(here[0])}/{bare(here[1])}").status_code == 200
    assert local.get(f"/duplicates/{bare(here[0])}/{bare(there)}").status_code == 403
