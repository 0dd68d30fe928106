"""The list of pilots, with how many options elsewhere name each as what they repeat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mongoengine import Document, IntField, ListField, StringField

from services.audits.domain.assessment import assessment
from services.audits.domain.state import Assessment, Pilot
from services.audits.views.common import ALIAS, day, facility_filter
from services.audits.views.options import OPTIONS
from services.eventkit.paging import list_page
from services.eventkit.text import fold, search_keys
from services.eventkit.views import PartsView

SORTABLE = {"designated_on": "designated_on", "finished_on": "finished_on", "title": "title_key"}
STATUSES = ("designated", "finished")


class PilotDocument(Document):
    id = StringField(primary_key=True)
    version = IntField(required=True)
    position = IntField(required=True)
    assessment_id = StringField(required=True)
    facility_id = StringField(required=True)
    unit_id = StringField(required=True)
    title = StringField(required=True)
    title_key = StringField(required=True)
    option_ids = ListField(StringField())
    task_id = StringField()
    status = StringField(required=True)
    designated_on = StringField(required=True)
    finished_on = StringField()
    result = StringField()
    verifier = StringField()
    search = ListField(StringField())

    meta = {  # noqa: RUF012 - the parent's name and type
        "collection": "pilots",
        "db_alias": ALIAS,
        "indexes": [
            ("designated_on", "id"),
            ("title_key", "id"),
            ("status", "designated_on", "id"),
            "search",
        ],
    }


def flatten(state: Assessment) -> dict[str, dict[str, Any]]:
    return {id_: _fields(state, pilot) for id_, pilot in state.pilots.items()}


def _fields(state: Assessment, pilot: Pilot) -> dict[str, Any]:
    return {
        "assessment_id": state.id,
        "facility_id": state.facility_id,
        "unit_id": state.unit_id,
        "title": pilot.title,
        "title_key": fold(pilot.title),
        "option_ids": list(pilot.option_ids),
        "task_id": pilot.task_id,
        "status": "designated" if pilot.finished_on is None else "finished",
        "designated_on": day(pilot.designated_on),
        "finished_on": day(pilot.finished_on),
        "result": pilot.result,
        "verifier": pilot.verifier,
        "search": search_keys(pilot.title, pilot.result, state.facility_id),
    }


PILOTS = PartsView(assessment, PilotDocument, flatten)


def list_pilots(
    query: dict[str, Any], within: Sequence[str] | None, members: Sequence[str] | None
) -> dict[str, Any]:
    filters: dict[str, Any] = {name: query.get(name) for name in ("unit_id", "status", "task_id")}
    found = list_page(
        PilotDocument,
        filters={**filters, "facility_id": facility_filter(within, members)},
        q=query["q"],
        sort=query["sort"] or "-designated_on",
        cursor=query["cursor"],
        limit=query["limit"],
        sortable=SORTABLE,
    )
    counts = replications([item["id"] for item in found["items"]])
    for item in found["items"]:
        del item["title_key"]
        item["replications"] = counts.get(item["id"], 0)
    return found


def replications(pilot_ids: Sequence[str]) -> dict[str, int]:
    """How many options name each pilot; those excluded, or not to be implemented, do not count."""
    counted = OPTIONS.document._get_collection().aggregate(
        [
            {
                "$match": {
                    "pilot_id": {"$in": list(pilot_ids)},
                    "status": {"$nin": ["excluded", "refused"]},
                }
            },
            {"$group": {"_id": "$pilot_id", "count": {"$sum": 1}}},
        ]
    )
    return {each["_id"]: each["count"] for each in counted}
