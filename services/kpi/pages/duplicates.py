"""Records that may be one facility: found, compared side by side, merged or declared not to be one."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from services.eventkit.http import allow, fields, principal
from services.eventkit.identity import Role
from services.kpi.api.queries import as_of, container, plan_of, rules_of
from services.kpi.domain.cards import FacilityCard, decode
from services.kpi.domain.merging import combined
from services.kpi.domain.standing import standing
from services.kpi.domain.texts import labels
from services.kpi.pages.beside import ask
from services.kpi.pages.forms import Form, as_caller, may, parts
from services.kpi.pages.frame import reader
from services.kpi.pages.language import Reader

NAV: tuple[tuple[str, str], ...] = ()
REASON = 500
#: What may be decided of a pair: which record stays, or that they are two facilities.
DECISIONS = ("one", "other", "distinct")
#: Of a group, so many records are compared each with each; of a larger one each with the first.
_EACH = 4
#: The indicators that a merge is shown for.
_SHOWN = ("K1", "K2a", "K2b")
_FIELDS = (
    "code", "name", "tax_code", "kind", "industry", "employees", "products", "unit_id", "status",
    "registered_on", "latitude", "longitude",
)  # fmt: skip


def register(pages: Blueprint) -> None:
    @pages.get("/duplicates")
    @allow()
    def show_duplicates() -> str:
        say, by = reader(), "name" if request.args.get("by") == "name" else "tax-code"
        query = {name: request.args.get(name, "") for name in ("unit_id", "cursor", "strength")}
        told = ask(say, "registry", "/duplicates", by=by, limit="25", **query)
        groups = [{**group, "pairs": _pairs(group["facilities"])} for group in told.items]
        return render_template("pages/duplicates.html", told=told, groups=groups, by=by)

    @pages.get("/duplicates/<one>/<other>")
    @allow()
    def show_pair(one: str, other: str) -> Response:
        return _page(Form.fresh(reader()), one, other)

    @pages.post("/duplicates/<one>/<other>")
    @allow(Role.REGISTRAR)
    def decide_pair(one: str, other: str) -> AnyResponse:
        parts(one, other)
        say = reader()
        form = Form.sent(say)
        decision = form.choice("decision", DECISIONS)
        said = {"reason": form.text("reason", REASON), "occurred_on": form.day()}
        duplicate, survivor = (other, one) if decision == "one" else (one, other)
        if decision == "distinct":
            path, body = f"/facilities/{one}/distinctions", {"other_id": other, **said}
        else:
            path, body = f"/facilities/{duplicate}/merges", {"survivor_id": survivor, **said}
        to = container().neighbours
        if (
            form.good
            and form.done(lambda: to.send("registry", path, as_caller(say), body, key=form.key)) is not None
        ):
            return redirect(request.path, 303)
        return _page(form, one, other)


def _pairs(records: list[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return list(combinations(records, 2)) if len(records) <= _EACH else [(records[0], e) for e in records[1:]]


def _page(form: Form, one: str, other: str) -> Response:
    """`warnings` by the record that would stay."""
    parts(one, other)
    say, to = reader(), container().neighbours
    found = to.get("registry", f"/duplicates/{one}/{other}", as_caller(say)).body
    back = to.get("registry", f"/duplicates/{other}/{one}", as_caller(say)).body
    same = {each["field"]: each["same"] for each in found["fields_compared"]}
    records = {"one": found["one"], "other": found["other"]}
    names = {which: f"{record['name']} ({record['code']})" for which, record in records.items()}
    merged = {which: record["merged_into"] for which, record in records.items() if record["merged_into"]}
    page = render_template(
        "pages/duplicate.html",
        form=form,
        ids={"one": one, "other": other},
        names=names,
        strength=found["strength"],
        distinct=found["declared_distinct"],
        merged=merged,
        rows=[
            (
                say.t(f"field-{name}"),
                _cell(name, found["one"], say),
                _cell(name, found["other"], say),
                same.get(name),
            )
            for name in _FIELDS
        ],
        warnings={
            "other": [w["code"] for w in found["warnings"]],
            "one": [w["code"] for w in back["warnings"]],
        },
        standings=[] if merged else _standings(one, other, say),
        offered=may(principal(), Role.REGISTRAR) and (not merged or not form.good),
        decisions=DECISIONS,
    )
    return Response(page, form.status, mimetype="text/html")


def _cell(name: str, record: Mapping[str, Any], say: Reader) -> str:
    value = record[name]
    if value is None or value == []:
        return "–"
    if name == "kind":
        return say.pick(labels("kinds")[value])
    if name == "industry":
        return f"VSIC {value['version']}: {value['code']}"
    if name == "products":
        return "; ".join(f"{each['name']} ({each['unit']})" for each in value)
    if name == "status":
        return say.t(f"facility-{value}")
    if name == "registered_on":
        return say.day(fields.Date().deserialize(value))
    return str(value)


def _standings(one: str, other: str, say: Reader) -> list[dict[str, str]]:
    """What each counts for in the indicators now, and what the two would as one, by the record that stays."""
    view = container().live.view()
    rules, plan = rules_of(view), plan_of({}, view)
    on, territory = as_of({}, plan), view.shared.units.territory(plan.territory)
    cards = {id_: _card(view.generation, id_) for id_ in (one, other)}
    first, second = cards[one], cards[other]
    if first is None or second is None:
        return []
    together = {"one": combined(first, [second]), "other": combined(second, [first])}
    each = {"now-one": first, "now-other": second, **together}
    found = {which: standing(card, rules, on, territory) for which, card in each.items()}
    return [
        {"code": code, **{which: _stands(by_code[code], say) for which, by_code in found.items()}}
        for code in _SHOWN
    ]


def _stands(found: Any, say: Reader) -> str:
    if not found.in_denominator:
        return say.t("stands-out")
    return say.t("stands-counted" if found.counted else "stands-not")


def _card(generation: str, facility_id: str) -> FacilityCard | None:
    stored = container().store.card(generation, f"facility:{facility_id}")
    card = None if stored is None else decode(stored)
    return card if isinstance(card, FacilityCard) else None
