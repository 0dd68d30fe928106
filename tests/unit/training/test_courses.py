from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest

from services.eventkit.errors import InvalidInput, NotFound, Refused
from services.training.domain.courses import COURSE, CancelSession, OpenCourse, ScheduleSession
from services.training.domain.events import Audience
from tests.unit.given import given
from tests.unit.training.facts import (
    HELD,
    OPENED,
    course,
    course_opened,
    session_cancelled,
    session_scheduled,
)


def open_course(pass_mark: int = 60, **fields: Any) -> OpenCourse:
    known = {"audience": Audience.OFFICERS, **fields}
    return OpenCourse(
        course_id="c1", title="Sản xuất sạch hơn cơ bản", pass_mark=pass_mark, occurred_on=OPENED, **known
    )


def cancel(session_id: str = "s1", on: date = session_cancelled.occurred_on, **fields: Any) -> CancelSession:
    return CancelSession(session_id=session_id, reason="lũ lụt", occurred_on=on, **fields)


def schedule(session_id: str = "s1", on: date = HELD, hours: int = 16) -> ScheduleSession:
    return ScheduleSession(
        session_id=session_id, unit_id="kim-son", place="Phát Diệm", hours=hours, occurred_on=on
    )


def test_a_course_is_opened_and_its_session_scheduled() -> None:
    given(COURSE).when(open_course()).then([course_opened]).when(schedule()).then([session_scheduled])


def test_a_course_is_opened_once() -> None:
    given(COURSE, [course_opened]).when(open_course()).refused("already open", Refused)


@pytest.mark.parametrize("pass_mark", [-1, 101])
def test_a_pass_mark_is_a_score_that_can_be_reached(pass_mark: int) -> None:
    given(COURSE).when(open_course(pass_mark)).refused("/pass_mark", InvalidInput)


def test_a_session_needs_its_course() -> None:
    given(COURSE).when(schedule()).refused("no such course", NotFound)


def test_no_session_before_the_course_was_opened() -> None:
    early = schedule(on=date(2018, 2, 28))
    given(COURSE, [course_opened]).when(early).refused("/occurred_on", InvalidInput)
    assert given(COURSE, [course_opened]).when(schedule(on=OPENED)).events()


def test_the_same_session_is_not_scheduled_twice_but_another_is() -> None:
    held = given(COURSE, [course_opened, session_scheduled])
    held.when(schedule()).refused("already scheduled", Refused)
    assert held.when(schedule("s2")).events()


@pytest.mark.parametrize("hours", [0, 201])
def test_a_session_takes_a_believable_time(hours: int) -> None:
    given(COURSE, [course_opened]).when(schedule(hours=hours)).refused("/hours", InvalidInput)


def test_attendance_at_a_session_that_the_course_does_not_have_is_not_found() -> None:
    assert course().session("s1").on == HELD
    with pytest.raises(NotFound, match="no session s9"):
        course().session("s9")


@pytest.mark.parametrize("months", [1, 24, 36])
def test_a_course_says_how_long_its_certificates_count(months: int) -> None:
    opened = msgspec.structs.replace(course_opened, validity_months=months)
    given(COURSE).when(open_course(validity_months=months)).then([opened])


@pytest.mark.parametrize("months", [0, 37])
def test_no_certificate_is_promised_longer_than_the_rule_counts_it(months: int) -> None:
    given(COURSE).when(open_course(validity_months=months)).refused("/validity_months", InvalidInput)


def test_a_course_for_facilities_promises_no_certificate() -> None:
    promised = open_course(audience=Audience.FACILITIES, validity_months=12)
    given(COURSE).when(promised).refused("/validity_months: is for courses for officers", InvalidInput)


def test_a_session_is_cancelled_once_and_stays_to_be_seen() -> None:
    held = given(COURSE, [course_opened, session_scheduled])
    cancelled = held.when(cancel()).then([session_cancelled])
    session = cancelled.state.session("s1")
    assert (session.on, session.cancelled_on, session.cancellation_reason) == (
        HELD,
        session_cancelled.occurred_on,
        "lũ lụt",
    )
    cancelled.when(cancel()).refused("already cancelled", Refused)
    assert cancelled.when(schedule("s2")).events()


def test_a_session_to_which_people_came_is_not_cancelled() -> None:
    held = given(COURSE, [course_opened, session_scheduled])
    held.when(cancel(attended=True)).refused("took place", Refused)


def test_what_was_never_scheduled_is_not_cancelled() -> None:
    given(COURSE).when(cancel()).refused("no such course", NotFound)
    given(COURSE, [course_opened]).when(cancel()).refused("no session s1", NotFound)
    early = cancel(on=date(2018, 2, 28))
    given(COURSE, [course_opened, session_scheduled]).when(early).refused("/occurred_on", InvalidInput)
