"""One target: its course, where it stands by district, industry, size and kind, and the rule in words."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from services.kpi.api.judged import PARTS
from services.kpi.api.official_shown import Frozen, targets_beside
from services.kpi.api.queries import container
from services.kpi.api.shown import DIVISIONS, Shown, month_ends
from services.kpi.domain.texts import labels
from services.kpi.pages.bars import bars
from services.kpi.pages.charts import HEIGHT, WIDTH, chart, tiles
from services.kpi.pages.findings import SAVING
from services.kpi.pages.frame import address
from services.kpi.pages.holding import lacking_of
from services.kpi.pages.language import Reader
from services.kpi.pages.overview import told

#: What a row of each division is called by, and its filter.
_ROW = {
    "by_district": ("by-district", "name", "unit_id"),
    "by_industry": ("by-industry", "name", "section"),
    "by_size": ("by-size", "name", "size"),
    "by_kind": ("by-kind", "kind", "kind"),
}


def context(shown: Shown, say: Reader, frozen: Frozen, code: str) -> dict[str, Any]:
    # What is judged by its parts has no amounts of its own: the parts are shown instead.
    parts = [told(shown, shown.target(part), say) for part in PARTS] if code == "K2" else []
    detail = shown.detail(code)
    (one,) = targets_beside(frozen, shown, [detail["target"]])
    unit = one["unit"]
    wanted = None if one["target"] is None else Fraction(one["target"])
    return {
        "target": told(shown, one, say),
        "rule": say.pick(detail["rule"]),
        "chart": _chart(shown, code, detail["series"], one, say) if code != "K2" else None,
        "plot": _plot(shown, code, detail["series"], one, say),
        "box": (WIDTH, HEIGHT),
        "parts": parts,
        "series": []
        if parts
        else [_row(say.month(row["on"]), row, unit, say) for row in reversed(detail["series"])],
        "tiles": tiles(detail["by_district"], None if wanted is None else float(wanted), unit, say)
        if code != "K2"
        else [],
        "map": _map(detail["by_district"], wanted, unit, say) if code != "K2" else None,
        "columns": ("saved", "expected") if code == SAVING else ("numerator", "denominator"),
        "divisions": [
            (member, _ROW[member][0], rows, _drawn(rows))
            for member in (() if parts else DIVISIONS)
            if (rows := [_division(code, member, row, unit, wanted, say) for row in detail[member]])
        ],
        "groups": [
            _row(say.t(f"group-{row['group']}"), row, row["unit"], say) for row in one["groups"] or ()
        ],
        "official": _official(one["official"], one, say),
    }


def _map(
    rows: list[dict[str, Any]], wanted: Fraction | None, unit: str, say: Reader
) -> dict[str, Any] | None:
    """The districts as they lie, where an operator gave boundaries of any; the others stay tiles."""
    current = container().boundaries.current()
    if current is None:
        return None
    drawn, every = current.drawn, tiles(rows, None if wanted is None else float(wanted), unit, say)
    pairs = [(row["unit_id"], tile) for row, tile in zip(rows, every, strict=True)]
    found = [(drawn.shapes[id_], tile, address(unit_id=id_)) for id_, tile in pairs if id_ in drawn.shapes]
    if not found:
        return None
    return {
        "width": drawn.width,
        "height": drawn.height,
        "shapes": found,
        "rest": [tile for id_, tile in pairs if id_ not in drawn.shapes],
        "file": current.file,
    }


def _division(
    code: str, member: str, row: dict[str, Any], unit: str, wanted: Fraction | None, say: Reader
) -> dict[str, Any]:
    _, name, choice = _ROW[member]
    called = say.pick(labels("kinds")[row["kind"]] if name == "kind" else row["name"])
    known = row[choice] != "unknown"
    lacking = lacking_of(row, wanted) if wanted is not None and code not in ("K2", "K3") else 0
    found = _row(called, row, unit, say)
    return {
        **found,
        "href": address(f"/targets/{code}", **{choice: row[choice]}) if known else "",
        "lacking": say.amount(lacking, unit) if lacking else "",
        "list": address(f"/targets/{code}/facilities", counted="false", **{choice: row[choice]})
        if lacking and code != SAVING
        else "",
    }


def _drawn(rows: list[dict[str, Any]]) -> Any:
    """On a scale to 100%, but for what stays small."""
    most = max(row["share"] or 0.0 for row in rows)
    return bars(
        ((row["name"], [("", row["share"] or 0.0, row["value"])], row["href"]) for row in rows),
        100.0 if most > 20 else most * 1.25,
    )


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


def _chart(shown: Shown, code: str, series: list[dict[str, Any]], one: Mapping[str, Any], say: Reader) -> Any:
    values = [(row["on"], None if row["decimal"] is None else float(row["decimal"])) for row in series]
    ahead = one["forecast"]
    forecast = None if ahead is None else (ahead["on"], float(ahead["decimal"]))
    last = max([day for day, _ in values] + ([] if forecast is None else [forecast[0]]), default=shown.on)
    path = [(day, _float(shown.plan.path(code, day))) for day in month_ends(shown.plan.start, last)]
    wanted = None if one["target"] is None else float(one["target"])
    return chart(values, path, wanted, say, forecast)


def _plot(shown: Shown, code: str, series: list[dict[str, Any]], one: Mapping[str, Any], say: Reader) -> Any:
    """The same for the script that draws it to be pointed at: by months, up to the day of the forecast."""
    values = [None if row["decimal"] is None else float(row["decimal"]) for row in series]
    days, ahead = [row["on"] for row in series], one["forecast"]
    last = max((n for n, value in enumerate(values) if value is not None), default=None)
    if ahead is not None and last is not None:
        days = [*days, *(day for day in month_ends(shown.plan.start, ahead["on"]) if day > days[-1])]
    forecast: list[float | None] = [None] * len(days)
    if ahead is not None and last is not None:
        forecast[last], forecast[-1] = values[last], float(ahead["decimal"])
    return {
        "labels": [say.month(day) for day in days],
        "values": [*values, *[None] * (len(days) - len(values))],
        "path": [_float(shown.plan.path(code, day)) for day in days],
        "ahead": forecast,
        "target": None if one["target"] is None else float(one["target"]),
        "top": None if code == SAVING else 1,
        "names": {name: say.t(f"legend-{name}") for name in ("value", "path", "target", "forecast")},
    }


def _float(value: Any) -> float | None:
    return None if value is None else float(Decimal(value.numerator) / Decimal(value.denominator))


def _official(held: dict[str, Any] | None, one: Mapping[str, Any], say: Reader) -> dict[str, Any] | None:
    """What was frozen beside what the same day reads now, and where the difference is explained."""
    if held is None:
        return None
    unit, difference = one["unit"], held["difference"]
    rows = [
        [
            name,
            say.percent(side["decimal"]),
            say.amount(side["numerator"], unit),
            say.amount(side["denominator"], unit),
        ]
        for name, side in ((_held(held, say), held), (say.t("official-live"), one))
    ]
    return {
        "rows": rows,
        "restated": held["restated"],
        "change": ""
        if not held["restated"] or difference["decimal"] is None
        else say.t("restated", change=say.points(Decimal(difference["decimal"]))),
        "why": (held["changes"] or "").removeprefix("/api/v1"),
    }


def _held(held: dict[str, Any], say: Reader) -> str:
    told_ = say.t(
        "official-held",
        label=held["label"],
        at=say.moment(held["frozen_at"]),
        by=held["by"],
        rules=held["rules"],
    )
    corrected = held["corrections"]
    return f"{told_}; {say.t('official-corrections', count=corrected)}" if corrected else told_
