"""The reports of the plan: each period that is over, to be made as of now or as it was when it was due."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request

from services.eventkit.http import allow
from services.kpi.api.queries import container
from services.kpi.domain.plans import DEFAULT
from services.kpi.pages.frame import reader
from services.kpi.pages.language import LANGUAGES, Reader

NAV = (("/reports", "reports"),)
#: Bytes in what is said of a size.
_KB = 1000


def register(pages: Blueprint) -> None:
    @pages.get("/reports")
    @allow()
    def show_reports() -> str:
        return render_template("pages/reports.html", **context(request.args.get("plan") or DEFAULT, reader()))


def context(plan_id: str, say: Reader) -> dict[str, Any]:
    # Reports take their words from the pages' modules, so may be what loads them.
    from services.kpi.reports.files import MEDIA
    from services.kpi.reports.routes import REPORTS, listed

    found = listed(container(), plan_id)
    plans = container().live.view().shared.plans().values()
    return {
        "plan": found["plan"],
        "plans": [(one.id, say.pick(one.name), one.id == found["plan"]["id"]) for one in plans],
        "periods": [_row(one, REPORTS, say) for one in found["periods"]],
        "files": [(format_, language) for format_ in MEDIA for language in LANGUAGES],
    }


def _row(one: dict[str, Any], reports: str, say: Reader) -> dict[str, Any]:
    return {
        **one,
        "name": say.period(one["year"], one["quarter"]),
        "kept": [
            {
                "href": f"{reports}/kept/{made['id']}",
                "name": f"{made['format'].upper()} {made['language']}",
                "made": say.moment(made["made_at"]),
                "size": say.t("report-size", kb=say.number(max(made["size"] // _KB, 1))),
                "positions": say.t("report-positions", **made["position"]),
                "sha256": made["sha256"][:12],
            }
            for made in one["kept"]
        ],
    }
