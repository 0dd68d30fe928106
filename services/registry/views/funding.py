"""The query model of funding lines, and their sums by source and task group."""

from __future__ import annotations

from typing import Any

import mongoengine as me

from services.eventkit.text import search_keys
from services.eventkit.views import View
from services.registry.domain.funding import FUNDING, STAGES, Line
from services.registry.views.models import ALIAS

SUMS = tuple(f"{stage}_vnd" for stage in STAGES)


class FundingView(me.Document):
    id = me.StringField(primary_key=True)
    version = me.IntField()
    position = me.IntField()
    plan_id = me.StringField()
    group = me.IntField()
    source = me.StringField()
    task_id = me.StringField()
    donor = me.StringField()
    abroad = me.BooleanField()
    planned_on = me.StringField()
    planned_vnd = me.IntField()
    committed_vnd = me.IntField()
    disbursed_vnd = me.IntField()
    over_planned = me.BooleanField()
    search = me.ListField(me.StringField())

    meta = {  # noqa: RUF012 - the parent's name and type
        "collection": "funding",
        "db_alias": ALIAS,
        "auto_create_index": False,
        "indexes": [
            "search",
            ("plan_id", "source", "group"),
            ("planned_on", "id"),
            ("planned_vnd", "id"),
            ("committed_vnd", "id"),
            ("disbursed_vnd", "id"),
        ],
    }


def funding_row(line: Line | None, id_: str) -> dict[str, Any]:
    if line is None:
        return {}
    return {**funding_shown(line), "search": search_keys(line.donor, line.task_id, line.source, line.plan_id)}


def funding_shown(line: Line) -> dict[str, Any]:
    return {
        "plan_id": line.plan_id,
        "group": line.group,
        "source": line.source,
        "task_id": line.task_id,
        "donor": line.donor,
        "abroad": line.abroad,
        "planned_on": line.planned_on.isoformat(),
        **{f"{stage}_vnd": line.total(stage) for stage in STAGES},
        "over_planned": line.over_planned,
    }


def summary(plan_id: str) -> dict[str, Any]:
    """Sums of a plan's lines: by source and group, by source, by group, and of all.

    A row is over its plan when more is committed than planned in all its lines together.
    """
    document: type[me.Document] = FundingView
    cells = list(
        document._get_collection().aggregate(
            [
                {"$match": {"plan_id": plan_id}},
                {
                    "$group": {
                        "_id": {"source": "$source", "group": "$group"},
                        "lines": {"$sum": 1},
                        **{name: {"$sum": f"${name}"} for name in SUMS},
                    }
                },
            ]
        )
    )
    return {
        "plan_id": plan_id,
        "rows": _sums(cells, "source", "group"),
        "by_source": _sums(cells, "source"),
        "by_group": _sums(cells, "group"),
        "total": _sum(cells),
    }


def _sums(cells: list[dict[str, Any]], *by: str) -> list[dict[str, Any]]:
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for cell in cells:
        groups.setdefault(tuple(cell["_id"][name] for name in by), []).append(cell)
    return [dict(zip(by, key, strict=True)) | _sum(groups[key]) for key in sorted(groups)]


def _sum(cells: list[dict[str, Any]]) -> dict[str, Any]:
    sums = {name: sum(cell[name] for cell in cells) for name in ("lines", *SUMS)}
    return {**sums, "over_planned": sums["committed_vnd"] > sums["planned_vnd"]}


VIEWS = [View(FUNDING, FundingView, funding_row)]
