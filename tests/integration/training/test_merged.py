"""What was said under the name of a duplicate is found under the survivor; nothing new goes to it."""

from __future__ import annotations

from collections.abc import Callable

from services.training.container import Container
from tests.integration.training.people import Person
from tests.registry_feed import RegistryFeed

SignIn = Callable[..., Person]


def test_answers_and_participations_of_a_duplicate_are_the_survivors(
    mai: Person, sign_in: SignIn, registry: RegistryFeed, container: Container
) -> None:
    survey, session = mai.survey(), mai.session(mai.course("facilities"))
    mai.answered(survey, "f-coi", "market")
    mai.answered(survey, "f-gom", "cuts-cost")
    part = mai.attended(session, facility_id="f-gom")
    registry.merged("f-gom", "f-coi")
    container.directory.catch_up()

    head = container.log.head()
    answer = {"facility_id": "f-gom", "benefits": [], "occurred_on": "2018-04-12"}
    for path, body in (
        (f"{survey}/answers", answer),
        (f"{session}/participations", {"facility_id": "f-gom"}),
    ):
        (error,) = mai.refused(422, path, body)["errors"]
        assert (error["field"], "f-coi" in error["detail"]) == ("/facility_id", True)
    assert container.log.head() == head

    answers = mai.items(f"{survey}/answers", facility_id="f-coi")
    assert {item["facility_id"] for item in answers} == {"f-coi", "f-gom"}
    assert [
        f"/participations/{item['id']}" for item in mai.items("/participations", facility_id="f-coi")
    ] == [part]

    here = sign_in("hoa", "trainer", districts=["kim-son"])
    there = sign_in("lan", "trainer", districts=["yen-mo"])
    assert len(here.items(f"{survey}/answers")) == 2
    assert there.items(f"{survey}/answers") == []
    here.did(f"{part}/test", {"score": 80, "occurred_on": "2018-04-20"})
    there.refused(403, f"{part}/test", {"score": 90, "occurred_on": "2018-04-21"})


def test_a_request_sent_again_after_the_merger_is_answered_as_it_was(
    mai: Person, registry: RegistryFeed, container: Container
) -> None:
    survey = mai.survey()
    answer = {"facility_id": "f-gom", "benefits": ["market"], "occurred_on": "2018-04-12"}
    first = mai.post(f"{survey}/answers", answer, Idempotency_Key="a")
    registry.merged("f-gom", "f-coi")
    container.directory.catch_up()

    again = mai.post(f"{survey}/answers", answer, Idempotency_Key="a")
    assert (again.status_code, again.get_json()) == (201, first.get_json())
