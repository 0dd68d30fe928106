"""Training and awareness: who was taught and reached, whose certificate runs out, what surveys say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from flask import Blueprint, Response, render_template, request

from services.eventkit.http import allow
from services.kpi.api.official_shown import Frozen
from services.kpi.api.queries import source
from services.kpi.api.shown import Shown
from services.kpi.api.supporting_shown import Reader as Supporting
from services.kpi.domain.measures import FacilityMeasure as M
from services.kpi.domain.measures import OfficerMeasure, UnitMeasure
from services.kpi.domain.measures import QualityMeasure as Q
from services.kpi.domain.measures import TrainingMeasure as T
from services.kpi.domain.plans import PlanData
from services.kpi.domain.texts import labels
from services.kpi.pages.bars import bars
from services.kpi.pages.beside import Told, asking
from services.kpi.pages.certificates import certificates, issued_certificates
from services.kpi.pages.frame import address, asked, reading, shown_by
from services.kpi.pages.language import Reader
from services.kpi.views.cube import where
from services.kpi.views.estimates import Surveyed, estimates

NAV = (("/training", "training"),)

#: The choices of the list of courses.
CHOICES = ("audience", "q", "cursor")
#: Courses of a page; surveys and campaigns that are shown, the newest first.
PAGE, NEWEST = 20, 10


def register(pages: Blueprint) -> None:
    @pages.get("/training")
    @allow()
    def show_training() -> Response:
        return reading("training.html", context, parts, CHOICES)


def context(shown: Shown, say: Reader, frozen: Frozen) -> dict[str, Any]:
    whole = _of(shown)
    each = [(unit, say.pick(name), _of(shown, unit)) for unit, name in Supporting(shown).units()]
    rows = [(unit, name, found) for unit, name, found in each if found["exists"] or found["active"]]
    return {
        "finding": say.t("training-finding", **{name: say.number(n) for name, n in whole.items()}),
        "next": list(_next(rows, whole, say)),
        "measures": list(_measures(shown, say)),
        "drawn": bars(
            (
                (
                    name,
                    [
                        (say.t("reached"), *_part(found["reached"], found["active"], say)),
                        (say.t("aware"), *_part(found["aware"], found["active"], say)),
                    ],
                    address("/training", unit_id=unit),
                )
                for unit, name, found in rows
            ),
            100.0,
        ),
        "columns": [
            (say.t("by-district"), False),
            *(
                (say.t(key), True)
                for key in ("facilities", "reached", "aware", "attended", "tested", "passed")
            ),
            (say.t("officers-capable"), True),
        ],
        "rows": [
            [
                {"text": name, "href": address("/training", unit_id=unit)},
                say.number(found["active"]),
                _counted(found["reached"], found["active"], say),
                _counted(found["aware"], found["active"], say),
                say.number(found["attended"]),
                say.number(found["tested"]),
                _counted(found["passed"], found["tested"], say),
                say.number(found["capable"]) if found["exists"] else say.t("no-value"),
            ]
            for unit, name, found in rows
        ],
    }


def _of(shown: Shown, unit: str | None = None) -> dict[str, int]:
    """Of a district, or of all that is chosen: trainings are divided by place alone."""
    choice = Supporting(shown).reading(**({} if unit is None else {"unit_id": unit}))
    here = choice.here()
    facilities = shown.cube.at("facility", shown.on, here)
    units = choice.choice.units | {""} if choice.choice.whole else choice.choice.units
    training = shown.cube.at("training", shown.on, where(unit=units))
    officers = shown.cube.at("officer", shown.on, where(unit=choice.choice.units))
    exists = shown.cube.at("unit", shown.on, where(unit=choice.choice.units))
    return {
        "active": facilities[M.ACTIVE],
        "aware": facilities[M.AWARE],
        "reached": shown.cube.at("quality", shown.on, here)[Q.REACHED],
        "attended": training[T.ATTENDED],
        "tested": training[T.TESTED],
        "passed": training[T.PASSED],
        "capable": officers[OfficerMeasure.QUALIFIED],
        "exists": exists[UnitMeasure.EXISTS],
    }


def _next(rows: list[tuple[str, str, dict[str, int]]], whole: dict[str, int], say: Reader) -> Iterator[Any]:
    """(what to do, where)"""
    unreached = [(found["active"] - found["reached"], unit, name) for unit, name, found in rows]
    missing, unit, name = max(unreached, default=(0, "", ""))
    if missing and len(rows) > 1:
        where_ = address("/targets/K1/facilities", counted="false", unit_id=unit)
        yield say.t("training-next-reach", name=name, count=say.number(missing)), where_
    gap = [(found["reached"] - found["aware"], unit, name) for unit, name, found in rows]
    more, unit, name = max(gap, default=(0, "", ""))
    if more > 0:
        where_ = address("/targets/K1/facilities", counted="false", unit_id=unit)
        yield say.t("training-next-test", name=name, count=say.number(more)), where_
    without = [name for _, name, found in rows if found["exists"] and not found["capable"]]
    if without:
        yield say.t("training-next-officers", names=", ".join(without)), address("/targets/K3")


def _measures(shown: Shown, say: Reader) -> Iterator[tuple[str, str]]:
    for figure in Supporting(shown).reading().measures("S1"):
        if figure.decimal is not None and figure.denominator is None:
            yield say.pick(figure.name), say.number(figure.decimal)


def _part(part: int, whole: int, say: Reader) -> tuple[float, str]:
    share = part / whole if whole else 0.0
    return share * 100, say.percent(str(share)) if whole else say.t("no-value")


def _counted(part: int, whole: int, say: Reader) -> str:
    return f"{say.number(part)} ({say.percent(str(part / whole))})" if whole else say.number(part)


def parts(say: Reader, plan: PlanData, on: date) -> Mapping[str, str]:
    """Certificates, surveys, courses and campaigns, as the training service has them now."""
    query = asked(CHOICES)

    def look(cube: Any, view: Any) -> tuple[list[Surveyed], dict[str, Any], dict[str, str]]:
        shown = shown_by(query, cube, view)
        day = shown.on.toordinal()
        units = {unit: say.pick(shown.territory.name(unit, day)) for unit in shown.territory.units}
        return estimates(cube, shown.on), shown.target("K1"), units

    sampled, k1, units = source(query).read(look)
    begin = asking(say)
    chosen = {name: request.args.get(name) for name in CHOICES}
    issued = issued_certificates(begin, query.get("unit_id"))
    surveys = begin("training", "/surveys", limit=NEWEST, sort="-opened_on")
    courses = begin("training", "/courses", limit=PAGE, **chosen)
    campaigns = begin("training", "/campaigns", limit=NEWEST, sort="-opened_on")
    told = {
        "certificates": certificates(say, issued(), on, units),
        "surveys": _surveys(say, surveys(), sampled, k1),
        "courses": _courses(say, courses(), chosen),
        "campaigns": _campaigns(say, campaigns(), units),
    }
    return {name: render_template(f"pages/training_{name}.html", **each) for name, each in told.items()}


def _surveys(say: Reader, told: Told, sampled: list[Surveyed], k1: Mapping[str, Any]) -> dict[str, Any]:
    """A sample gives an estimate with its interval; a census is counted in the target itself."""
    estimated = {one.survey_id: one.estimate for one in sampled}
    rows = []
    for one in told.items:
        found = estimated.get(one["id"])
        census = one["mode"] == "census"
        share = say.percent(k1["decimal"] if census else None if found is None else found.decimal)
        between = (
            say.t("interval", low=say.percent(found.low), high=say.percent(found.high))
            if found
            else say.t("no-value")
        )
        rows.append(
            [
                {"text": one["title"], "more": say.t(f"survey-{one['status']}")},
                say.t(f"mode-{one['mode']}"),
                say.day(date.fromisoformat(one["opened_on"])),
                {"text": share, "more": say.t("as-target") if census else ""},
                say.t("counted-wholly") if census else between,
                say.number(found.answers) if found else say.t("no-value"),
            ]
        )
    return {"told": told, "rows": rows}


def _courses(say: Reader, told: Told, chosen: Mapping[str, str | None]) -> dict[str, Any]:
    audiences = labels("audiences")
    rows = [
        [
            one["title"],
            say.pick(audiences[one["audience"]]),
            say.day(date.fromisoformat(one["opened_on"])),
            say.number(one["session_count"]),
            say.day(date.fromisoformat(one["last_session_on"]))
            if one["last_session_on"]
            else say.t("no-value"),
            say.number(one["pass_mark"]),
        ]
        for one in told.items
    ]
    choices = [(value, say.pick(name), value == chosen["audience"]) for value, name in audiences.items()]
    return {"told": told, "rows": rows, "lists": [("audience", say.t("audience"), choices)]}


def _campaigns(say: Reader, told: Told, units: Mapping[str, str]) -> dict[str, Any]:
    rows = [
        [
            one["title"],
            say.pick(labels("channels")[one["channel"]]),
            ", ".join(units.get(unit, unit) for unit in one["unit_ids"]) or say.t("whole-province"),
            say.day(date.fromisoformat(one["opened_on"])),
            say.number(one["people"]),
            say.number(one["facilities_reached"]),
        ]
        for one in told.items
    ]
    return {"told": told, "rows": rows}
