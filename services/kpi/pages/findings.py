"""A target in sentences: what was found, against what, where it leads, and what has moved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any

from services.kpi.api.shown import Shown
from services.kpi.domain.rules import add_months
from services.kpi.domain.targets import Reading
from services.kpi.pages.language import Reader

SAVING = "K2b"


def finding(target: dict[str, Any], names: list[str], say: Reader) -> str:
    """One sentence. `names` are the units that lack what K3 asks for."""
    if target["code"] == "K2":
        return _both(target, say)
    if target["value"] is None:
        why = target["reason"]
        return say.t("finding-none", why=say.pick(why) if why else say.t("no-value"))
    numerator, denominator = target["numerator"], target["denominator"]
    wanted = target["target"]
    values = {
        "numerator": say.number(numerator),
        "denominator": say.number(denominator),
        "value": say.percent(target["decimal"]),
        "target": "" if wanted is None else say.target(wanted),
    }
    end = "" if wanted is None else "-met" if target["met"] else "-lacking"
    if target["code"] == SAVING:
        gap = Decimal(0) if wanted is None else (Decimal(wanted) - Decimal(target["decimal"])) * 100
        return say.t(f"finding-saving{end}", gap=say.number(gap, 1), **values)
    if target["code"] == "K3":
        end = "-met" if numerator == denominator else "-lacking"
        return say.t(f"finding-units{end}", names=", ".join(names), **values)
    lacking = 0 if wanted is None else max(ceil(Fraction(wanted) * denominator) - numerator, 0)
    return say.t(f"finding-facilities{end}", lacking=say.number(lacking), **values)


def _both(target: dict[str, Any], say: Reader) -> str:
    if target["met"]:
        return say.t("finding-both-met")
    lacking = [part["code"] for part in target["parts"] or () if not part["met"]]
    return say.t("finding-both-lacking", parts=", ".join(lacking))


def further(target: dict[str, Any], say: Reader) -> Iterator[str]:
    """What stands beside the finding."""
    if target["path"] is not None:
        yield say.t("path", value=say.percent(target["path"]))
    if ahead := target["forecast"]:
        value = say.percent(ahead["decimal"])
        yield say.t("forecast", months=ahead["months"], day=say.day(ahead["on"]), value=value)
    if one := target["official"]:
        yield say.t("official", label=one["label"], value=say.percent(one["decimal"]))
        if one["restated"] and one["difference"]["decimal"] is not None:
            yield say.t("restated", change=say.points(Decimal(one["difference"]["decimal"])))
    one = target["enterprises"]
    if one and one["value"] is not None and target["code"] != SAVING:
        counts = {name: say.number(one[name]) for name in ("numerator", "denominator")}
        yield say.t("enterprises-only", value=say.percent(one["decimal"]), **counts)
    if (one := target["over_official"]) and one["value"] is not None:
        yield say.t("over-official", value=say.percent(one["decimal"]))
    for one in target["estimates"] or ():
        if one["decimal"] is not None and one["low"] is not None:
            shares = {name: say.percent(one[key]) for name, key in _ESTIMATE.items()}
            yield say.t("estimate", **shares)
    yield from _saved(target, say)


_ESTIMATE = {"value": "decimal", "low": "low", "high": "high"}


def _saved(target: dict[str, Any], say: Reader) -> Iterator[str]:
    middle = target["median"]
    if middle is not None and middle.decimal is not None:
        yield say.t("median", count=say.number(middle.count), value=say.percent(middle.decimal))
    total = target["savings"]
    if total is not None and total.toe is not None and target["code"] == SAVING:
        yield say.t(
            "savings",
            toe=say.number(total.toe),
            gj=say.number(total.gj),
            tco2=say.number(total.tco2),
            vnd=say.money(total.vnd),
        )
    if left := target["excluded"]:
        yield say.t("excluded", **{name: say.number(count) for name, count in left.items()})


def change(shown: Shown, code: str, say: Reader) -> str:
    """Since the day, the month and the year before, in one sentence; empty when there was no value then."""
    on = shown.on
    days = {"day": on - timedelta(days=1), "month": months_ago(on, 1), "year": months_ago(on, 12)}
    now, *before = shown.readings(code, [on, *days.values()])
    moved = {name: _difference(now, then) for name, then in zip(days, before, strict=True)}
    known = {name: by for name, by in moved.items() if by is not None}
    if not known:
        return ""
    parts = [say.t(f"change-{n}", change=say.points(by)) for n, by in known.items() if say.differs(by)]
    if not parts:
        return say.t("unchanged", since=say.t(f"since-{list(known)[-1]}"))
    return say.t("changed", parts="; ".join(parts))


def months_ago(day: date, months: int) -> date:
    return date.fromordinal(add_months(day.toordinal(), -months))


def _difference(now: Reading, then: Reading) -> Decimal | None:
    if now.decimal is None or then.decimal is None:
        return None
    return Decimal(now.decimal) - Decimal(then.decimal)
