"""The list of a survey's answers: of each facility the one that holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mongoengine import Document, IntField, ListField, StringField

from services.eventkit.views import View
from services.training.domain.answers import ANSWER, Answers
from services.training.views.common import ALIAS, any_of, day, page

SORTABLE = {"answered_on": "answered_on", "facility_id": "facility_id"}


class AnswerDocument(Document):
    """`weight` is a decimal string."""

    id = StringField(primary_key=True)
    version = IntField(required=True)
    position = IntField(required=True)
    subject = StringField(required=True)
    survey_id = StringField(required=True)
    facility_id = StringField(required=True)
    mode = StringField(required=True)
    answered_on = StringField(required=True)
    benefits = ListField(StringField())
    weight = StringField()

    meta = {  # noqa: RUF012 - the parent's name and type
        "collection": "answers",
        "db_alias": ALIAS,
        "indexes": [
            ("survey_id", "answered_on", "id"),
            ("survey_id", "facility_id", "id"),
            ("subject", "survey_id"),
            ("mode", "answered_on", "position"),
        ],
    }


def flatten(answers: Answers, id_: str) -> dict[str, Any]:
    current = answers.given[-1]
    return {
        "subject": current.subject,
        "survey_id": current.survey_id,
        "facility_id": current.facility_id,
        "mode": current.mode.value,
        "answered_on": day(current.occurred_on),
        "benefits": [benefit.value for benefit in current.benefits],
        "weight": None if current.weight is None else str(current.weight),
    }


ANSWERS = View(ANSWER, AnswerDocument, flatten)


def list_answers(
    query: dict[str, Any], survey_id: str, within: Sequence[str] | None, members: Sequence[str] | None
) -> dict[str, Any]:
    filters = {"survey_id": survey_id, "facility_id": any_of(members)}
    return page(AnswerDocument, query, filters, sort="-answered_on", sortable=SORTABLE, within=within)
