"""The list of participations, without names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mongoengine import BooleanField, Document, IntField, StringField

from services.eventkit.views import View
from services.training.domain.participations import PARTICIPATION, Participation
from services.training.views.common import ALIAS, day, page

SORTABLE = {"attended_on": "attended_on", "score": "score"}
FILTERS = ("course_id", "session_id", "facility_id", "officer_id", "passed", "certificate")


class ParticipationDocument(Document):
    """`certificate` is none, issued or revoked; `passed` and `score` are null before the test."""

    id = StringField(primary_key=True)
    version = IntField(required=True)
    position = IntField(required=True)
    subject = StringField(required=True)
    course_id = StringField(required=True)
    session_id = StringField(required=True)
    attended_on = StringField(required=True)
    facility_id = StringField()
    officer_id = StringField()
    score = IntField()
    passed = BooleanField()
    certificate = StringField(required=True)

    meta = {  # noqa: RUF012 - the parent's name and type
        "collection": "participations",
        "db_alias": ALIAS,
        "indexes": [
            ("attended_on", "id"),
            ("score", "id"),
            ("subject", "attended_on", "id"),
            ("course_id", "attended_on", "id"),
            ("session_id", "attended_on", "id"),
            ("facility_id", "attended_on", "id"),
            ("officer_id", "attended_on", "id"),
        ],
    }


def flatten(part: Participation, id_: str) -> dict[str, Any]:
    return {
        "subject": part.subject,
        "course_id": part.course_id,
        "session_id": part.session_id,
        "attended_on": day(part.attended_on),
        "facility_id": part.facility_id,
        "officer_id": part.officer_id,
        "score": None if part.test is None else part.test.score,
        "passed": None if part.test is None else part.test.passed,
        "certificate": _certificate(part),
    }


def _certificate(part: Participation) -> str:
    if part.certificate is None:
        return "none"
    return "issued" if part.certificate.revoked_on is None else "revoked"


PARTICIPATIONS = View(PARTICIPATION, ParticipationDocument, flatten)


def list_participations(query: dict[str, Any], within: Sequence[str] | None) -> dict[str, Any]:
    filters = {name: query.get(name) for name in FILTERS}
    return page(ParticipationDocument, query, filters, sort="-attended_on", sortable=SORTABLE, within=within)
