"""A facility that was registered twice is assessed once, and keeps what was found under either record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.audits.container import Container
from tests.integration.audits.people import People, Person
from tests.registry_feed import RegistryFeed

Year = Callable[..., dict[str, Any]]


@pytest.fixture
def duplicate(an: Person, registry: RegistryFeed, container: Container) -> str:
    """Where the assessment of the cement works stands, which was merged into the brick works later."""
    at = an.opened("f-xi-mang")
    registry.merged("f-xi-mang", "f-gach")
    container.directory.catch_up()
    return at


def ids(person: Person, query: str) -> set[str]:
    return {f"/{item['id']}" for item in person.get(query).get_json()["items"]}


def test_no_assessment_is_opened_of_a_duplicate_and_the_survivor_is_named(
    an: Person, duplicate: str, container: Container
) -> None:
    head = container.log.head()
    body = {"facility_id": "f-xi-mang", "method": "quick", "occurred_on": "2018-02-01"}
    refused = an.post("", body)
    assert refused.status_code == 422
    (error,) = refused.get_json()["errors"]
    assert error["field"] == "/facility_id"
    assert "f-gach" in error["detail"]
    assert container.log.head() == head


def test_one_that_was_open_goes_on(an: Person, duplicate: str, measured: Year) -> None:
    assert an.put(f"{duplicate}/baseline", measured()).status_code == 200


def test_the_list_of_the_survivor_holds_both(an: Person, duplicate: str) -> None:
    own = an.opened("f-gach")
    assert ids(an, "?facility_id=f-gach") == {own, duplicate}
    assert ids(an, "?facility_id=f-xi-mang") == {duplicate}


def test_it_belongs_to_the_district_of_the_survivor(
    people: People, duplicate: str, registry: RegistryFeed, container: Container
) -> None:
    here = people.sign_in("lan", "assessor", districts=["nho-quan"])
    there = people.sign_in("minh", "assessor", districts=["tam-diep"])
    assert here.get(duplicate).status_code == 200
    assert ids(here, "") == {duplicate} == ids(here, "?facility_id=f-gach")
    assert there.get(duplicate).status_code == 403
    assert ids(there, "") == set()
    registry.unmerged("f-xi-mang", "f-gach")
    container.directory.catch_up()
    assert there.get(duplicate).status_code == 200
    assert ids(here, "") == set()


def test_a_request_sent_again_after_the_merger_is_answered_as_it_was(
    an: Person, registry: RegistryFeed, container: Container
) -> None:
    body = {"facility_id": "f-xi-mang", "method": "quick", "occurred_on": "2018-02-01"}
    first = an.post("", body, Idempotency_Key="a")
    registry.merged("f-xi-mang", "f-gach")
    container.directory.catch_up()

    again = an.post("", body, Idempotency_Key="a")
    assert (again.status_code, again.get_json()) == (201, first.get_json())
