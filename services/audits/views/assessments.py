"""The list of assessments: one document an assessment, replaced whenever its stream has grown."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from mongoengine import Document, IntField, ListField, StringField

from services.audits.domain.assessment import assessment
from services.audits.domain.state import Assessment
from services.audits.views.common import ALIAS, day, facility_filter
from services.eventkit.paging import list_page
from services.eventkit.text import search_keys
from services.eventkit.views import View

SORTABLE = {"opened_on", "submitted_on", "decided_on", "facility_id"}
FILTERS = ("unit_id", "status", "method")


class AssessmentDocument(Document):
    """`unit_id` is that of the opening. Days are ISO dates, so they sort as text.

    `options_implemented` counts options in use, verified or not; `options_verified` those seen in use.
    Excluded options count nowhere.
    """

    id = StringField(primary_key=True)
    version = IntField(required=True)
    position = IntField(required=True)
    facility_id = StringField(required=True)
    unit_id = StringField(required=True)
    method = StringField(required=True)
    status = StringField(required=True)
    step = IntField(required=True)
    assessor = StringField(required=True)
    opened_on = StringField(required=True)
    submitted_on = StringField()
    decided_on = StringField()
    baseline_end = StringField()
    options_proposed = IntField(required=True)
    options_implemented = IntField(required=True)
    options_verified = IntField(required=True)
    follow_ups_accepted = IntField(required=True)
    search = ListField(StringField())

    meta = {  # noqa: RUF012 - the parent's name and type
        "collection": "assessments",
        "db_alias": ALIAS,
        "indexes": [
            ("opened_on", "id"),
            ("decided_on", "id"),
            ("facility_id", "opened_on", "id"),
            ("unit_id", "opened_on", "id"),
            ("status", "opened_on", "id"),
            ("submitted_on", "id"),
            ("status", "submitted_on", "id"),
            ("status", "decided_on", "id"),
            ("search", "opened_on", "id"),
        ],
    }


def flatten(state: Assessment, id_: str) -> dict[str, Any]:
    statuses = [option.status for option in state.options.values() if option.status != "excluded"]
    return {
        "facility_id": state.facility_id,
        "unit_id": state.unit_id,
        "method": state.method,
        "status": state.status,
        "step": state.step,
        "assessor": state.assessor,
        "opened_on": day(state.opened_on),
        "submitted_on": day(state.submitted_on),
        "decided_on": day(state.decided_on),
        "baseline_end": day(state.baseline.period.end) if state.baseline else None,
        "options_proposed": len(statuses),
        "options_implemented": statuses.count("implemented") + statuses.count("verified"),
        "options_verified": statuses.count("verified"),
        "follow_ups_accepted": sum(report.status == "accepted" for report in state.follow_ups.values()),
        "search": search_keys(state.assessor, state.facility_id),
    }


ASSESSMENTS = View(assessment, AssessmentDocument, flatten)


def opened(facilities: Collection[str], days: Collection[str]) -> dict[tuple[str, str], list[str]]:
    """Ids of the assessments of facilities by facility and day of opening, the rejected left out. As the
    models stand: refresh them before."""
    found: dict[tuple[str, str], list[str]] = {}
    asked = {"facility_id": {"$in": sorted(facilities)}, "opened_on": {"$in": sorted(days)}}
    fields = {"facility_id": 1, "opened_on": 1}
    collection = ASSESSMENTS.document._get_collection()
    for each in collection.find({**asked, "status": {"$ne": "rejected"}}, fields).sort("_id"):
        found.setdefault((each["facility_id"], each["opened_on"]), []).append(each["_id"])
    return found


def summary(
    query: dict[str, Any], within: Sequence[str] | None, members: Sequence[str] | None
) -> dict[str, Any]:
    """How many had come how far by a day, of those that the list's filters choose. A rejected one that was
    submitted again is counted as submitted."""
    chosen = {name: query[name] for name in ("unit_id", "method") if query.get(name) is not None}
    if (facilities := facility_filter(within, members)) is not None:
        chosen["facility_id"] = facilities
    on = {"$lte": query["on"].isoformat()}
    collection = ASSESSMENTS.document._get_collection()

    def count(**more: Any) -> int:
        return int(collection.count_documents({**chosen, **more}))

    return {
        "on": query["on"],
        "opened": count(opened_on=on),
        "submitted": count(submitted_on={"$ne": None, **on}),
        "approved": count(status="approved", decided_on=on),
        "rejected": count(status="rejected", decided_on=on),
        "waiting": count(status="submitted", submitted_on=on),
    }


def list_assessments(
    query: dict[str, Any], within: Sequence[str] | None, members: Sequence[str] | None
) -> dict[str, Any]:
    """One page. `within` limits it to assessments of these subjects (``facility:<id>``), `members` to those
    of these facilities."""
    filters: dict[str, Any] = {name: query.get(name) for name in FILTERS}
    filters["facility_id"] = facility_filter(within, members)
    return list_page(
        AssessmentDocument,
        filters=filters,
        q=query["q"],
        sort=query["sort"] or "-opened_on",
        cursor=query["cursor"],
        limit=query["limit"],
        sortable=SORTABLE,
    )
