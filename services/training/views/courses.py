"""The list of courses."""

from __future__ import annotations

from typing import Any

import mongoengine as me

from services.eventkit.paging import list_page
from services.eventkit.text import fold
from services.eventkit.views import View
from services.training.domain.courses import COURSE, Course

SORTABLE = {"title", "opened_on", "last_session_on"}


class CourseDocument(me.Document):
    """Days are ISO dates, so they sort as text."""

    id = me.StringField(primary_key=True)
    version = me.IntField(required=True)
    position = me.IntField(required=True)
    title = me.StringField(required=True)
    search = me.StringField(required=True)
    audience = me.StringField(required=True)
    pass_mark = me.IntField(required=True)
    opened_on = me.StringField(required=True)
    session_count = me.IntField(required=True)
    last_session_on = me.StringField()

    meta = {  # noqa: RUF012 - the parent's name and type
        "collection": "courses",
        "indexes": [("title", "id"), ("opened_on", "id"), ("audience", "title", "id")],
    }


def flatten(course: Course, id_: str) -> dict[str, Any]:
    days = [session.on.isoformat() for session in course.sessions.values()]
    return {
        "title": course.title,
        "search": fold(course.title),
        "audience": course.audience.value,
        "pass_mark": course.pass_mark,
        "opened_on": course.opened_on.isoformat(),
        "session_count": len(days),
        "last_session_on": max(days, default=None),
    }


view = View(COURSE, CourseDocument, flatten)
