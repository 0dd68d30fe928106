"""Whoever is limited to districts lists their officers alone; an erased person is in no cache."""

from __future__ import annotations

from services.registry.container import Container
from tests.integration.registry.people import People, Person

DAY = {"occurred_on": "2016-01-01"}


def officer_of(person: Person, unit_id: str) -> str:
    at = person.did("/officers", {"person": {"name": "Hoa"}, **DAY})
    person.did(f"{at}/appointments", {"unit_id": unit_id, "dedicated": True, **DAY})
    return at


def listed(person: Person, query: str = "") -> list[list[str]]:
    return [item["unit_ids"] for item in person.read(f"/officers{query}")["items"]]


def test_a_list_is_limited_to_the_districts_of_the_caller(people: People, lan: Person) -> None:
    officer_of(lan, "nho-quan")
    officer_of(lan, "tam-diep")
    tam = people.sign_in("tam", "inspector", districts=["tam-diep"])
    assert listed(tam) == [["tam-diep"]]
    assert listed(tam, "?unit_id=tam-diep") == [["tam-diep"]]
    assert listed(tam, "?unit_id=nho-quan") == []
    assert len(listed(lan)) == 2


def test_a_search_that_can_not_be_done_is_refused_and_not_left_out(lan: Person) -> None:
    officer_of(lan, "nho-quan")
    answer = lan.get("/officers?q=somebody")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.get_json()["errors"]] == ["/q"]


def test_an_erased_officer_is_not_said_to_be_unchanged(lan: Person, container: Container) -> None:
    at = officer_of(lan, "nho-quan")
    seen = lan.get(at)
    assert seen.headers["Cache-Control"] == "no-store"
    container.vault.erase(f"officer:{at.rpartition('/')[2]}")
    again = lan.get(at, If_None_Match=seen.headers["ETag"])
    assert again.status_code == 200
    assert again.get_json()["person"] is None
