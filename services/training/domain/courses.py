"""A course and the sessions in which it is held. Stream ``course:<id>``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from services.eventkit.decider import Decider
from services.eventkit.errors import InvalidInput, NotFound, Refused
from services.eventkit.events import Event
from services.training.domain.events import Audience, CourseOpened, SessionScheduled


class Session(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    on: date
    unit_id: str
    place: str
    hours: int


class Course(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    title: str
    audience: Audience
    pass_mark: int
    opened_on: date
    sessions: Mapping[str, Session]

    def session(self, id_: str) -> Session:
        try:
            return self.sessions[id_]
        except KeyError:
            raise NotFound(f"Course {self.id} has no session {id_}.") from None


class OpenCourse(msgspec.Struct, frozen=True, kw_only=True):
    course_id: str
    title: str
    audience: Audience
    pass_mark: int
    occurred_on: date


class ScheduleSession(msgspec.Struct, frozen=True, kw_only=True):
    """`hours` of teaching, 1 to 200. `occurred_on` is the day of the session, or its first."""

    session_id: str
    unit_id: str
    place: str
    hours: int
    occurred_on: date


Command = OpenCourse | ScheduleSession


def decide(command: Command, course: Course | None) -> Sequence[Event]:
    if isinstance(command, OpenCourse):
        return _open(command, course)
    return _schedule(command, course)


def _open(command: OpenCourse, course: Course | None) -> Sequence[Event]:
    if course is not None:
        raise Refused(f"Course {course.id} is already open. Open another with an id of its own.")
    if not 0 <= command.pass_mark <= 100:
        raise InvalidInput.at("/pass_mark", "must be from 0 to 100 points")
    return [
        CourseOpened(
            course_id=command.course_id,
            title=command.title,
            audience=command.audience,
            pass_mark=command.pass_mark,
            occurred_on=command.occurred_on,
        )
    ]


def _schedule(command: ScheduleSession, course: Course | None) -> Sequence[Event]:
    known = existing(course)
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
    return course


COURSE: Decider[Command, Course | None] = Decider("course", None, decide, evolve)
