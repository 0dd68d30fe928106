"""Someone limited to districts neither reads nor writes beyond them, and follows a facility that moves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.audits.container import Container
from tests.integration.audits.people import People, Person
from tests.registry_feed import RegistryFeed

Year = Callable[..., dict[str, Any]]


@pytest.fixture
def local(people: People) -> Person:
    return people.sign_in("lan", "assessor", "reviewer", districts=["nho-quan"])


def test_only_the_facilities_of_the_own_district_are_assessed(local: Person, container: Container) -> None:
    assert local.opened("f-gach")
    body = {"facility_id": "f-xi-mang", "method": "quick", "occurred_on": "2018-02-01"}
    refused = local.post("", body)
    assert refused.status_code == 403
    assert "tam-diep" in refused.get_json()["detail"]
    assert container.log.head() == 1


def test_another_districts_assessment_is_neither_read_nor_written(
    local: Person, an: Person, measured: Year, container: Container
) -> None:
    at, option = an.submitted(measured(), "f-xi-mang")
    before = container.log.head()
    on = {"occurred_on": "2018-03-10"}
    for answer in (
        local.get(at),
        local.get(option),
        local.put(f"{at}/baseline", measured()),
        local.post(f"{at}/approval", on),
        local.post(f"{option}/implementation", on),
        local.post(f"{at}/follow-ups", measured(2019)),
    ):
        assert answer.status_code == 403
    assert container.log.head() == before


def test_the_list_holds_the_own_districts_only(local: Person, an: Person) -> None:
    own = an.opened("f-gach")
    an.opened("f-xi-mang")
    assert [f"/{item['id']}" for item in local.get().get_json()["items"]] == [own]
    assert len(an.get().get_json()["items"]) == 2
    assert local.get("?facility_id=f-xi-mang").get_json()["items"] == []


def test_rights_follow_the_facility_to_its_present_district(
    local: Person, an: Person, registry: RegistryFeed, container: Container
) -> None:
    at = an.opened("f-xi-mang")
    assert local.get(at).status_code == 403
    registry.tell(
        ("facility:f-xi-mang", "facility.moved", {"facility_id": "f-xi-mang", "unit_id": "nho-quan"}),
        on="2019-01-01",
    )
    container.directory.catch_up()
    assert local.get(at).status_code == 200
    assert local.get(at).get_json()["unit_id"] == "tam-diep"
    assert len(local.get().get_json()["items"]) == 1
