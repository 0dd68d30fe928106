"""Reports over HTTP: made of any period that is over, as of now or of a moment; and those that are kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

from flask import Response, request

from services.eventkit.errors import NotFound
from services.eventkit.http import Blueprint, allow, fields
from services.kpi.api.queries import WAIT, YEARS, container, highest
from services.kpi.api.shown import plan_shown
from services.kpi.container import Container
from services.kpi.domain.plans import PlanData
from services.kpi.reports.files import JSON, MEDIA, file, name_of
from services.kpi.reports.kept import Kept, Made
from services.kpi.reports.periods import QUARTERS, Period, ensure_reported, periods
from services.kpi.reports.reading import plan_at, read
from services.kpi.reports.schemas import ReportQuery, ReportSchema, ReportsQuery, ReportsSchema

REPORTS = "/api/v1/reports"
blueprint = Blueprint(
    "reports",
    __name__,
    url_prefix="/reports",
    description="The report of a year or a quarter: the same bytes from the same positions",
)

F = TypeVar("F", bound=Callable[..., Any])


def _files(view: F) -> F:
    headers = {"Content-Disposition": {"description": "A file name", "schema": {"type": "string"}}}
    for media in MEDIA.values():
        body = {"type": "string", "description": "The file"}
        view = blueprint.response(200, body, content_type=media, headers=headers)(view)
    return view


_same = blueprint.alt_response(304, description="Not changed since the version in If-None-Match")


@blueprint.route("", methods=["GET"])
@allow()
@blueprint.arguments(ReportsQuery, location="query")
@blueprint.response(200, ReportsSchema)
def get_reports(query: dict[str, Any]) -> dict[str, Any]:
    """The periods of a plan that are over, with the reports that are kept of each."""
    return listed(container(), query["plan"])


@blueprint.route("/<int:year>", methods=["GET"])
@allow()
@blueprint.arguments(ReportQuery, location="query")
@blueprint.response(200, ReportSchema)
@_files
@_same
def get_report(query: dict[str, Any], year: int) -> Response:
    """The report of a year. 503 with Retry-After while a moment of the past is built, or others are set."""
    return _answer(query, year, None)


@blueprint.route("/<int:year>/quarters/<int:quarter>", methods=["GET"])
@allow()
@blueprint.arguments(ReportQuery, location="query")
@blueprint.response(200, ReportSchema)
@_files
@_same
def get_quarterly_report(query: dict[str, Any], year: int, quarter: int) -> Response:
    """The report of a quarter."""
    return _answer(query, year, quarter)


@blueprint.route("/kept/<kept_id>", methods=["GET"])
@allow()
@_files
@_same
def get_kept_report(kept_id: str) -> Response:
    """A report as it was made when it was due."""
    made, content = Kept(container().store.database).get(kept_id)
    return _response(
        content, MEDIA[made.format], name_of(f"{made.plan}.{made.period}", made.format, made.language)
    )


def listed(service: Container, plan_id: str) -> dict[str, Any]:
    plan = plan_at(service, plan_id, None)
    kept: dict[str, list[Made]] = {}
    for made in Kept(service.store.database).of(plan.id):
        kept.setdefault(made.period, []).append(made)
    return {
        "plan": plan_shown(plan),
        "periods": [
            _row(one, plan, kept.get(one.id, [])) for one in reversed(list(periods(plan, fields.today())))
        ],
    }


def _row(period: Period, plan: PlanData, kept: list[Made]) -> dict[str, Any]:
    path = f"{REPORTS}/{period.year}" + ("" if period.quarter is None else f"/quarters/{period.quarter}")
    return {
        "id": period.id,
        "year": period.year,
        "quarter": period.quarter,
        "start": max(period.start, plan.start),
        "end": period.end,
        "href": path,
        "kept": [made._asdict() for made in kept],
    }


def _answer(query: dict[str, Any], year: int, quarter: int | None) -> Response:
    service, known_at = container(), query.get("known_at")
    if year not in YEARS or (quarter is not None and quarter not in QUARTERS):
        raise NotFound(f"There are reports of years, like {REPORTS}/2018, and of quarters 1 to 4 of them.")
    period = Period(year, quarter)
    plan = plan_at(service, query["plan"], known_at)
    ensure_reported(period, plan, _latest(query), "known_at" if known_at else "year")
    if known_at is None and query.get("after"):
        service.live.wait_for(highest(query["after"]), WAIT)
    report = read(service, plan.id, period, known_at)
    format_, language = query["format"], query["lang"]
    content = file(service, report, format_, language)
    media = JSON if format_ == "json" else MEDIA[format_]
    name = None if format_ == "json" else name_of(report.id, format_, language)
    return _response(content, media, name)


def _latest(query: dict[str, Any]) -> date:
    """The day of which anything can be known."""
    known_at = query.get("known_at")
    return (
        fields.today()
        if known_at is None
        else min(fields.today(), known_at.astimezone(fields.VIETNAM).date())
    )


def _response(content: bytes, media: str, name: str | None) -> Response:
    tag = hashlib.sha256(content).hexdigest()[:32]
    headers = {"ETag": f'"{tag}"'}
    if tag in request.if_none_match:
        return Response(status=304, headers=headers)
    if name is not None:
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return Response(content, mimetype=media, headers=headers)
