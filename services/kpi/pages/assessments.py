"""Assessments and options: how many come how far, what they save and pay back, what waits for whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, render_template, request

from services.eventkit.http import allow
from services.kpi.api.official_shown import Frozen
from services.kpi.api.queries import source
from services.kpi.api.shown import Shown
from services.kpi.api.supporting_shown import Reader as Supporting
from services.kpi.domain.measures import OptionMeasure as O
from services.kpi.domain.plans import PlanData
from services.kpi.domain.saved import median
from services.kpi.domain.texts import labels
from services.kpi.pages.bars import bars
from services.kpi.pages.beside import Told, asking, named
from services.kpi.pages.frame import address, asked, reading, shown_by
from services.kpi.pages.language import Reader
from services.kpi.pages.waiting import limits, overdue, queue, rows

NAV = (("/assessments", "assessments"),)

STATUSES = ("open", "submitted", "approved", "rejected")
METHODS = ("quick", "detailed")
#: The choices of the list.
CHOICES = ("status", "method", "q", "cursor", "sort")
#: Assessments of a page.
PAGE = 20


def register(pages: Blueprint) -> None:
    @pages.get("/assessments")
    @allow()
    def show_assessments() -> Response:
        return reading("assessments.html", context, parts, CHOICES)


def context(shown: Shown, say: Reader, frozen: Frozen) -> dict[str, Any]:
    k2, k2b = shown.target("K2a"), shown.target("K2b")
    sums = _options(shown)
    total = k2b["savings"]
    return {
        "finding": say.t(
            "assessments-finding" if k2["decimal"] is not None else "assessments-none",
            adopters=say.number(k2["numerator"]),
            of=say.number(k2["denominator"]),
            share=say.percent(k2["decimal"]),
            verified=say.number(sums[O.VERIFIED]),
            proposed=say.number(sums[O.PROPOSED]),
        ),
        "saved": list(_saved(total, say)),
        "groups": [_group(row, say) for row in k2b["groups"] or ()],
        **_classes(shown, say),
    }


def _options(shown: Shown, **limits_: str) -> list[int]:
    return shown.cube.at("options", shown.on, Supporting(shown).reading().here(**limits_))


def _saved(total: Any, say: Reader) -> Iterator[tuple[str, str, str]]:
    """(what, how much a year, of how many facilities)"""
    yield say.t("saved-energy"), _spoken(total.toe, "TOE", say), say.number(total.of)
    yield say.t("saved-heat"), _spoken(total.gj, "GJ", say), say.number(total.of)
    yield say.t("saved-co2"), _spoken(total.tco2, say.t("tonnes-co2"), say), say.number(total.co2_of)
    yield say.t("saved-money"), say.money(total.vnd), say.number(total.vnd_of)


def _spoken(value: str | None, unit: str, say: Reader) -> str:
    return say.t("no-value") if value is None else f"{say.number(value, 1)} {unit}"


def _group(row: Mapping[str, Any], say: Reader) -> list[Any]:
    saved, expected, unit = row["numerator"], row["denominator"], row["unit"]
    why = say.pick(row["reason"]) if row["reason"] else ""
    return [
        {"text": say.t(f"group-{row['group']}"), "more": why},
        say.amount(saved, unit),
        say.amount(expected, unit),
        say.percent(row["decimal"]),
        say.percent(row["median"].decimal),
    ]


def _classes(shown: Shown, say: Reader) -> dict[str, Any]:
    rows = [
        (say.pick(name), _options(shown, **{"class": class_})) for class_, name in labels("classes").items()
    ]
    middle = median(
        shown.cube.spread("payback", shown.on, Supporting(shown).reading().here()), 100, "no-payback"
    )
    stages = (("options-proposed", O.PROPOSED), ("options-in-use", O.IN_USE), ("options-seen", O.VERIFIED))
    back = [(name, sums, _payback(sums)) for name, sums in rows]
    told = [
        [
            name,
            *(say.number(sums[of]) for _, of in stages),
            say.number(sums[O.PENDING]),
            say.number(sums[O.NOT_IMPLEMENTED] + sums[O.DISCONTINUED]),
            say.money(sums[O.INVESTMENT]),
            say.money(sums[O.YEARLY_SAVING]),
            _years(years, say),
        ]
        for name, sums, years in back
    ]
    return {
        "drawn": bars(
            (name, [(say.t(key), float(sums[of]), say.number(sums[of])) for key, of in stages], "")
            for name, sums in rows
        ),
        "payback_drawn": bars(
            (name, [("", float(years or 0), _years(years, say))], "") for name, _, years in back
        ),
        "middle": say.t(
            "payback-median", years=_years(_decimal(middle.decimal), say), count=say.number(middle.count)
        ),
        "columns": [
            (say.t("option-class"), False),
            *((say.t(key), True) for key, _ in stages),
            (say.t("options-waiting"), True),
            (say.t("options-refused"), True),
            (say.t("investment"), True),
            (say.t("yearly-saving"), True),
            (say.t("payback"), True),
        ],
        "rows": told,
        "payback_rows": [[row[0], *row[-3:]] for row in told],
    }


def _payback(sums: list[int]) -> Decimal | None:
    """All that was invested in options in use over what they save a year together."""
    saving = sums[O.YEARLY_SAVING]
    return Decimal(sums[O.INVESTMENT]) / Decimal(saving) if saving > 0 else None


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _years(value: Decimal | None, say: Reader) -> str:
    return say.t("no-value") if value is None else say.t("years", value=say.number(value, 1))


def parts(say: Reader, plan: PlanData, on: date) -> Mapping[str, str]:
    """How far assessments have come, what waits, and the list: as the audits service has them now."""
    query = asked(CHOICES)

    def look(cube: Any, view: Any) -> tuple[list[int], dict[str, str]]:
        shown = shown_by(query, cube, view)
        day = shown.on.toordinal()
        units = {unit: say.pick(shown.territory.name(unit, day)) for unit in shown.territory.units}
        return _options(shown), units

    sums, units = source(query).read(look)
    unit, begin = query.get("unit_id"), asking(say)
    chosen = {name: request.args.get(name) for name in CHOICES}
    counted = begin("audits", "/assessments/summary", on=on.isoformat(), unit_id=unit)
    waiting = queue(begin, on, unit)
    listed = begin("audits", "/assessments", limit=PAGE, unit_id=unit, **chosen)()
    late, trouble = overdue(say, waiting, on)
    names = named(say, [one["facility_id"] for one in listed.items] + [one.facility for one in late])
    told = counted()
    return {
        "funnel": render_template("pages/assessments_funnel.html", told=told, **_funnel(told, sums, say)),
        "overdue": render_template(
            "pages/assessments_overdue.html",
            rows=rows(say, late, names, on),
            missing=trouble,
            limits=limits(),
        ),
        "list": render_template("pages/assessments_list.html", **_list(say, listed, chosen, names, units)),
    }


def _funnel(told: Told, sums: list[int], say: Reader) -> dict[str, Any]:
    """Assessments, then the options that came of them: two widths, since one has several of the other."""
    first = [(stage, told.body[stage]) for stage in ("opened", "submitted", "approved")] if told.body else []
    decided = sums[O.PENDING] + sums[O.IN_USE] + sums[O.NOT_IMPLEMENTED] + sums[O.DISCONTINUED]
    second = [
        ("proposed", sums[O.PROPOSED]),
        ("decided", decided),
        ("implemented", sums[O.IN_USE]),
        ("verified", sums[O.VERIFIED]),
    ]
    steps = [*_steps(first), *_steps(second)]
    return {
        "drawn": [
            row
            for stages in (first, second)
            for row in bars(
                (say.t(f"stage-{stage}"), [("", float(n), say.number(n))], "") for stage, n in stages
            )
        ],
        "rows": [
            [
                say.t(f"stage-{stage}"),
                say.number(count),
                say.t("no-value") if part is None else say.percent(part),
            ]
            for stage, count, part in steps
        ],
    }


def _steps(stages: list[tuple[str, int]]) -> Iterator[tuple[str, int, Decimal | None]]:
    """Each with its share of the step before."""
    before: int | None = None
    for stage, count in stages:
        yield stage, count, Decimal(count) / Decimal(before) if before else None
        before = count


def _list(
    say: Reader,
    told: Told,
    chosen: Mapping[str, str | None],
    names: Mapping[str, str],
    units: Mapping[str, str],
) -> dict[str, Any]:
    shown = [
        [
            {
                "text": names.get(one["facility_id"], one["facility_id"]),
                "href": address(f"/facilities/{one['facility_id']}", only=()),
            },
            units.get(one["unit_id"], one["unit_id"]),
            {"text": say.t(f"method-{one['method']}"), "more": one["assessor"]},
            say.t(f"assessment-{one['status']}"),
            _day(one["opened_on"], say),
            _day(one["decided_on"], say),
            f"{one['options_proposed']} / {one['options_implemented']} / {one['options_verified']}",
            say.number(one["follow_ups_accepted"]),
        ]
        for one in told.items
    ]
    lists = [
        (name, say.t(label), [(v, say.t(f"{key}-{v}"), v == chosen[name]) for v in values])
        for name, label, key, values in (
            ("status", "status", "assessment", STATUSES),
            ("method", "assessment-method", "method", METHODS),
        )
    ]
    return {"told": told, "rows": shown, "lists": lists}


def _day(value: str | None, say: Reader) -> str:
    return say.t("no-value") if value is None else say.day(date.fromisoformat(value))
