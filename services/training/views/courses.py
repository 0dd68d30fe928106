"""The list of courses."""

from __future__ import annotations

from typing import Any

from mongoengine import Document, IntField, ListField, StringField

from services.eventkit.text import fold, search_keys
from services.eventkit.views import View
from services.training.domain.courses import COURSE, Course
from services.training.views.common import ALIAS, day, page

#: What may be sorted by, and the field that holds it.
SORTABLE = {"title": "title_key", "opened_on": "opened_on", "last_session_on": "last_session_on"}


class CourseDocument(Document):
    """`title_key` is the title folded: accents do not spoil the order. Cancelled sessions are left out."""

    id = StringField(primary_key=True)
    version = IntField(required=True)
    position = IntField(required=True)
    title = StringField(required=True)
    title_key = StringField(required=True)
    audience = StringField(required=True)
    pass_mark = IntField(required=True)
    opened_on = StringField(required=True)
    session_count = IntField(required=True)
    last_session_on = StringField()
    search = ListField(StringField())

    meta = {  # noqa: RUF012 - the parent's name and type
        "collection": "courses",
        "db_alias": ALIAS,
        "indexes": [("title_key", "id"), ("opened_on", "id"), ("last_session_on", "id"), "search"],
    }


def flatten(course: Course, id_: str) -> dict[str, Any]:
    days = [session.on for session in course.sessions.values() if session.cancelled_on is None]
    return {
        "title": course.title,
        "title_key": fold(course.title),
        "audience": course.audience.value,
        "pass_mark": course.pass_mark,
        "opened_on": day(course.opened_on),
        "session_count": len(days),
        "last_session_on": day(max(days, default=None)),
        "search": search_keys(course.title),
    }


COURSES = View(COURSE, CourseDocument, flatten)


def list_courses(query: dict[str, Any]) -> dict[str, Any]:
    filters = {"audience": query.get("audience")}
    return page(CourseDocument, query, filters, sort="-opened_on", sortable=SORTABLE)
