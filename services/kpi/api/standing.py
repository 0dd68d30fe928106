"""Where one facility stands in each indicator, and which events decide."""

from __future__ import annotations

from typing import Any

from flask import Response

from services.eventkit.errors import NotFound
from services.eventkit.http import Blueprint, allow, ensure_district, json_response, principal
from services.kpi.api.queries import PlanQuery, as_of, container, plan_of, rules_of, source
from services.kpi.api.schemas import StandingSchema
from services.kpi.domain.cards import FacilityCard, decode
from services.kpi.domain.facts import as_of as fact_on
from services.kpi.domain.lacking import lacking
from services.kpi.domain.merging import combined
from services.kpi.domain.standing import standing

blueprint = Blueprint(
    "standing", __name__, url_prefix="/facilities", description="One facility in the indicators"
)


@blueprint.route("/<facility_id>/standing", methods=["GET"])
@allow()
@blueprint.arguments(PlanQuery, location="query")
@blueprint.response(200, StandingSchema)
def get_standing(query: dict[str, Any], facility_id: str) -> Response:
    """For each indicator: counted or not, why, the ids of the events that decide, and what it lacks."""
    store, of = container().store, source(query)
    view = of.view()
    rules = rules_of(view)
    plan = plan_of(query, view)
    on = as_of(query, plan)
    territory = view.shared.units.territory(plan.territory)
    subject = f"facility:{facility_id}"
    stored = store.card(view.generation, subject)
    card = FacilityCard(facility_id) if stored is None else decode(stored)
    parked = next(iter(store.parked(view.generation, subject)), None)
    of.check()
    if not isinstance(card, FacilityCard) or (stored is None and parked is None):
        raise NotFound("No event about a facility with this id was known. Look it up in the registry.")
    if duplicates := view.shared.duplicates(facility_id):
        card = combined(card, duplicates)
    if principal().districts is not None:
        ensure_district(card.unit[-1].value if card.unit else "")
    unit = fact_on(card.unit, on.toordinal())
    lacks = lacking(card, rules, on, territory)
    return json_response(
        {
            "facility_id": facility_id,
            "unit_id": unit.value if unit else None,
            "as_of": on,
            "known_at": query.get("known_at"),
            "generation": view.generation,
            "position": view.position,
            "rules": {"id": rules.id, "version": rules.version},
            "parked": {"error": parked.error, "since": parked.since} if parked else None,
            "kpis": [
                {
                    "code": code,
                    "counted": found.counted,
                    "in_denominator": found.in_denominator,
                    "why": found.why,
                    "decided_by": found.decided_by,
                    "lacks": lacks.get(code, ()),
                }
                for code, found in standing(card, rules, on, territory).items()
            ],
        }
    )
