"""A sample is drawn by chance, asked, and says with what certainty how many know the benefits."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from services.training.container import Container
from services.training.domain.sampling import draw
from tests.integration.training.people import HELD, LATER, OPENED, Person
from tests.registry_feed import RegistryFeed

SignIn = Callable[..., Person]
DRAWN = "2018-03-15"


@pytest.fixture
def many(registry: RegistryFeed) -> list[str]:
    """Ten facilities more in Kim Sơn and ten in Yên Mô, of which one is closed in each."""
    ids = [f"f-{number:02}" for number in range(20)]
    for number, id_ in enumerate(ids):
        registry.facility(id_, "kim-son" if number < 10 else "yen-mo")
    for id_ in (ids[3], ids[13]):
        registry.tell(
            (f"facility:{id_}", "facility.closed", {"facility_id": id_, "reason": "x"}), on="2018-03-02"
        )
    return [id_ for id_ in ids if id_ not in (ids[3], ids[13])]


def draw_of(survey: str, person: Person, **body: Any) -> str:
    return person.did(f"{survey}/draw", {"size": 5, "seed": 1051, "occurred_on": DRAWN, **body})


def sampled(person: Person, survey: str, **query: Any) -> list[str]:
    return [item["facility_id"] for item in person.items(f"{survey}/sample", **query)]


def test_the_drawn_are_those_that_anybody_draws_again(
    mai: Person, container: Container, many: list[str]
) -> None:
    survey = mai.survey("sample", unit_ids=["kim-son"], population=11)
    at = draw_of(survey, mai)
    frame = sorted([*many[:9], "f-coi"])
    assert at == f"{survey}/sample"
    assert sampled(mai, survey) == list(draw(frame, 5, 1051)) == sampled(mai, survey)
    shown = mai.get(survey).get_json()
    assert shown["sample"] == {
        "drawn_on": DRAWN,
        "seed": 1051,
        "size": 5,
        "frame_size": 10,
        "frame_sha256": hashlib.sha256("".join(f"{id_}\n" for id_ in frame).encode()).hexdigest(),
    }
    assert (shown["population"], shown["unit_ids"], shown["sample_size"]) == (11, ["kim-son"], 5)
    [listed] = mai.items("/surveys", unit_id="kim-son")
    assert listed["sample_size"] == 5
    [event] = [e for s in container.log.read() for e in s.commit.events if e.type == "survey.drawn"]
    assert msgspec.json.decode(event.data)["facility_ids"] == sampled(mai, survey)


def test_facilities_that_come_or_go_later_do_not_change_it(
    mai: Person, registry: RegistryFeed, many: list[str]
) -> None:
    survey = mai.survey("sample")
    draw_of(survey, mai, size=20)
    before = sampled(mai, survey)
    assert before == sorted([*many, "f-coi", "f-gom"])
    registry.facility("f-new", "kim-son")
    registry.tell(("facility:f-coi", "facility.closed", {"facility_id": "f-coi", "reason": "x"}), on=LATER)
    assert sampled(mai, survey) == before


def test_without_a_seed_it_is_drawn_by_chance_and_a_repeat_draws_no_other(
    mai: Person, container: Container, many: list[str]
) -> None:
    survey = mai.survey("sample")
    body = {"size": 8, "occurred_on": DRAWN}
    first = mai.post(f"{survey}/draw", body, Idempotency_Key="once")
    head = container.log.head()
    again = mai.post(f"{survey}/draw", body, Idempotency_Key="once")
    assert first.get_json() == again.get_json()
    assert container.log.head() == head
    mai.refused(409, f"{survey}/draw", body)
    seed = mai.get(survey).get_json()["sample"]["seed"]
    assert sampled(mai, survey) == list(draw([*many, "f-coi", "f-gom"], 8, seed))


def test_only_the_drawn_answer_and_who_is_left_is_a_list(
    mai: Person, container: Container, many: list[str]
) -> None:
    survey = mai.survey("sample")
    draw_of(survey, mai)
    ids = sampled(mai, survey)
    other = next(id_ for id_ in many if id_ not in ids)
    head = container.log.head()
    body = {"facility_id": other, "benefits": [], "occurred_on": HELD}
    assert "not in the sample" in mai.refused(422, f"{survey}/answers", body)["errors"][0]["detail"]
    assert container.log.head() == head
    mai.answered(survey, ids[1], "market", weight="2.50")
    assert sampled(mai, survey, answered="true") == [ids[1]]
    assert sampled(mai, survey, answered="false") == [ids[0], *ids[2:]]
    page = mai.get(f"{survey}/sample", sort="-facility_id", limit=3).get_json()
    rest = mai.get(f"{survey}/sample", sort="-facility_id", limit=3, cursor=page["next"]).get_json()
    assert [item["facility_id"] for item in page["items"] + rest["items"]] == ids[::-1]
    assert rest["next"] is None
    assert {item["facility_id"]: item["answered_on"] for item in rest["items"]}[ids[1]] == HELD
    assert mai.get(f"{survey}/sample", sort="colour").status_code == 422


def test_a_duplicate_is_not_drawn_and_once_drawn_its_survivor_answers_for_it(
    mai: Person, registry: RegistryFeed, container: Container, many: list[str]
) -> None:
    registry.merged(many[0], many[1])
    survey = mai.survey("sample")
    draw_of(survey, mai, size=19)
    ids = sampled(mai, survey)
    assert many[0] not in ids
    registry.facility("f-new", "kim-son")
    registry.merged(many[6], "f-new")
    container.directory.catch_up()
    mai.answered(survey, "f-new", "market")
    [item] = mai.items(f"{survey}/sample", answered="true")
    assert item == {"facility_id": many[6], "ask": "f-new", "answered_on": HELD}
    assert mai.get(f"{survey}/estimate").get_json()["answers"] == 1


def test_what_cannot_be_drawn_is_refused(mai: Person, container: Container, many: list[str]) -> None:
    body = {"size": 3, "occurred_on": DRAWN}
    mai.refused(409, f"{mai.survey()}/draw", body)
    mai.refused(404, "/surveys/none/draw", body)
    survey = mai.survey("sample", unit_ids=["kim-son"])
    head = container.log.head()
    too_many = mai.refused(422, f"{survey}/draw", {**body, "size": 11})
    [error] = too_many["errors"]
    assert error["field"] == "/size"
    assert error["detail"] == "must be from 1 to 10; there are 10 facilities to draw from"
    for change in ({"size": 0}, {"size": 5001}, {"seed": -1}, {"seed": 2**53}):
        problem = mai.refused(422, f"{survey}/draw", {**body, **change})
        assert [error["field"] for error in problem["errors"]] == [f"/{next(iter(change))}"]
    assert container.log.head() == head
    mai.answered(survey, "f-coi")
    assert "answered already" in mai.refused(409, f"{survey}/draw", body)["detail"]
    assert mai.get(f"{survey}/sample").status_code == 404


def test_a_district_draws_in_its_own_units_and_sees_its_own(
    mai: Person, sign_in: SignIn, many: list[str]
) -> None:
    local = sign_in("kim", "trainer", districts=["kim-son"])
    body = {"size": 3, "occurred_on": DRAWN}
    everywhere = mai.survey("sample")
    local.refused(403, f"{everywhere}/draw", body)
    local.refused(
        403, "/surveys", {"title": "x", "mode": "sample", "unit_ids": ["yen-mo"], "occurred_on": OPENED}
    )
    draw_of(everywhere, mai, size=20)
    assert sampled(local, everywhere) == sorted([*many[:9], "f-coi"])
    local.did(f"{local.survey('sample', unit_ids=['kim-son'])}/draw", body)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"population": 0}, "/population"),
        ({"population": "420"}, "/population"),
        ({"unit_ids": ["atlantis"]}, "/unit_ids/0"),
        ({"unit_ids": ["kim-son", "kim-son"]}, "/unit_ids"),
    ],
)
def test_a_wrong_scope_is_named(mai: Person, change: dict[str, Any], field: str) -> None:
    body = {"title": "x", "mode": "sample", "occurred_on": OPENED, **change}
    assert [error["field"] for error in mai.refused(422, "/surveys", body)["errors"]] == [field]


class TestEstimate:
    def test_it_weighs_the_answers_and_says_how_sure_it_is(self, mai: Person, container: Container) -> None:
        survey = mai.survey("sample")
        mai.answered(survey, "f-coi", "market", weight="3")
        mai.answered(survey, "f-gom", weight="1.50")
        mai.answered(survey, "f-gom", weight="1", on=LATER)
        shown = mai.get(f"{survey}/estimate").get_json()
        method, census = shown.pop("method"), shown.pop("census")
        assert shown == {
            "survey_id": survey.rpartition("/")[2],
            "mode": "sample",
            "unit_id": None,
            "position": f"training:{container.log.head()}",
            "answers": 2,
            "naming": 1,
            "weight": "4",
            "effective_answers": "1.60",
            "population": None,
            "share": "0.750000",
            "low": "0.169138",
            "high": "0.977881",
            "level": "0.95",
            "reason": None,
        }
        assert method["id"] == "wilson-kish"
        assert "Wilson" in method["en"] and "Wilson" in method["vi"]
        assert census == {"answers": 0, "naming": 0}

    def test_the_number_of_facilities_narrows_it_and_is_not_used_for_a_part(self, mai: Person) -> None:
        survey = mai.survey("sample", population=2)
        mai.answered(survey, "f-coi", "market")
        whole = mai.get(f"{survey}/estimate").get_json()
        assert (whole["population"], whole["method"]["id"]) == (2, "wilson-kish-fpc")
        mai.answered(survey, "f-gom")
        whole = mai.get(f"{survey}/estimate").get_json()
        assert (whole["low"], whole["share"], whole["high"]) == ("0.500000", "0.500000", "0.500000")
        part = mai.get(f"{survey}/estimate", unit_id="kim-son").get_json()
        assert (part["answers"], part["share"], part["population"]) == (1, "1.000000", None)
        assert (part["low"], part["high"], part["unit_id"]) == ("0.206549", "1.000000", "kim-son")

    def test_the_census_stands_beside_it_and_is_never_added(self, mai: Person) -> None:
        first, second, sample = mai.survey(), mai.survey(), mai.survey("sample")
        mai.answered(first, "f-coi", "market")
        mai.answered(first, "f-gom", "market")
        mai.answered(second, "f-gom", on=LATER)
        mai.answered(sample, "f-gom", "cuts-cost")
        shown = mai.get(f"{sample}/estimate").get_json()
        assert (shown["answers"], shown["share"]) == (1, "1.000000")
        assert shown["census"] == {"answers": 2, "naming": 1}
        counted = mai.get(f"{first}/estimate").get_json()
        assert counted["share"] is None
        assert "counted" in counted["reason"]["en"]
        assert (counted["answers"], counted["naming"]) == (2, 2)

    def test_a_facility_of_two_ids_is_one_answer_and_its_latest(
        self, mai: Person, container: Container, registry: RegistryFeed
    ) -> None:
        census, sample = mai.survey(), mai.survey("sample")
        for survey in (census, sample):
            mai.answered(survey, "f-gom", "market", on=LATER)
            mai.answered(survey, "f-coi")
        apart = mai.get(f"{sample}/estimate").get_json()
        assert (apart["answers"], apart["share"]) == (2, "0.500000")
        assert apart["census"] == {"answers": 2, "naming": 1}
        registry.merged("f-gom", "f-coi")
        container.directory.catch_up()
        merged = mai.get(f"{sample}/estimate").get_json()
        assert (merged["answers"], merged["share"]) == (1, "1.000000")
        assert merged["census"] == {"answers": 1, "naming": 1}
        registry.unmerged("f-gom", "f-coi")
        container.directory.catch_up()
        again = mai.get(f"{sample}/estimate").get_json()
        for shown in (apart, again):
            shown.pop("position")
        assert again == apart

    def test_nobody_asked_is_no_value_with_a_reason(self, mai: Person) -> None:
        shown = mai.get(f"{mai.survey('sample', population=100)}/estimate").get_json()
        assert [shown[name] for name in ("share", "low", "high", "effective_answers")] == [None] * 4
        assert "no facility" in shown["reason"]["en"]
        assert mai.get("/surveys/none/estimate").status_code == 404

    def test_a_district_estimates_its_own(self, mai: Person, sign_in: SignIn) -> None:
        survey = mai.survey("sample", population=2)
        mai.answered(survey, "f-coi", "market")
        mai.answered(survey, "f-gom")
        local = sign_in("kim", "inspector", districts=["kim-son"])
        shown = local.get(f"{survey}/estimate").get_json()
        assert (shown["answers"], shown["share"], shown["population"]) == (1, "1.000000", None)
        assert local.get(f"{survey}/estimate", unit_id="yen-mo").status_code == 403
