"""The targets of the plan: all at once, or one with its series and break-downs."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from flask import Response, request

from services.eventkit.errors import NotFound
from services.eventkit.http import Blueprint, allow, fields
from services.kpi.api.official_shown import Frozen, measures_beside, targets_beside
from services.kpi.api.plan_schemas import ComparisonSchema
from services.kpi.api.queries import (
    PlanQuery,
    SelectionQuery,
    SeriesQuery,
    as_of,
    container,
    plan_of,
    rules_of,
    selection,
    source,
)
from services.kpi.api.schemas import TargetDetailSchema
from services.kpi.api.shown import Shown, envelope, plan_shown, unrecorded
from services.kpi.api.supporting_schemas import AllTargetsSchema
from services.kpi.api.supporting_shown import Reader
from services.kpi.domain.targets import CODES
from services.kpi.views.cube import Cube
from services.kpi.views.live import Answer, View
from services.kpi.views.moments import settled

blueprint = Blueprint(
    "targets", __name__, url_prefix="/targets", description="The targets of the plan, live and on any day"
)

_encoder = msgspec.json.Encoder()


def kept(view: Callable[..., Response]) -> Callable[..., Response]:
    """Answer a repeated read from the bytes kept for its address, before anything is parsed.

    Only addresses that were answered well before are kept, so nothing wrong gets past the checks. The day
    is in the key because the default `on` depends on it, and the log of official values stands in it.
    """

    @functools.wraps(view)
    def answered(*args: Any, **kwargs: Any) -> Response:
        of = container().past if "known_at" in request.args else container().live
        known = of.kept(_key())
        return view(*args, **kwargs) if known is None else _response(known)

    return answered


@blueprint.route("", methods=["GET"])
@allow()
@kept
@blueprint.arguments(SelectionQuery, location="query")
@blueprint.response(200, AllTargetsSchema)
@blueprint.alt_response(304, description="Not changed since the version in If-None-Match")
def get_targets(query: dict[str, Any]) -> Response:
    """All targets on a day, for the whole province or for the facilities chosen."""
    frozen = Frozen(container().official.book, query.get("known_at"))

    def show(shown: Shown) -> dict[str, Any]:
        supporting = [
            {**one, "measures": measures_beside(frozen, shown, one["code"], one["measures"])}
            for one in Reader(shown).all()
        ]
        return {"targets": targets_beside(frozen, shown, shown.all()), "supporting": supporting}

    return answer(query, show)


@blueprint.route("/comparison", methods=["GET"])
@allow()
@kept
@blueprint.arguments(PlanQuery, location="query")
@blueprint.response(200, ComparisonSchema)
@blueprint.alt_response(304, description="Not changed since the version in If-None-Match")
def compare_targets(query: dict[str, Any]) -> Response:
    """All targets on a day, judged by every known plan, side by side."""
    of = source(query)

    def make(cube: Cube, view: View) -> bytes:
        rules, default = rules_of(view), plan_of(query, view)
        on = as_of(query, default)
        compared = [
            {**plan_shown(plan), "targets": Shown(cube, rules, plan, view.shared.units, on).compared()}
            for plan in view.shared.plans().values()
        ]
        return _encoder.encode({**envelope(query, view, rules, default, on), "plans": compared})

    return _response(of.answer(_key(query), make))


@blueprint.route("/<code>", methods=["GET"])
@allow()
@kept
@blueprint.arguments(SeriesQuery, location="query")
@blueprint.response(200, TargetDetailSchema)
def get_target(query: dict[str, Any], code: str) -> Response:
    """One target: through the plan, by district, industry, size and kind, and the rule in words."""
    if code not in CODES:
        raise NotFound(f"There is no target {code!r}. There are {', '.join(CODES)}.")
    frozen = Frozen(container().official.book, query.get("known_at"))

    def show(shown: Shown) -> dict[str, Any]:
        detail = shown.detail(code, query["period"])
        (target,) = targets_beside(frozen, shown, [detail["target"]])
        return {**detail, "target": target}

    return answer(query, show)


def answer(query: Mapping[str, Any], show: Callable[[Shown], dict[str, Any]]) -> Response:
    of = source(query)

    def make(cube: Cube, view: View) -> bytes:
        rules = rules_of(view)
        plan = plan_of(query, view)
        on = as_of(query, plan)
        shown = Shown(cube, rules, plan, view.shared.units, on, selection(query))
        filters = {"filters": shown.selection._asdict()}
        recorded = "known_at" not in query or any(view.position.values())
        found = {**envelope(query, view, rules, plan, on), **filters, **show(shown)}
        return _encoder.encode(found if recorded else unrecorded(found))

    return _response(of.answer(_key(query), make))


def _key(query: Mapping[str, Any] | None = None) -> str:
    """Of the address. What was known a moment ago may yet become more, by a write that is under way: such an
    answer is kept under a key that is not looked for before the logs were asked again."""
    known_at = None if query is None else query.get("known_at")
    waits = known_at is not None and not settled(known_at)
    known = "waits " if waits else ""
    return f"{known}{fields.today().toordinal()} {container().official.book.position()} {request.full_path}"


def _response(answer: Answer) -> Response:
    """With a tag of the bytes: what has not changed is not sent again."""
    tag = answer.tag
    if tag in request.if_none_match:
        return Response(status=304, headers={"ETag": f'"{tag}"'})
    return Response(answer.body, headers={"ETag": f'"{tag}"'}, mimetype="application/json")
