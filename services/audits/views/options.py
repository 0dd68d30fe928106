"""The list of options of all assessments: what waits for its answer, what is in use, what pays back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from statistics import median
from typing import Any

from mongoengine import Document, IntField, ListField, StringField

from services.audits.domain.assessment import assessment
from services.audits.domain.catalogue import OPTION_CLASSES
from services.audits.domain.option_life import STATUSES_ON, due_on, lapses_on
from services.audits.domain.payback import hundredths, payback, years
from services.audits.domain.state import Assessment, Option
from services.audits.views.common import ALIAS, day, facility_filter
from services.eventkit.paging import list_page
from services.eventkit.text import fold, search_clause, search_keys, words
from services.eventkit.views import PartsView

SORTABLE = {
    "proposed_on": "proposed_on",
    "due_on": "due_on",
    "title": "title_key",
    "payback": "payback",
    "investment_vnd": "investment_vnd",
}


class OptionDocument(Document):
    """`status` is as reported: whether a pending one has lapsed is seen from `lapses_on`, which like `due_on`
    is null unless it is pending. `payback` is in hundredths of a year."""

    id = StringField(primary_key=True)
    version = IntField(required=True)
    position = IntField(required=True)
    assessment_id = StringField(required=True)
    facility_id = StringField(required=True)
    unit_id = StringField(required=True)
    option_class = StringField(required=True)
    title = StringField(required=True)
    title_key = StringField(required=True)
    resources = ListField(StringField())
    status = StringField(required=True)
    proposed_on = StringField(required=True)
    due_on = StringField()
    lapses_on = StringField()
    implemented_on = StringField()
    verified_on = StringField()
    ended_on = StringField()
    investment_vnd = IntField()
    yearly_saving_vnd = IntField()
    payback = IntField()
    pilot_id = StringField()
    search = ListField(StringField())

    meta = {  # noqa: RUF012 - the parent's name and type
        "collection": "options",
        "db_alias": ALIAS,
        "indexes": [
            ("proposed_on", "id"),
            ("title_key", "id"),
            ("payback", "id"),
            ("investment_vnd", "id"),
            ("status", "due_on", "id"),
            ("status", "proposed_on", "id"),
            ("option_class", "proposed_on", "id"),
            ("facility_id", "proposed_on", "id"),
            ("search", "proposed_on", "id"),
            {"fields": ["pilot_id"], "sparse": True},
        ],
    }


def flatten(state: Assessment) -> dict[str, dict[str, Any]]:
    return {id_: _fields(state, option) for id_, option in state.options.items()}


def _fields(state: Assessment, option: Option) -> dict[str, Any]:
    back = payback(option.investment_vnd, option.yearly_saving_vnd)
    return {
        "assessment_id": state.id,
        "facility_id": state.facility_id,
        "unit_id": state.unit_id,
        "option_class": option.option_class,
        "title": option.title,
        "title_key": fold(option.title),
        "resources": list(option.resources),
        "status": option.status,
        "proposed_on": day(option.proposed_on),
        "due_on": day(due_on(option)),
        "lapses_on": day(lapses_on(option)),
        "implemented_on": day(option.implemented_on),
        "verified_on": day(option.verified_on),
        "ended_on": day(option.ended_on),
        "investment_vnd": option.investment_vnd,
        "yearly_saving_vnd": option.yearly_saving_vnd,
        "payback": None if back is None else hundredths(back),
        "pilot_id": option.pilot_id,
        "search": search_keys(option.title, state.facility_id),
    }


OPTIONS = PartsView(assessment, OptionDocument, flatten)


def list_options(
    query: dict[str, Any], within: Sequence[str] | None, members: Sequence[str] | None
) -> dict[str, Any]:
    """One page; a pending option that has lapsed by ``query["on"]`` is shown as lapsed."""
    found = list_page(
        OptionDocument,
        filters=_filters(query, facility_filter(within, members)),
        q=query["q"],
        sort=query["sort"] or "-proposed_on",
        cursor=query["cursor"],
        limit=query["limit"],
        sortable=SORTABLE,
    )
    found["items"] = [_shown(item, query["on"]) for item in found["items"]]
    return found


def summary(
    query: dict[str, Any], within: Sequence[str] | None, members: Sequence[str] | None
) -> dict[str, Any]:
    """Of the options that the same query lists: how many in each status, their money and median payback,
    together and by class.

    The median is exact and over those whose payback is known. What is excluded counts in neither money nor
    median.
    """
    clauses = [
        {name: value}
        for name, value in _filters(query, facility_filter(within, members)).items()
        if value is not None
    ]
    clauses += [{"search": search_clause(word)} for word in words(query["q"] or "")]
    statuses: dict[str, int] = dict.fromkeys(STATUSES_ON, 0)
    whole = _Money()
    classes = {class_: _Money() for class_ in OPTION_CLASSES}
    for raw in OPTIONS.document._get_collection().find(
        {"$and": clauses} if clauses else {},
        dict.fromkeys(("option_class", "status", "lapses_on", "investment_vnd", "yearly_saving_vnd"), 1),
    ):
        statuses[_status(raw, query["on"])] += 1
        for money in (whole, classes[raw["option_class"]]):
            money.add(raw)
    return {
        "options": sum(statuses.values()),
        "by_status": statuses,
        **whole.told(),
        "by_class": [
            {"class": class_, "options": money.options, **money.told()} for class_, money in classes.items()
        ],
    }


class _Money:
    """What options cost and bring, the excluded left out; `options` counts them too."""

    def __init__(self) -> None:
        self.options = self.investment = self.saving = 0
        self.paybacks: list[Fraction] = []

    def add(self, raw: dict[str, Any]) -> None:
        self.options += 1
        if raw["status"] == "excluded":
            return
        self.investment += raw["investment_vnd"] or 0
        self.saving += raw["yearly_saving_vnd"] or 0
        back = payback(raw["investment_vnd"], raw["yearly_saving_vnd"])
        if back is not None:
            self.paybacks.append(back)

    def told(self) -> dict[str, Any]:
        return {
            "investment_vnd": self.investment,
            "yearly_saving_vnd": self.saving,
            "median_payback_years": years(median(self.paybacks)) if self.paybacks else None,
            "with_payback": len(self.paybacks),
        }


def _filters(query: dict[str, Any], facilities: dict[str, Any] | None) -> dict[str, Any]:
    filters: dict[str, Any] = {
        name: query.get(name) for name in ("unit_id", "assessment_id", "option_class", "pilot_id")
    }
    filters["facility_id"] = facilities
    status, on, due = query.get("status"), query["on"].isoformat(), query.get("due_on")
    lapses: dict[str, str] = {}
    if status in ("pending", "lapsed"):
        lapses["$gt" if status == "pending" else "$lte"] = on
        status = "pending"
    if due is not None:
        filters["due_on"] = {"$lte": due.isoformat(), "$ne": None}
        lapses["$gt"] = max(lapses.get("$gt", ""), due.isoformat())
    if lapses:
        filters["lapses_on"] = {"$ne": None, **lapses}
    filters["status"] = status
    most = query.get("payback_at_most")
    if most is not None:
        filters["payback"] = {"$ne": None, "$lte": int(most * 100)}
    return filters


def _status(raw: dict[str, Any], on: date) -> str:
    lapsed = raw["status"] == "pending" and raw["lapses_on"] <= on.isoformat()
    return "lapsed" if lapsed else str(raw["status"])


def _shown(item: dict[str, Any], on: date) -> dict[str, Any]:
    back = item.pop("payback")
    del item["title_key"]
    return {
        **item,
        "status": _status(item, on),
        "payback_years": None if back is None else years(Fraction(back, 100)),
    }
