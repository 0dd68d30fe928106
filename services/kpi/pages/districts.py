"""Districts and cities: all side by side, and each with its officers and what it lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response

from services.eventkit.errors import NotFound
from services.eventkit.http import allow, ensure_district
from services.kpi.api.queries import SelectionQuery
from services.kpi.domain.lacking import unit_lacking
from services.kpi.domain.measures import FacilityMeasure as M
from services.kpi.domain.targets import Reading
from services.kpi.pages.beside import Told, asking
from services.kpi.pages.language import Reader
from services.kpi.pages.posts import Officer, officers, told
from services.kpi.pages.records import Records, opened

NAV = (("/districts", "districts"),)

CODES = ("K1", "K2a", "K2b", "K2c", "K2d", "K3")

#: Officers of a unit whose names are asked for.
NAMED = 12


def register(pages: Blueprint) -> None:
    @pages.get("/districts")
    @allow()
    def show_districts() -> Response:
        of = opened(SelectionQuery)
        return of.page("districts.html", **_all(of))

    @pages.get("/districts/<unit_id>")
    @allow()
    def show_district(unit_id: str) -> Response:
        of = opened(SelectionQuery)
        if unit_id not in of.shown.territory:
            raise NotFound(f"There is no unit {unit_id!r} in this plan. See the list of districts.")
        ensure_district(unit_id)
        answer = of.page("district.html", **_one(of, unit_id))
        answer.headers["Cache-Control"] = "no-store"
        return answer


def _all(of: Records) -> dict[str, Any]:
    all_ = officers(of)
    rows = [_row(of, unit, all_) for unit in of.units()]
    return {"rows": [row for row in rows if row["shown"]], "codes": _codes(of)}


def _codes(of: Records) -> list[tuple[str, str]]:
    return [(code, of.say.pick(of.shown.rules.texts[code].name)) for code in CODES]


def _row(of: Records, unit: str, all_: Sequence[Officer]) -> dict[str, Any]:
    sums, readings = of.shown.in_unit(unit)
    here = _of_unit(unit, all_)
    exists = bool(of.shown.staffing[unit].exists)
    active = sums.facilities[M.ACTIVE]
    return {
        "unit": unit,
        "name": of.unit_name(unit),
        "shown": exists or active > 0,
        "exists": exists,
        "facilities": of.say.number(active),
        "values": [_value(of.say, code, readings[code]) for code in CODES],
        "officers": of.say.number(len(here)),
        "capable": of.say.number(sum(_capable(one, unit) for one in here)),
        "soon": sum(one.state(of.day) == "soon" for one in here),
    }


def _of_unit(unit: str, all_: Sequence[Officer]) -> list[Officer]:
    return [one for one in all_ if any(post.unit == unit for post in one.posts)]


def _capable(one: Officer, unit: str) -> bool:
    dedicated = any(post.unit == unit and post.dedicated for post in one.posts)
    return dedicated and one.found.state == "valid"


def _value(say: Reader, code: str, found: Reading) -> Mapping[str, Any]:
    unit = "goe" if code == "K2b" else ""
    if code == "K3":
        state = None if found.numerator is None else "counted" if found.numerator else "lacking"
        return {"code": code, "text": "", "state": state if found.denominator else "outside", "counts": ""}
    if found.decimal is None:
        why = "" if found.reason is None else say.pick(found.reason)
        return {"code": code, "text": say.t("no-value"), "state": None, "counts": why, "known": False}
    counts = f"{say.amount(found.numerator, unit)} / {say.amount(found.denominator, unit)}"
    return {"code": code, "text": say.percent(found.decimal), "state": None, "counts": counts, "known": True}


def _one(of: Records, unit: str) -> dict[str, Any]:
    all_ = officers(of)
    here = sorted(_of_unit(unit, all_), key=lambda one: (not _capable(one, unit), one.id))
    row = _row(of, unit, all_)
    rules = of.shown.rules
    lacks = unit_lacking([one.card for one in here], unit, rules, of.day) if row["exists"] else ()
    lines = [told(of, one) for one in here]
    begin = asking(of.say)
    persons = [begin("registry", f"/officers/{one.id}") for one in here[:NAMED]]
    for line, person in zip(lines, persons, strict=False):
        line["called"] = _name(person()) or line["called"]
    readings = of.shown.in_unit(unit)[1]
    official = of.shown.territory.official([unit], of.day)
    return {
        "unit": unit,
        "name": row["name"],
        "row": row,
        "cards": [
            {
                "code": code,
                "name": of.say.pick(rules.texts[code].name),
                **_value(of.say, code, readings[code]),
            }
            for code in CODES
        ],
        "official": None if official is None else of.say.number(official),
        "officers": lines,
        "lacks": [of.say.pick(step) for step in lacks],
    }


def _name(told: Told) -> str | None:
    """For those to whom the registry tells it."""
    return told.body["person"]["name"] if told.body and told.body["person"] else None
