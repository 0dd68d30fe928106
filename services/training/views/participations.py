"""The list of participations, without names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from mongoengine import BooleanField, Document, IntField, StringField

from services.eventkit.views import View
from services.training.domain.participations import PARTICIPATION, Participation
from services.training.views.common import ALIAS, any_of, collection, day, page

SORTABLE = {"attended_on": "attended_on", "score": "score", "valid_until": "valid_until"}
FILTERS = ("course_id", "session_id", "officer_id", "unit_id", "passed", "certificate")


class ParticipationDocument(Document):
    """`certificate` is none, issued or revoked; `passed` and `score` are null before the test.

    `unit_id` is that of the session; `valid_until` is the certificate's last day if it is not revoked.
    """

    id = StringField(primary_key=True)
    version = IntField(required=True)
    position = IntField(required=True)
    subject = StringField(required=True)
    course_id = StringField(required=True)
    session_id = StringField(required=True)
    attended_on = StringField(required=True)
    facility_id = StringField()
    officer_id = StringField()
    unit_id = StringField()
    score = IntField()
    passed = BooleanField()
    certificate = StringField(required=True)
    issued_on = StringField()
    valid_until = StringField()
    revoked_on = StringField()

    meta = {  # noqa: RUF012 - the parent's name and type
        "collection": "participations",
        "db_alias": ALIAS,
        "indexes": [
            ("attended_on", "id"),
            ("score", "id"),
            ("valid_until", "id"),
            ("subject", "attended_on", "id"),
            ("course_id", "attended_on", "id"),
            ("session_id", "attended_on", "id"),
            ("facility_id", "attended_on", "id"),
            ("officer_id", "attended_on", "id"),
        ],
    }


def flatten(part: Participation, id_: str) -> dict[str, Any]:
    certificate = part.certificate
    return {
        "subject": part.subject,
        "course_id": part.course_id,
        "session_id": part.session_id,
        "attended_on": day(part.attended_on),
        "facility_id": part.facility_id,
        "officer_id": part.officer_id,
        "unit_id": part.unit_id,
        "score": None if part.test is None else part.test.score,
        "passed": None if part.test is None else part.test.passed,
        "certificate": _certificate(part),
        "issued_on": None if certificate is None else day(certificate.issued_on),
        "valid_until": None if certificate is None else day(certificate.valid_until),
        "revoked_on": None if certificate is None else day(certificate.revoked_on),
    }


def _certificate(part: Participation) -> str:
    if part.certificate is None:
        return "none"
    return "issued" if part.certificate.revoked_on is None else "revoked"


PARTICIPATIONS = View(PARTICIPATION, ParticipationDocument, flatten)


def list_participations(
    query: dict[str, Any], within: Sequence[str] | None, members: Sequence[str] | None
) -> dict[str, Any]:
    filters: dict[str, Any] = {name: query.get(name) for name in FILTERS}
    filters["facility_id"] = any_of(members)
    if "valid_on" in query:
        filters |= _valid_on(query["valid_on"])
    return page(ParticipationDocument, query, filters, sort="-attended_on", sortable=SORTABLE, within=within)


def _valid_on(asked: date) -> dict[str, Any]:
    """A certificate does not count from the day of its revocation on."""
    on = day(asked)
    return {
        "issued_on": {"$lte": on},
        "valid_until": {"$gte": on},
        "$or": [{"revoked_on": None}, {"revoked_on": {"$gt": on}}],
    }


def is_attended(session_id: str) -> bool:
    """Whether anybody is recorded as having attended the session, as far as the query model goes."""
    return collection(ParticipationDocument).find_one({"session_id": session_id}) is not None
