"""A course and the sessions in which it is held. Stream ``course:<id>``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from services.eventkit.decider import Decider
from services.eventkit.errors import InvalidInput, NotFound, Refused
from services.eventkit.events import Event
from services.training.domain.events import Audience, CourseOpened, SessionCancelled, SessionScheduled
from services.training.domain.validity import MOST_MONTHS


class Session(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    on: date
    unit_id: str
    place: str
    hours: int
    cancelled_on: date | None = None
    cancellation_reason: str | None = None


class Course(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    title: str
    audience: Audience
    pass_mark: int
    opened_on: date
    validity_months: int | None = None
    sessions: Mapping[str, Session]

    def session(self, id_: str) -> Session:
        try:
            return self.sessions[id_]
        except KeyError:
            raise NotFound(f"Course {self.id} has no session {id_}.") from None


class OpenCourse(msgspec.Struct, frozen=True, kw_only=True):
    """`validity_months` of the certificates, 1 to 36; None for as long as the rule lets one count."""

    course_id: str
    title: str
    audience: Audience
    pass_mark: int
    occurred_on: date
    validity_months: int | None = None


class ScheduleSession(msgspec.Struct, frozen=True, kw_only=True):
    """`hours` of teaching, 1 to 200. `occurred_on` is the day of the session, which may be to come."""

    session_id: str
    unit_id: str
    place: str
    hours: int
    occurred_on: date


class CancelSession(msgspec.Struct, frozen=True, kw_only=True):
    """`occurred_on` is the day on which it was called off. `attended`: somebody was recorded there."""

    session_id: str
    reason: str
    occurred_on: date
    attended: bool = False


Command = OpenCourse | ScheduleSession | CancelSession


def decide(command: Command, course: Course | None) -> Sequence[Event]:
    if isinstance(command, OpenCourse):
        return _open(command, course)
    if isinstance(command, ScheduleSession):
        return _schedule(command, existing(course))
    return _cancel(command, existing(course))


def _open(command: OpenCourse, course: Course | None) -> Sequence[Event]:
    if course is not None:
        raise Refused(f"Course {course.id} is already open. Open another with an id of its own.")
    if not 0 <= command.pass_mark <= 100:
        raise InvalidInput.at("/pass_mark", "must be from 0 to 100 points")
    _check_validity(command)
    return [
        CourseOpened(
            course_id=command.course_id,
            title=command.title,
            audience=command.audience,
            pass_mark=command.pass_mark,
            validity_months=command.validity_months,
            occurred_on=command.occurred_on,
        )
    ]


def _check_validity(command: OpenCourse) -> None:
    if command.validity_months is None:
        return
    if command.audience is not Audience.OFFICERS:
        raise InvalidInput.at(
            "/validity_months", "is for courses for officers only: facilities get no certificates"
        )
    if not 1 <= command.validity_months <= MOST_MONTHS:
        raise InvalidInput.at(
            "/validity_months", f"must be from 1 to {MOST_MONTHS}: an older certificate does not count"
        )


def _schedule(command: ScheduleSession, known: Course) -> Sequence[Event]:
    if not 1 <= command.hours <= 200:
        raise InvalidInput.at("/hours", "must be from 1 to 200 hours")
    if command.occurred_on < known.opened_on:
        raise InvalidInput.at(
            "/occurred_on", f"must not be before {known.opened_on}, the day on which the course was opened"
        )
    if command.session_id in known.sessions:
        raise Refused(f"Session {command.session_id} of this course is already scheduled.")
    return [
        SessionScheduled(
            course_id=known.id,
            session_id=command.session_id,
            unit_id=command.unit_id,
            place=command.place,
            hours=command.hours,
            occurred_on=command.occurred_on,
        )
    ]


def _cancel(command: CancelSession, known: Course) -> Sequence[Event]:
    session = known.session(command.session_id)
    if session.cancelled_on is not None:
        raise Refused(f"Session {session.id} was already cancelled on {session.cancelled_on}.")
    if command.attended:
        raise Refused(
            f"Attendance is recorded for session {session.id}, so it took place. "
            "A session that took place can not be cancelled."
        )
    if command.occurred_on < known.opened_on:
        raise InvalidInput.at(
            "/occurred_on", f"must not be before {known.opened_on}, the day on which the course was opened"
        )
    return [
        SessionCancelled(
            course_id=known.id,
            session_id=session.id,
            reason=command.reason,
            occurred_on=command.occurred_on,
        )
    ]


def existing(course: Course | None) -> Course:
    if course is None:
        raise NotFound("There is no such course. Look for its id in the list of courses.")
    return course


def evolve(course: Course | None, event: Event) -> Course | None:
    if isinstance(event, CourseOpened):
        return Course(
            id=event.course_id,
            title=event.title,
            audience=event.audience,
            pass_mark=event.pass_mark,
            opened_on=event.occurred_on,
            validity_months=event.validity_months,
            sessions={},
        )
    if isinstance(event, SessionScheduled) and course is not None:
        session = Session(
            id=event.session_id,
            on=event.occurred_on,
            unit_id=event.unit_id,
            place=event.place,
            hours=event.hours,
        )
        return msgspec.structs.replace(course, sessions={**course.sessions, session.id: session})
    if isinstance(event, SessionCancelled) and course is not None:
        session = msgspec.structs.replace(
            course.session(event.session_id),
            cancelled_on=event.occurred_on,
            cancellation_reason=event.reason,
        )
        return msgspec.structs.replace(course, sessions={**course.sessions, session.id: session})
    return course


COURSE: Decider[Command, Course | None] = Decider("course", None, decide, evolve)
