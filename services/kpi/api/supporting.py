"""The supporting indicators S1 to S6."""

from __future__ import annotations

from typing import Any

from flask import Response

from services.eventkit.http import Blueprint, allow
from services.kpi.api.official_shown import Frozen, measures_beside
from services.kpi.api.queries import SeriesQuery, container
from services.kpi.api.shown import Shown
from services.kpi.api.supporting_schemas import SupportingDetailSchema
from services.kpi.api.supporting_shown import Reader
from services.kpi.api.targets import answer, kept
from services.kpi.domain.rules import RuleSet
from services.kpi.views.supporting import CODES

blueprint = Blueprint(
    "supporting",
    __name__,
    url_prefix="/targets",
    description="S1 to S6: what is done for the plan, with which money, and how good the data are",
)


def _route(code: str) -> None:
    def view(query: dict[str, Any]) -> Response:
        frozen = Frozen(container().official.book, query.get("known_at"))

        def show(shown: Shown) -> dict[str, Any]:
            detail = Reader(shown).detail(code, query["period"])
            return {**detail, "measures": measures_beside(frozen, shown, code, detail["measures"])}

        return answer(query, show)

    view.__name__ = f"get_{code.lower()}"
    view.__doc__ = (
        f"{code}, {RuleSet.load().texts[code].name.en}: its measures, through the plan and divided."
    )
    described = blueprint.response(200, SupportingDetailSchema)(view)
    described = kept(blueprint.arguments(SeriesQuery, location="query")(described))
    blueprint.route(f"/{code}", methods=["GET"])(allow()(described))


for _code in CODES:
    _route(_code)
