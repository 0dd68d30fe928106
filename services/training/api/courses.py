"""Courses and their sessions; who took part in a session."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec
from flask import Response

from services.eventkit.commands import CommandContext
from services.eventkit.http import (
    Blueprint,
    ReceiptSchema,
    allow,
    command_context,
    ensure_district,
    expected_version,
    fields,
    json_response,
    receipt_response,
    record_response,
)
from services.eventkit.identity import Role
from services.eventkit.ids import new_id
from services.training.api.access import (
    COURSES,
    PARTICIPATIONS,
    container,
    ensure_participant,
    load_course,
)
from services.training.api.schemas import (
    AttendSchema,
    CourseListSchema,
    CourseQuery,
    CourseSchema,
    OpenCourseSchema,
    ReasonSchema,
    ScheduleSessionSchema,
    SessionSchema,
)
from services.training.api.shown import course_shown
from services.training.domain.courses import (
    COURSE,
    CancelSession,
    Course,
    OpenCourse,
    ScheduleSession,
    existing,
)
from services.training.domain.events import Audience
from services.training.domain.participations import PARTICIPATION, Attend
from services.training.views.courses import list_courses
from services.training.views.participations import is_attended

blueprint = Blueprint(
    "courses", __name__, url_prefix=COURSES, description="Courses, sessions and who attended"
)


@blueprint.route("", methods=["POST"])
@allow(Role.TRAINER)
@blueprint.arguments(OpenCourseSchema)
@blueprint.response(201, ReceiptSchema)
def open_course(body: dict[str, Any]) -> Response:
    """Open a course for facilities or for officers."""
    id_ = new_id()
    command = OpenCourse(course_id=id_, **{**body, "audience": Audience(body["audience"])})
    receipt = container().bus.execute(COURSE, id_, command, command_context())
    return receipt_response(receipt, location=f"{COURSES}/{receipt.id}")


@blueprint.route("", methods=["GET"])
@allow()
@blueprint.arguments(CourseQuery, location="query")
@blueprint.response(200, CourseListSchema)
def get_courses(query: dict[str, Any]) -> Response:
    """List courses; `q` searches the titles, with or without accents."""
    container().updater.refresh()
    return json_response(list_courses(query))


@blueprint.route("/<course_id>", methods=["GET"])
@allow()
@blueprint.response(200, CourseSchema)
def get_course(course_id: str) -> Response:
    """One course with its sessions, straight from the log."""
    course, version = load_course(course_id)
    return record_response(course_shown(course, version), version)


@blueprint.route("/<course_id>/sessions", methods=["POST"])
@allow(Role.TRAINER)
@blueprint.arguments(ScheduleSessionSchema)
@blueprint.response(201, ReceiptSchema)
def schedule_session(body: dict[str, Any], course_id: str) -> Response:
    """Plan or report a session. `Location` names it, a repeat names the same. `id` is the course's."""
    ensure_district(body["unit_id"])
    container().directory.unit(body["unit_id"])
    context = command_context()
    session_id = _session_id(context)
    receipt = container().bus.execute(
        COURSE,
        course_id,
        ScheduleSession(session_id=session_id, **body),
        context,
        expected_version=expected_version(),
    )
    return receipt_response(receipt, location=f"{COURSES}/{course_id}/sessions/{session_id}")


@blueprint.route("/<course_id>/sessions/<session_id>", methods=["GET"])
@allow()
@blueprint.response(200, SessionSchema)
def get_session(course_id: str, session_id: str) -> Response:
    """One session. The ETag is the version of its course."""
    course, version = load_course(course_id)
    return record_response(msgspec.to_builtins(course.session(session_id)), version)


@blueprint.route("/<course_id>/sessions/<session_id>/cancellation", methods=["POST"])
@allow(Role.TRAINER)
@blueprint.arguments(ReasonSchema)
@blueprint.response(201, ReceiptSchema)
def cancel_session(body: dict[str, Any], course_id: str, session_id: str) -> Response:
    """Cancel a session at which nobody was recorded, for a reason."""

    def guard(course: Course | None) -> None:
        ensure_district(existing(course).session(session_id).unit_id)

    container().updater.refresh()
    receipt = container().bus.execute(
        COURSE,
        course_id,
        CancelSession(session_id=session_id, attended=is_attended(session_id), **body),
        command_context(),
        expected_version=expected_version(),
        guard=guard,
    )
    return receipt_response(receipt, location=f"{COURSES}/{course_id}/sessions/{session_id}")


@blueprint.route("/<course_id>/sessions/<session_id>/participations", methods=["POST"])
@allow(Role.TRAINER)
@blueprint.arguments(AttendSchema)
@blueprint.response(201, ReceiptSchema)
def attend(body: dict[str, Any], course_id: str, session_id: str) -> Response:
    """Record that a facility (one record a person it sent) or an officer (once a session) attended.

    From the day of the session on, and not for one that was cancelled.
    """
    context = command_context()
    blinded = container().vault.blind(context.fingerprint)
    context = msgspec.structs.replace(context, fingerprint=blinded)
    receipt = container().bus.repeated(context)
    if receipt is None:
        course, _ = load_course(course_id)
        session = course.session(session_id)
        ensure_participant(body.get("facility_id"), body.get("officer_id"))
        id_ = new_id()
        attendee = body.pop("attendee", None)
        command = Attend(
            participation_id=id_,
            course_id=course_id,
            session_id=session_id,
            audience=course.audience,
            session_on=session.on,
            unit_id=session.unit_id,
            today=fields.today(),
            cancelled_on=session.cancelled_on,
            attendee=container().vault.seal(f"attendee:{id_}", attendee) if attendee else None,
            **body,
        )
        receipt = container().bus.execute(PARTICIPATION, id_, command, context)
    return receipt_response(receipt, location=f"{PARTICIPATIONS}/{receipt.id}")


def _session_id(context: CommandContext) -> str:
    return str(uuid5(NAMESPACE_URL, f"sxsh:training:{context.command_id}"))
