"""A course from opening to certificate, through the API on a real log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.training.container import Container
from tests.integration.training.people import HELD, LATER, Person
from tests.registry_feed import RegistryFeed

SignIn = Callable[..., Person]


def events(container: Container) -> list[tuple[str, str]]:
    return [
        (event.subject, event.type)
        for stored in container.log.read(0, 1000)
        for event in stored.commit.events
    ]


def test_an_officer_is_trained_tested_and_certified(mai: Person, container: Container) -> None:
    course = mai.course("officers")
    part = mai.attended(mai.session(course), officer_id="o-hoa")
    mai.did(f"{part}/test", {"score": 72, "occurred_on": HELD})
    mai.did(f"{part}/certificate", {"occurred_on": LATER})
    shown = mai.get(part).get_json()
    assert shown["test"] == {"on": HELD, "score": 72, "passed": True}
    assert shown["certificate"] == {
        "issued_on": LATER,
        "valid_until": "2021-04-20",
        "revoked_on": None,
        "revocation_reason": None,
    }
    assert shown["unit_id"] == "kim-son"
    assert shown["attended_on"] == HELD
    assert shown["version"] == 3
    course_subject = "course:" + course.rpartition("/")[2]
    assert events(container) == [
        (course_subject, "course.opened"),
        (course_subject, "course.session-scheduled"),
        ("officer:o-hoa", "participation.attended"),
        ("officer:o-hoa", "participation.tested"),
        ("officer:o-hoa", "certificate.issued"),
    ]
    mai.did(f"{part}/revocation", {"reason": "thi hộ", "occurred_on": LATER})
    assert mai.get(part).get_json()["certificate"]["revoked_on"] == LATER


def test_a_receipt_says_where_in_the_log_the_write_stands(mai: Person) -> None:
    body = {"title": "SXSH", "audience": "officers", "pass_mark": 50, "occurred_on": HELD}
    answer = mai.post("/courses", body)
    receipt = answer.get_json()
    assert receipt["position"] == "training:1" == answer.headers["Sxsh-Position"]
    assert receipt["version"] == 1
    assert answer.headers["ETag"] == '"1"'
    assert answer.headers["Location"] == f"/api/v1/courses/{receipt['id']}"


def test_a_repeated_request_writes_once_and_names_the_same_session(mai: Person, container: Container) -> None:
    course = mai.course("facilities")
    body = {"unit_id": "kim-son", "place": "Phát Diệm", "hours": 8, "occurred_on": HELD}
    first = mai.post(f"{course}/sessions", body, Idempotency_Key="once")
    again = mai.post(f"{course}/sessions", body, Idempotency_Key="once")
    assert first.get_json() == again.get_json()
    assert first.headers["Location"] == again.headers["Location"]
    session = first.headers["Location"].removeprefix("/api/v1")
    who = {"facility_id": "f-coi", "attendee": {"name": "Trần Thị Hạnh"}}
    one = mai.post(f"{session}/participations", who, Idempotency_Key="hanh")
    two = mai.post(f"{session}/participations", who, Idempotency_Key="hanh")
    assert one.get_json() == two.get_json()
    assert container.log.head() == 3
    mai.refused(422, f"{session}/participations", {"facility_id": "f-gom"}, Idempotency_Key="hanh")


def test_an_attendees_name_is_in_no_log_and_can_be_erased(
    mai: Person, sign_in: SignIn, container: Container
) -> None:
    session = mai.session(mai.course("facilities"))
    part = mai.attended(session, facility_id="f-coi", attendee={"name": "Trần Thị Hạnh"})
    assert mai.get(part).get_json()["attendee"] == {"name": "Trần Thị Hạnh"}
    assert sign_in("thu", "inspector").get(part).get_json()["attendee"] is None
    log = b"".join(stored.body for stored in container.log.read())
    assert b"attendee" in log
    assert "Hạnh".encode() not in log
    assert container.vault.erase("attendee:" + part.rpartition("/")[2])
    assert mai.get(part).get_json()["attendee"] is None


def test_whoever_is_not_in_the_registry_cannot_attend(mai: Person, container: Container) -> None:
    session = mai.session(mai.course("officers"))
    problem = mai.refused(422, f"{session}/participations", {"officer_id": "o-unknown"})
    assert problem["errors"][0]["field"] == "/officer_id"
    assert container.log.head() == 2


def test_who_was_registered_a_moment_ago_can(mai: Person, registry: RegistryFeed) -> None:
    session = mai.session(mai.course("officers"))
    registry.officer("o-new", "kim-son")
    assert mai.attended(session, officer_id="o-new")


def test_an_officer_attends_a_session_once(mai: Person) -> None:
    session = mai.session(mai.course("officers"))
    mai.attended(session, officer_id="o-hoa")
    mai.refused(409, f"{session}/participations", {"officer_id": "o-hoa"})


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "/facility_id"),
        ({"officer_id": "o-hoa"}, "/officer_id"),
        ({"facility_id": "f-coi", "officer_id": "o-hoa"}, "/facility_id"),
        ({"facility_id": "f-coi", "occurred_on": LATER}, "/occurred_on"),
        ({"facility_id": "f-coi", "occurred_on": "2018-02-30"}, "/occurred_on"),
        ({"facility_id": "f-coi", "attendee": {}}, "/attendee/name"),
        ({"facility_id": "f-coi", "atendee": {"name": "x"}}, "/atendee"),
        ({"facility_id": 7}, "/facility_id"),
    ],
)
def test_a_wrong_participant_is_named(
    mai: Person, container: Container, body: dict[str, Any], field: str
) -> None:
    session = mai.session(mai.course("facilities"))
    problem = mai.refused(422, f"{session}/participations", body)
    assert field in [error["field"] for error in problem["errors"]]
    assert container.log.head() == 2


def test_a_session_is_held_in_a_unit_that_the_registry_knows(mai: Person) -> None:
    course = mai.course("officers")
    body = {"unit_id": "atlantis", "place": "x", "hours": 1, "occurred_on": HELD}
    assert mai.refused(422, f"{course}/sessions", body)["errors"][0]["field"] == "/unit_id"


def test_what_does_not_exist_is_not_found(mai: Person) -> None:
    for path in ("/courses/none", "/participations/none", "/courses/none/sessions/none"):
        assert mai.get(path).status_code == 404
    course = mai.course("officers")
    assert mai.get(f"{course}/sessions/none").status_code == 404
    mai.refused(404, f"{course}/sessions/none/participations", {"officer_id": "o-hoa"})
    mai.refused(404, "/participations/none/test", {"score": 1, "occurred_on": HELD})


def test_a_stale_if_match_is_refused(mai: Person) -> None:
    course = mai.course("officers")
    part = mai.attended(mai.session(course), officer_id="o-hoa")
    body = {"score": 72, "occurred_on": HELD}
    mai.refused(412, f"{part}/test", body, If_Match='"7"')
    assert mai.post(f"{part}/test", body, If_Match='"1"').status_code == 201


def test_only_trainers_write_and_the_signed_in_read(mai: Person, sign_in: SignIn) -> None:
    course = mai.course("officers")
    reader = sign_in("thu", "inspector")
    assert reader.get(course).status_code == 200
    body = {"title": "SXSH", "audience": "officers", "pass_mark": 50, "occurred_on": HELD}
    reader.refused(403, "/courses", body)
    assert sign_in("quản trị", "admin").post("/courses", body).status_code == 201


def test_a_trainer_of_one_district_acts_for_that_district_only(mai: Person, sign_in: SignIn) -> None:
    local = sign_in("kim", "trainer", districts=["kim-son"])
    course = mai.course("officers")
    session = local.session(course)
    elsewhere = {"unit_id": "yen-mo", "place": "x", "hours": 1, "occurred_on": HELD}
    local.refused(403, f"{course}/sessions", elsewhere)
    own = local.attended(session, officer_id="o-hoa")
    local.refused(403, f"{session}/participations", {"officer_id": "o-lan"})
    theirs = mai.attended(session, officer_id="o-lan")
    local.refused(403, f"{theirs}/test", {"score": 90, "occurred_on": HELD})
    assert local.get(theirs).status_code == 403
    assert [f"/participations/{item['id']}" for item in local.items("/participations")] == [own]
    assert len(mai.items("/participations")) == 2


def test_lists_filter_sort_search_and_page(mai: Person) -> None:
    basics = mai.course("officers", "Đào tạo kiểm toán năng lượng")
    mai.course("facilities", "Ánh sáng và nước")
    mai.course("facilities", "Bao bì")
    assert [item["title"] for item in mai.items("/courses", sort="title")] == [
        "Ánh sáng và nước",
        "Bao bì",
        "Đào tạo kiểm toán năng lượng",
    ]
    assert [item["title"] for item in mai.items("/courses", q="dao tao nang")] == [
        "Đào tạo kiểm toán năng lượng"
    ]
    assert len(mai.items("/courses", audience="facilities")) == 2
    first = mai.get("/courses", sort="title", limit=2).get_json()
    rest = mai.get("/courses", sort="title", limit=2, cursor=first["next"]).get_json()
    assert [item["title"] for item in rest["items"]] == ["Đào tạo kiểm toán năng lượng"]
    assert rest["next"] is None
    assert mai.get("/courses", sort="colour").status_code == 422
    session = mai.session(basics)
    hoa = mai.attended(session, officer_id="o-hoa")
    mai.attended(session, officer_id="o-lan")
    mai.did(f"{hoa}/test", {"score": 90, "occurred_on": HELD})
    mai.did(f"{hoa}/certificate", {"occurred_on": HELD})
    [passed] = mai.items("/participations", passed="true")
    assert (passed["officer_id"], passed["score"], passed["certificate"]) == ("o-hoa", 90, "issued")
    assert len(mai.items("/participations", certificate="none", officer_id="o-lan")) == 1
    assert mai.items("/courses", sort="-last_session_on")[0]["last_session_on"] == HELD
