"""The plans that targets can be judged by."""

from __future__ import annotations

from typing import Any

from flask import Response

from services.eventkit.http import Blueprint, allow, json_response
from services.kpi.api.plan_schemas import PlansSchema
from services.kpi.api.queries import KnownQuery, applied
from services.kpi.api.shown import plan_shown
from services.kpi.domain.figure import measure_names
from services.kpi.domain.plans import DEFAULT, PlanData

blueprint = Blueprint("plans", __name__, url_prefix="/plans", description="What targets can be judged by")


@blueprint.route("", methods=["GET"])
@allow()
@blueprint.arguments(KnownQuery, location="query")
@blueprint.response(200, PlansSchema)
def get_plans(query: dict[str, Any]) -> Response:
    """The plans loaded in the registry, and the one that is built in, with their targets."""
    view = applied(query)
    plans = view.shared.plans()
    return json_response(
        {
            "known_at": query.get("known_at"),
            "position": view.position,
            "plans": [_plan(plan, id_ in view.shared.loaded) for id_, plan in plans.items()],
        }
    )


def _plan(plan: PlanData, loaded: bool) -> dict[str, Any]:
    return {
        **plan_shown(plan),
        "default": plan.id == DEFAULT,
        "loaded": loaded,
        "territory": plan.territory,
        "targets": [
            {
                "code": target.code,
                "milestones": [
                    {
                        "on": one.on,
                        "value": str(one.value),
                        "band": None if one.band is None else [str(limit) for limit in one.band],
                    }
                    for one in target.milestones
                ],
            }
            for target in plan.targets
        ],
        "expected": [
            {"measure": measure, "expected": expected, "name": measure_names().get(measure)}
            for measure, expected in sorted(plan.expected.items())
        ],
    }
