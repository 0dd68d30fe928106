"""One target: its course, where it stands by district, industry, size and kind, and the rule in words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from services.kpi.api.official_shown import Frozen, targets_beside
from services.kpi.api.shown import Shown
from services.kpi.domain.texts import labels
from services.kpi.pages.charts import HEIGHT, WIDTH, chart, tiles
from services.kpi.pages.findings import SAVING
from services.kpi.pages.language import Reader
from services.kpi.pages.overview import told

#: The break-downs: (member of the answer, heading, what a row is called by, its filter).
_BY = (
    ("by_district", "by-district", "name", "unit_id"),
    ("by_industry", "by-industry", "name", "section"),
    ("by_size", "by-size", "name", "size"),
    ("by_kind", "by-kind", "kind", "kind"),
)
FORMATS = ("csv", "xlsx", "jsonl")


def context(shown: Shown, say: Reader, frozen: Frozen, code: str) -> dict[str, Any]:
    detail = shown.detail(code)
    (one,) = targets_beside(frozen, shown, [detail["target"]])
    unit = one["unit"]
    wanted = None if one["target"] is None else float(one["target"])
    return {
        "target": told(shown, one, say),
        "rule": say.pick(detail["rule"]),
        "chart": _chart(shown, code, detail["series"], wanted, say) if code != "K2" else None,
        "plot": _plot(shown, code, detail["series"], wanted, say),
        "box": (WIDTH, HEIGHT),
        "series": [_row(say.month(row["on"]), row, unit, say) for row in reversed(detail["series"])],
        "tiles": tiles(detail["by_district"], wanted, unit, say) if code != "K2" else [],
        "columns": ("saved", "expected") if code == SAVING else ("numerator", "denominator"),
        "divisions": [
            (member, heading, filter_, rows)
            for member, heading, name, filter_ in _BY
            if (rows := [_division(row, name, filter_, unit, say) for row in detail[member]])
        ],
        "groups": [
            _row(say.t(f"group-{row['group']}"), row, row["unit"], say) for row in one["groups"] or ()
        ],
        "formats": FORMATS,
    }


def _division(row: dict[str, Any], name: str, filter_: str, unit: str, say: Reader) -> dict[str, Any]:
    called = labels("kinds")[row["kind"]] if name == "kind" else row["name"]
    return {**_row(say.pick(called), row, unit, say), "chosen": row[filter_]}


def _row(name: str, row: dict[str, Any], unit: str, say: Reader) -> dict[str, Any]:
    reason = row["reason"]
    return {
        "name": name,
        "value": say.percent(row["decimal"]),
        "share": None if row["decimal"] is None else _width(float(row["decimal"])),
        "numerator": say.amount(row["numerator"], unit),
        "denominator": say.amount(row["denominator"], unit),
        "met": row["met"],
        "reason": say.pick(reason) if reason else "",
    }


def _width(share: float) -> float:
    """In hundredths of a bar."""
    return round(min(max(share, 0.0), 1.0) * 100, 1)


def _chart(shown: Shown, code: str, series: list[dict[str, Any]], wanted: float | None, say: Reader) -> Any:
    values = [(row["on"], None if row["decimal"] is None else float(row["decimal"])) for row in series]
    path = [(day, _float(shown.plan.path(code, day))) for day, _ in values]
    return chart(values, path, wanted, say)


def _plot(shown: Shown, code: str, series: list[dict[str, Any]], wanted: float | None, say: Reader) -> Any:
    """The same for the script that draws it to be pointed at."""
    values = [None if row["decimal"] is None else float(row["decimal"]) for row in series]
    return {
        "labels": [say.month(row["on"]) for row in series],
        "values": values,
        "path": [_float(shown.plan.path(code, row["on"])) for row in series],
        "target": wanted,
        "top": None if code == SAVING else 1,
        "names": {name: say.t(f"legend-{name}") for name in ("value", "path", "target")},
    }


def _float(value: Any) -> float | None:
    return None if value is None else float(Decimal(value.numerator) / Decimal(value.denominator))
