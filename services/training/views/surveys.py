"""The list of surveys."""

from __future__ import annotations

from typing import Any

from mongoengine import Document, IntField, ListField, StringField

from services.eventkit.text import fold, search_keys
from services.eventkit.views import View
from services.training.domain.surveys import SURVEY, Survey
from services.training.views.common import ALIAS, day, page

SORTABLE = {"title": "title_key", "opened_on": "opened_on"}


class SurveyDocument(Document):
    """`sample_size` is null while no sample was drawn."""

    id = StringField(primary_key=True)
    version = IntField(required=True)
    position = IntField(required=True)
    title = StringField(required=True)
    title_key = StringField(required=True)
    mode = StringField(required=True)
    status = StringField(required=True)
    opened_on = StringField(required=True)
    closed_on = StringField()
    population = IntField()
    unit_ids = ListField(StringField())
    sample_size = IntField()
    search = ListField(StringField())

    meta = {  # noqa: RUF012 - the parent's name and type
        "collection": "surveys",
        "db_alias": ALIAS,
        "indexes": [("title_key", "id"), ("opened_on", "id"), "search"],
    }


def flatten(survey: Survey, id_: str) -> dict[str, Any]:
    return {
        "title": survey.title,
        "title_key": fold(survey.title),
        "mode": survey.mode.value,
        "status": "open" if survey.closed_on is None else "closed",
        "opened_on": day(survey.opened_on),
        "closed_on": day(survey.closed_on),
        "population": survey.population,
        "unit_ids": list(survey.unit_ids),
        "sample_size": None if survey.sample is None else len(survey.sample.facility_ids),
        "search": search_keys(survey.title),
    }


SURVEYS = View(SURVEY, SurveyDocument, flatten)


def list_surveys(query: dict[str, Any]) -> dict[str, Any]:
    filters = {"mode": query.get("mode"), "status": query.get("status"), "unit_ids": query.get("unit_id")}
    return page(SurveyDocument, query, filters, sort="-opened_on", sortable=SORTABLE)
