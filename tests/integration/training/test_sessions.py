"""Sessions are planned, held or cancelled; certificates count for a time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from services.eventkit.http import fields
from services.training.container import Container
from tests.integration.training.people import HELD, LATER, Person

SignIn = Callable[..., Person]


def test_a_session_is_planned_ahead_and_attended_from_its_day_on(
    mai: Person, container: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = fields.today() + timedelta(days=30)
    session = mai.session(mai.course("officers"), on=day.isoformat())
    assert mai.get(session).get_json()["on"] == day.isoformat()
    head = container.log.head()
    early = mai.refused(409, f"{session}/participations", {"officer_id": "o-hoa"})
    assert f"planned for {day}" in early["detail"]
    assert container.log.head() == head
    monkeypatch.setattr(fields, "today", lambda: day)
    part = mai.attended(session, officer_id="o-hoa")
    assert mai.get(part).get_json()["attended_on"] == day.isoformat()


@pytest.mark.parametrize("on", ["2999-01-01", "1989-12-31", "2018-02-30", ""])
def test_a_session_is_planned_for_a_believable_day(mai: Person, on: str) -> None:
    body = {"unit_id": "kim-son", "place": "Phát Diệm", "hours": 8, "occurred_on": on}
    problem = mai.refused(422, f"{mai.course('officers')}/sessions", body)
    assert [error["field"] for error in problem["errors"]] == ["/occurred_on"]


def test_a_cancelled_session_is_shown_but_counts_and_takes_nobody(mai: Person, container: Container) -> None:
    course = mai.course("officers")
    session = mai.session(course)
    mai.session(course, on="2018-04-02")
    mai.did(f"{session}/cancellation", {"reason": "bão số 3", "occurred_on": "2018-04-10"})
    shown = mai.get(session).get_json()
    assert (shown["cancelled_on"], shown["cancellation_reason"]) == ("2018-04-10", "bão số 3")
    [listed] = mai.items("/courses")
    assert (listed["session_count"], listed["last_session_on"]) == (1, "2018-04-02")
    head = container.log.head()
    mai.refused(409, f"{session}/participations", {"officer_id": "o-hoa"})
    mai.refused(409, f"{session}/cancellation", {"reason": "again", "occurred_on": LATER})
    assert container.log.head() == head


def test_a_session_with_attendance_is_not_cancelled(mai: Person, container: Container) -> None:
    session = mai.session(mai.course("officers"))
    mai.attended(session, officer_id="o-hoa")
    head = container.log.head()
    problem = mai.refused(409, f"{session}/cancellation", {"reason": "bão", "occurred_on": LATER})
    assert "took place" in problem["detail"]
    assert container.log.head() == head


def test_only_the_own_districts_sessions_are_cancelled(mai: Person, sign_in: SignIn) -> None:
    course = mai.course("officers")
    session = mai.session(course)
    body = {"reason": "bão", "occurred_on": HELD}
    sign_in("yen", "trainer", districts=["yen-mo"]).refused(403, f"{session}/cancellation", body)
    sign_in("thu", "inspector").refused(403, f"{session}/cancellation", body)
    mai.refused(404, f"{course}/sessions/none/cancellation", body)
    mai.refused(404, "/courses/none/sessions/none/cancellation", body)
    sign_in("kim", "trainer", districts=["kim-son"]).did(f"{session}/cancellation", body)


def test_who_holds_a_certificate_on_a_day_is_a_list(mai: Person) -> None:
    session = mai.session(mai.course("officers", validity_months=12))
    ordinary = mai.session(mai.course("officers"), "yen-mo")
    certified = {}
    for at, officer in ((session, "o-hoa"), (session, "o-lan"), (ordinary, "o-lan")):
        part = mai.attended(at, officer_id=officer)
        mai.did(f"{part}/test", {"score": 80, "occurred_on": HELD})
        mai.did(f"{part}/certificate", {"occurred_on": LATER})
        certified[at, officer] = part.rpartition("/")[2]
    revoked = certified[session, "o-lan"]
    mai.did(f"/participations/{revoked}/revocation", {"reason": "thi hộ", "occurred_on": "2018-06-01"})

    def holding(on: str) -> set[str]:
        return {item["id"] for item in mai.items("/participations", valid_on=on)}

    hoa, lan = certified[session, "o-hoa"], certified[ordinary, "o-lan"]
    assert holding("2018-04-19") == set()
    assert holding(LATER) == holding("2018-05-31") == {hoa, lan, revoked}
    assert holding("2018-06-01") == holding("2019-04-20") == {hoa, lan}
    assert holding("2019-04-21") == holding("2021-04-20") == {lan}
    assert holding("2021-04-21") == set()
    [item] = mai.items("/participations", valid_on="2020-01-01")
    assert (item["issued_on"], item["valid_until"], item["unit_id"]) == (LATER, "2021-04-20", "yen-mo")
    assert len(mai.items("/participations", unit_id="kim-son")) == 2
    assert mai.get("/participations", valid_on="2018-02-30").status_code == 422
    until = [item["valid_until"] for item in mai.items("/participations", sort="-valid_until")]
    assert until == ["2021-04-20", "2019-04-20", "2019-04-20"]


def test_only_an_officers_course_promises_a_validity(mai: Person) -> None:
    body = {"title": "SXSH", "pass_mark": 50, "occurred_on": HELD, "validity_months": 12}
    for change in ({"audience": "facilities"}, {"audience": "officers", "validity_months": 37}):
        problem = mai.refused(422, "/courses", {**body, **change})
        assert [error["field"] for error in problem["errors"]] == ["/validity_months"]


def test_a_guessed_attendee_cannot_be_proved_from_the_log(mai: Person, container: Container) -> None:
    session = mai.session(mai.course("facilities"))
    body: dict[str, Any] = {"facility_id": "f-coi", "attendee": {"name": "Trần Thị Hạnh"}}
    mai.did(f"{session}/participations", body)
    digest = hashlib.sha256(f"POST /api/v1{session}/participations\n".encode())
    digest.update(msgspec.json.encode(body, order="sorted"))
    stored = [commit.commit.fingerprint for commit in container.log.read()]
    assert len(stored[-1]) == 64
    assert digest.hexdigest() not in stored
