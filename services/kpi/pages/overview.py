"""The first page: where the plan stands, what has moved, and what is lacking."""

from __future__ import annotations

from typing import Any

from services.kpi.api.official_shown import Frozen, targets_beside
from services.kpi.api.shown import Shown
from services.kpi.api.supporting_shown import Reader as Supporting
from services.kpi.pages import morning
from services.kpi.pages.findings import SAVING, change, finding, further
from services.kpi.pages.holding import held_back, next_steps
from services.kpi.pages.language import Reader

#: The targets that the plan decrees, each with the indicators that it is made of.
DECREED = (("K1", ()), ("K2", ("K2a", "K2b", "K2c", "K2d")), ("K3", ()))


def context(shown: Shown, say: Reader, frozen: Frozen) -> dict[str, Any]:
    known = {one["code"]: one for one in targets_beside(frozen, shown, shown.all())}
    supporting = Supporting(shown).all()
    return {
        **morning.context(shown, known, supporting, say),
        "targets": [
            {**told(shown, known[code], say), "parts": [told(shown, known[part], say) for part in parts]}
            for code, parts in DECREED
        ],
        "supporting": [_supporting(one, say) for one in supporting],
    }


def told(shown: Shown, one: dict[str, Any], say: Reader) -> dict[str, Any]:
    """A target as sentences, and as parts of a bar."""
    names = lacking(shown, say) if one["code"] == "K3" else []
    return {
        "code": one["code"],
        "name": say.pick(one["name"]),
        "status": one["status"],
        "decreed": one["target"] is not None or one["code"] == "K2",
        "finding": finding(one, names, say),
        "further": list(further(one, say)),
        "change": change(shown, one["code"], say) if one["code"] != "K2" else "",
        "held": held_back(shown, one["code"], say) if one["met"] is False else "",
        "steps": list(next_steps(shown, one["code"], say)) if one["met"] is False else [],
        "bar": bar(one),
    }


def lacking(shown: Shown, say: Reader) -> list[str]:
    day = shown.on.toordinal()
    return [
        say.pick(shown.territory.name(unit, day))
        for unit, found in shown.staffing.items()
        if found.exists and not found.qualified
    ]


def bar(one: dict[str, Any]) -> dict[str, float] | None:
    """Widths in hundredths: the value, and where the path and the target stand."""
    if one["decimal"] is None or one["code"] == "K2":
        return None
    marks = {name: float(one[name]) for name in ("path", "target") if one[name] is not None}
    value = float(one["decimal"])
    scale = 100 / (max(value, *marks.values(), 0.01) * 1.25 if one["code"] == SAVING else 1.0)
    found = {"value": value, **marks}
    return {name: round(min(max(part * scale, 0.0), 100.0), 1) for name, part in found.items()}


def _supporting(one: dict[str, Any], say: Reader) -> dict[str, Any]:
    return {
        "code": one["code"],
        "name": say.pick(one["name"]),
        "status": one["status"],
        "measures": [_measure(each, say) for each in one["measures"]],
    }


def _measure(one: dict[str, Any], say: Reader) -> dict[str, Any]:
    expected = one["expected"]
    if one["decimal"] is None:
        value = say.pick(one["reason"]) if one["reason"] else say.t("no-value")
    elif one["numerator"] is not None and one["denominator"] is not None:
        counts = f"{say.number(one['numerator'])} / {say.number(one['denominator'])}"
        value = f"{say.percent(one['decimal'])} ({counts})"
    elif one["unit"] == "VND":
        value = say.money(int(one["value"]))
    else:
        value = say.number(one["decimal"], 0 if "/" not in one["value"] and "." not in one["value"] else 1)
        value += _UNITS[say.language].get(one["unit"], "")
    return {
        "name": say.pick(one["name"]),
        "value": value,
        "expected": say.number(expected) if expected is not None else say.t("no-value"),
        "status": one["status"],
    }


#: Of the measures that are no counts.
_UNITS = {
    "vi": {"years": " năm", "days": " ngày", "tCO2": " tấn CO₂"},
    "en": {"years": " years", "days": " days", "tCO2": " t CO₂"},
}
