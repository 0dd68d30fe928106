"""Doubts about reported figures: those that wait, and a reviewer's decision on one."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from services.eventkit.errors import NotFound
from services.eventkit.http import allow, principal
from services.eventkit.identity import Role
from services.kpi.api.queries import container
from services.kpi.pages.beside import ask, named
from services.kpi.pages.forms import Form, as_caller, may, parts
from services.kpi.pages.frame import reader
from services.kpi.pages.language import Reader

NAV: tuple[tuple[str, str], ...] = ()
DECISIONS = ("keep", "leave-out")
#: As many characters as the service takes.
NOTE = 1000
_KEPT = ("unit_id", "flag", "cursor")


def register(pages: Blueprint) -> None:
    @pages.get("/flags")
    @allow()
    def show_flags() -> str:
        say, decided = reader(), request.args.get("decided", "false")
        query = {name: request.args.get(name, "") for name in _KEPT}
        told = ask(say, "audits", "/flags", decided=decided if decided != "all" else "", limit="50", **query)
        names = named(say, [item["facility_id"] for item in told.items])
        return render_template("pages/flags.html", told=told, names=names, decided=decided, say_day=_day(say))

    @pages.get("/flags/<assessment_id>/<follow_up_id>/<flag>")
    @allow()
    def show_flag(assessment_id: str, follow_up_id: str, flag: str) -> Response:
        return _page(Form.fresh(reader()), assessment_id, follow_up_id, flag)

    @pages.post("/flags/<assessment_id>/<follow_up_id>/<flag>")
    @allow(Role.REVIEWER)
    def review_flag(assessment_id: str, follow_up_id: str, flag: str) -> AnyResponse:
        parts(assessment_id, follow_up_id)
        say = reader()
        form = Form.sent(say)
        body = {
            "flag": flag,
            "decision": form.choice("decision", DECISIONS),
            "note": form.text("note", NOTE),
            "occurred_on": form.day(),
        }
        path = f"/assessments/{assessment_id}/follow-ups/{follow_up_id}/flag-review"
        to = container().neighbours
        if (
            form.good
            and form.done(lambda: to.send("audits", path, as_caller(say), body, key=form.key)) is not None
        ):
            return redirect(request.path, 303)
        return _page(form, assessment_id, follow_up_id, flag)


def _page(form: Form, assessment_id: str, follow_up_id: str, flag: str) -> Response:
    parts(assessment_id, follow_up_id)
    say, caller = reader(), principal()
    found = container().neighbours.get("audits", f"/assessments/{assessment_id}", as_caller(say)).body
    report = next((each for each in found["follow_ups"] if each["follow_up_id"] == follow_up_id), None)
    raised = next((each for each in (report or {}).get("flags", ()) if each["flag"] == flag), None)
    if report is None or raised is None:
        raise NotFound("These figures do not raise this flag, or do not any more.")
    id_ = found["facility_id"]
    page = render_template(
        "pages/flag.html",
        form=form,
        name=named(say, [id_]).get(id_, id_),
        raised=raised,
        report=report,
        decided_on=raised["decided_on"] and say.day(date.fromisoformat(raised["decided_on"])),
        periods=[_period(each["period"], say) for each in (found["baseline"], report["measurement"])],
        figures=_figures(found["baseline"], report["measurement"], say),
        saving=_saving(report["saving"], say),
        offered=may(caller, Role.REVIEWER) and caller.id != report["reporter"],
        own=caller.id == report["reporter"],
        decisions=DECISIONS,
    )
    return Response(page, form.status, mimetype="text/html")


def _figures(baseline: dict[str, Any], later: dict[str, Any], say: Reader) -> list[tuple[str, str, str]]:
    """(what, before, later): outputs of products, then flows, as they were reported."""
    rows: dict[str, list[str]] = {}
    for column, measured in enumerate((baseline, later)):
        for product in measured["products"]:
            line = rows.setdefault(say.t("flag-output", name=product["name"]), ["–", "–"])
            line[column] = f"{say.number(product['output'], 0)} {product['unit']}"
        for flow in measured["flows"]:
            what = flow.get("name") or say.t(f"carrier-{flow['resource']}")
            line = rows.setdefault(what, ["–", "–"])
            line[column] = f"{_plain(flow['quantity'], say)} {flow['unit']}"
    return [(what, *cells) for what, cells in rows.items()]  # type: ignore[misc]


def _plain(quantity: str, say: Reader) -> str:
    whole, _, part = str(quantity).partition(".")
    return say.number(quantity, min(len(part), 3)) if part else say.number(whole)


def _saving(saving: dict[str, Any], say: Reader) -> list[dict[str, str]]:
    rows = []
    for group in ("energy_toe", "water_m3", "material_vnd"):
        pair = saving[group]
        if pair["expected"] is None:
            continue
        rows.append(
            {
                "name": say.t(f"saving-{group.partition('_')[0]}"),
                "unit": {"energy_toe": "TOE", "water_m3": "m³", "material_vnd": "VND"}[group],
                "expected": say.number(pair["expected"], 1),
                "actual": say.number(pair["actual"], 1),
                "percent": "–" if pair["percent"] is None else f"{say.number(pair['percent'], 1)}%",
            }
        )
    return rows


def _period(period: dict[str, str], say: Reader) -> str:
    return f"{say.day(date.fromisoformat(period['start']))} – {say.day(date.fromisoformat(period['end']))}"


def _day(say: Reader) -> Any:
    return lambda text: say.day(date.fromisoformat(text))
