"""The queue of doubts: every flag that a report's figures raise, decided or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mongoengine import BooleanField, Document, IntField, ListField, StringField

from services.audits.domain.assessment import assessment
from services.audits.domain.catalogue import Flag
from services.audits.domain.flags import FLAGS, flags_of
from services.audits.domain.state import Assessment
from services.audits.views.common import ALIAS, day, facility_filter
from services.eventkit.paging import list_page
from services.eventkit.text import search_keys
from services.eventkit.views import PartsView

SORTABLE = {"period_end", "flag", "decided_on"}
EXACT = ("unit_id", "assessment_id", "flag", "decided", "decision")


class FlagDocument(Document):
    """One for each report and kind of flag, for a correction may raise a flag and take it away: `raised`."""

    id = StringField(primary_key=True)
    version = IntField(required=True)
    position = IntField(required=True)
    assessment_id = StringField(required=True)
    facility_id = StringField(required=True)
    unit_id = StringField(required=True)
    follow_up_id = StringField(required=True)
    period_start = StringField(required=True)
    period_end = StringField(required=True)
    flag = StringField(required=True)
    raised = BooleanField(required=True)
    decided = BooleanField(required=True)
    decision = StringField()
    reviewer = StringField()
    note = StringField()
    decided_on = StringField()
    search = ListField(StringField())

    meta = {  # noqa: RUF012 - the parent's name and type
        "collection": "flags",
        "db_alias": ALIAS,
        "indexes": [
            ("raised", "decided", "period_end", "id"),
            ("raised", "flag", "id"),
            ("facility_id", "period_end", "id"),
        ],
    }


def flatten(state: Assessment) -> dict[str, dict[str, Any]]:
    found = {}
    for id_ in state.follow_ups:
        raised = flags_of(state, id_)
        for flag in FLAGS:
            found[f"{id_}.{flag}"] = _fields(state, id_, flag, flag in raised)
    return found


def _fields(state: Assessment, follow_up_id: str, flag: Flag, raised: bool) -> dict[str, Any]:
    report = state.follow_ups[follow_up_id]
    decision = report.decisions.get(flag)
    return {
        "assessment_id": state.id,
        "facility_id": state.facility_id,
        "unit_id": state.unit_id,
        "follow_up_id": follow_up_id,
        "period_start": day(report.measurement.period.start),
        "period_end": day(report.measurement.period.end),
        "flag": flag,
        "raised": raised,
        "decided": decision is not None,
        "decision": decision.decision if decision else None,
        "reviewer": decision.reviewer if decision else None,
        "note": decision.note if decision else None,
        "decided_on": day(decision.on) if decision else None,
        "search": search_keys(flag, state.facility_id, decision.note if decision else None),
    }


RAISED = PartsView(assessment, FlagDocument, flatten)


def list_flags(
    query: dict[str, Any], within: Sequence[str] | None, members: Sequence[str] | None
) -> dict[str, Any]:
    filters: dict[str, Any] = {name: query.get(name) for name in EXACT}
    found = list_page(
        FlagDocument,
        filters={**filters, "raised": True, "facility_id": facility_filter(within, members)},
        q=query["q"],
        sort=query["sort"] or "period_end",
        cursor=query["cursor"],
        limit=query["limit"],
        sortable=SORTABLE,
    )
    for item in found["items"]:
        del item["raised"]
    return found
