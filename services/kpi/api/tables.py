"""Tables of the plan's work: options by class, money by source, tasks by status, records by unit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Response

from services.eventkit.http import Blueprint, allow
from services.kpi.api.queries import PlanQuery, SelectionQuery
from services.kpi.api.shown import Shown
from services.kpi.api.supporting_shown import Reader
from services.kpi.api.table_schemas import FundingSchema, OptionsSchema, QualitySchema, TasksSchema
from services.kpi.api.targets import answer, kept
from services.kpi.domain.measures import FacilityMeasure, FundingMeasure, TaskMeasure
from services.kpi.domain.measures import OptionMeasure as O
from services.kpi.domain.measures import QualityMeasure as Q
from services.kpi.domain.saved import median
from services.kpi.domain.texts import labels
from services.kpi.views.cube import where

blueprint = Blueprint("tables", __name__, description="Tables of the plan's work, on any day")


@blueprint.route("/options", methods=["GET"])
@allow()
@kept
@blueprint.arguments(SelectionQuery, location="query")
@blueprint.response(200, OptionsSchema)
def get_options(query: dict[str, Any]) -> Response:
    """Options by class: where they stand, what they cost and save."""
    return answer(query, options_shown)


def options_shown(shown: Shown) -> dict[str, Any]:
    reading = Reader(shown).reading()

    def row(**limits: str) -> dict[str, int]:
        sums = shown.cube.at("options", shown.on, reading.here(**limits))
        money = {"investment_vnd": sums[O.INVESTMENT], "yearly_saving_vnd": sums[O.YEARLY_SAVING]}
        return {m.name.lower(): sums[m] for m in O if m not in (O.INVESTMENT, O.YEARLY_SAVING)} | money

    paybacks = median(shown.cube.spread("payback", shown.on, reading.here()), 100, "no-payback")
    return {
        "options": [
            {"class": class_, "name": name, **row(**{"class": class_})}
            for class_, name in labels("classes").items()
        ],
        "total": row(),
        "median_payback_years": paybacks,
    }


@blueprint.route("/funding", methods=["GET"])
@allow()
@kept
@blueprint.arguments(PlanQuery, location="query")
@blueprint.response(200, FundingSchema)
def get_funding(query: dict[str, Any]) -> Response:
    """Money by source and task group: planned, committed, disbursed up to the day."""
    return answer(query, funding_shown)


def funding_shown(shown: Shown) -> dict[str, Any]:
    plan = Reader(shown).plan_id

    def amounts(**limits: str) -> dict[str, Any]:
        sums = shown.cube.at("funding", shown.on, where(plan=plan, **limits))
        planned, committed = sums[FundingMeasure.PLANNED], sums[FundingMeasure.COMMITTED]
        return {
            "planned_vnd": planned,
            "committed_vnd": committed,
            "disbursed_vnd": sums[FundingMeasure.DISBURSED],
            "over_planned": committed > planned,
        }

    return {
        "funding": [
            {
                "source": source,
                "source_name": source_name,
                "group": int(group),
                "group_name": group_name,
                **amounts(source=source, group=group),
            }
            for source, source_name in labels("sources").items()
            for group, group_name in labels("groups").items()
        ],
        "total": amounts(),
    }


@blueprint.route("/tasks", methods=["GET"])
@allow()
@kept
@blueprint.arguments(PlanQuery, location="query")
@blueprint.response(200, TasksSchema)
def get_tasks(query: dict[str, Any]) -> Response:
    """The plan's tasks by group and status; the late are those whose period is over."""
    return answer(query, tasks_shown)


def tasks_shown(shown: Shown) -> dict[str, Any]:
    plan = Reader(shown).plan_id

    def counts(**limits: str) -> dict[str, Any]:
        sums = shown.cube.at("task", shown.on, where(plan=plan, **limits))
        count = sums[TaskMeasure.COUNT]
        percent = round(sums[TaskMeasure.PERCENT] / count, 1) if count else None
        return {"tasks": count, "percent": percent, "late": sums[TaskMeasure.LATE]}

    return {
        "tasks": [
            {
                "group": int(group),
                "group_name": group_name,
                "status": status,
                "status_name": status_name,
                **counts(group=group, status=status),
            }
            for group, group_name in labels("groups").items()
            for status, status_name in labels("statuses").items()
        ],
        "total": counts(),
    }


@blueprint.route("/quality", methods=["GET"])
@allow()
@kept
@blueprint.arguments(SelectionQuery, location="query")
@blueprint.response(200, QualitySchema)
def get_quality(query: dict[str, Any]) -> Response:
    """How good the records are, by unit: against the official number, complete, fresh, soon recorded."""
    return answer(query, quality_shown)


def quality_shown(shown: Shown) -> dict[str, Any]:
    return {"quality": list(_quality_rows(shown)), "total": _quality_of(shown)}


def _quality_rows(shown: Shown) -> Iterator[dict[str, Any]]:
    for unit, name in Reader(shown).units():
        yield {"unit_id": unit, "name": name, **_quality_of(shown, unit_id=unit)}


def _quality_of(shown: Shown, **narrower: str) -> dict[str, Any]:
    reading = Reader(shown).reading(**narrower)
    here, choice = reading.here(), reading.choice
    sums = shown.cube.at("quality", shown.on, here)
    day = shown.on.toordinal()
    return {
        "facilities": shown.cube.at("facility", shown.on, here)[FacilityMeasure.ACTIVE],
        "official": None if choice.by_facility else shown.territory.official(choice.units, day),
        "complete": sums[Q.COMPLETE],
        "fresh": sums[Q.FRESH],
        "reached": sums[Q.REACHED],
        "median_delay_days": median(shown.cube.spread("lag", shown.on, here), 1, "no-records"),
    }
