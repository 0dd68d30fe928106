"""The plan's money: by source, by task group and by year; what was planned, committed and disbursed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, render_template, request

from services.eventkit.http import allow
from services.kpi.api.official_shown import Frozen
from services.kpi.api.shown import Shown
from services.kpi.domain.measures import FundingMeasure
from services.kpi.domain.plans import PlanData
from services.kpi.domain.texts import labels
from services.kpi.pages.bars import bars
from services.kpi.pages.beside import ask, choices
from services.kpi.pages.frame import reading
from services.kpi.pages.language import Reader
from services.kpi.views.cube import where

NAV = (("/funding", "funding"),)

STAGES = ("planned", "committed", "disbursed")
#: The choices of the list of lines.
CHOICES = ("source", "group", "cursor")

Amounts = tuple[int, int, int]


def register(pages: Blueprint) -> None:
    @pages.get("/funding")
    @allow()
    def show_funding() -> Response:
        return reading("funding.html", context, lines, CHOICES)


def context(shown: Shown, say: Reader, frozen: Frozen) -> dict[str, Any]:
    total = _at(shown, shown.on)
    sources = [(say.pick(name), _at(shown, shown.on, source=of)) for of, name in labels("sources").items()]
    groups = [
        (f"{of}. {say.pick(name)}", _at(shown, shown.on, group=of)) for of, name in labels("groups").items()
    ]
    return {
        "finding": _finding(total, say),
        "next": list(_next(groups, total, say)),
        "divisions": [
            ("by_source", "funding-by-source", *_shown("source-of-money", sources, say)),
            ("by_group", "funding-by-group", *_shown("task-group", groups, say)),
            ("by_year", "funding-by-year", *_shown("year", list(_years(shown)), say)),
        ],
    }


def _at(shown: Shown, day: date, **limits: str) -> Amounts:
    sums = shown.cube.at("funding", day, where(plan=shown.plan.id, **limits))
    return (
        sums[FundingMeasure.PLANNED],
        sums[FundingMeasure.COMMITTED],
        sums[FundingMeasure.DISBURSED],
    )


def _years(shown: Shown) -> Iterable[tuple[str, Amounts]]:
    """What was added in each year, as far as the day."""
    before = _at(shown, date(shown.plan.start.year, 1, 1) - timedelta(days=1))
    if any(before):
        yield f"< {shown.plan.start.year}", before
    for year in range(shown.plan.start.year, min(shown.on, shown.plan.due).year + 1):
        now = _at(shown, min(date(year, 12, 31), shown.on))
        yield str(year), (now[0] - before[0], now[1] - before[1], now[2] - before[2])
        before = now


def _finding(total: Amounts, say: Reader) -> str:
    planned, committed, disbursed = total
    if not planned and not committed:
        return say.t("funding-none")
    return say.t(
        "funding-finding",
        planned=say.money(planned),
        committed=say.money(committed),
        disbursed=say.money(disbursed),
        of_planned=_share(committed, planned, say),
        of_committed=_share(disbursed, committed, say),
    )


def _next(groups: list[tuple[str, Amounts]], total: Amounts, say: Reader) -> Iterable[str]:
    """What stands in the way, the largest first."""
    if not any(total):
        yield say.t("funding-next-plan")
        return
    waiting = sorted(((planned - committed, name) for name, (planned, committed, _) in groups), reverse=True)
    for amount, name in waiting[:2]:
        if amount > 0:
            yield say.t("funding-next-commit", name=name, amount=say.money(amount))
    for amount, name in sorted(((c - d, name) for name, (_, c, d) in groups), reverse=True)[:1]:
        if amount > 0:
            yield say.t("funding-next-disburse", name=name, amount=say.money(amount))
    for name, (planned, committed, _) in groups:
        if committed > planned:
            yield say.t("funding-over", name=name, amount=say.money(committed - planned))
        elif not planned:
            yield say.t("funding-unplanned", name=name)


def _shown(heading: str, rows: list[tuple[str, Amounts]], say: Reader) -> tuple[Any, Any, Any]:
    """(bars, columns, rows of the table)."""
    stages = [say.t(f"money-{stage}") for stage in STAGES]
    drawn = bars(
        (
            name,
            [(stage, float(n), say.money(n)) for stage, n in zip(stages, amounts, strict=True)],
            "",
        )
        for name, amounts in rows
    )
    columns = [
        (say.t(heading), False),
        *((stage, True) for stage in stages),
        (say.t("committed-of-planned"), True),
        (say.t("disbursed-of-committed"), True),
    ]
    table = [
        [
            name,
            *(say.money(n) for n in amounts),
            _share(amounts[1], amounts[0], say),
            _share(amounts[2], amounts[1], say),
        ]
        for name, amounts in rows
    ]
    return drawn, columns, table


def _share(part: int, whole: int, say: Reader) -> str:
    return say.percent(str(part / whole)) if whole else say.t("no-value")


def lines(say: Reader, plan: PlanData, on: date) -> Mapping[str, str]:
    """The lines themselves, as the registry has them now."""
    chosen = {name: request.args.get(name) for name in CHOICES}
    told = ask(say, "registry", "/funding", plan_id=plan.id, limit=20, sort="-planned_on", **chosen)
    sources, groups = labels("sources"), labels("groups")
    rows = [
        [
            say.day(date.fromisoformat(one["planned_on"])),
            say.pick(sources[one["source"]]),
            f"{one['group']}. {say.pick(groups[str(one['group'])])}",
            {"text": one["donor"] or "", "more": say.t("abroad") if one["abroad"] else ""},
            *(say.money(one[f"{stage}_vnd"]) for stage in STAGES[:2]),
            {
                "text": say.money(one["disbursed_vnd"]),
                "mark": say.t("over-planned") if one["over_planned"] else "",
            },
        ]
        for one in told.items
    ]
    lists = [
        ("source", say.t("source-of-money"), choices(say, sources, chosen["source"])),
        ("group", say.t("task-group"), choices(say, groups, chosen["group"])),
    ]
    return {"lines": render_template("pages/funding_lines.html", told=told, rows=rows, lists=lists)}
