"""Charts as geometry, drawn as SVG by the templates: the numbers stand in a table beside each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any, NamedTuple

import yaml

from services.kpi.pages.language import FOLDER, Reader

WIDTH, HEIGHT = 720, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 16, 14, 30
#: Columns of the schematic map.
COLUMNS = 4


class Tick(NamedTuple):
    at: float
    label: str


class Dot(NamedTuple):
    x: float
    y: float
    label: str


class Chart(NamedTuple):
    """`lines` are runs of months that have a value; coordinates in units of a WIDTH x HEIGHT box."""

    lines: list[str]
    dots: list[Dot]
    path: str
    ahead: str
    target: float | None
    across: list[Tick]
    up: list[Tick]


Point = tuple[date, float | None]


def chart(
    values: Sequence[Point],
    path: Sequence[Point],
    target: float | None,
    say: Reader,
    forecast: tuple[date, float] | None = None,
) -> Chart | None:
    """Of shares by month ends; None without two days to draw between. The forecast is drawn from the last
    value that there is."""
    if len(values) < 2:
        return None
    ends = [values[-1][0], *(day for day, _ in path), *([forecast[0]] if forecast else [])]
    first, last = values[0][0].toordinal(), max(ends).toordinal()
    told = [(day, value) for day, value in values if value is not None]
    ahead = [*told[-1:], forecast] if forecast else []
    known = [value for _, value in [*values, *path, *ahead] if value is not None]
    top = _top(max([*known, target or 0.0, 0.0]))
    low = min([*known, 0.0])

    def x(day: date) -> float:
        return _LEFT + (day.toordinal() - first) / (last - first) * (WIDTH - _LEFT - _RIGHT)

    def y(value: float) -> float:
        return HEIGHT - _BOTTOM - (value - low) / (top - low) * (HEIGHT - _TOP - _BOTTOM)

    dots = [
        Dot(round(x(day), 1), round(y(value), 1), f"{say.month(day)}: {say.percent(str(round(value, 6)))}")
        for day, value in told
    ]
    return Chart(
        lines=[_joined([(x(day), y(value)) for day, value in run]) for run in _runs(values)],
        dots=dots,
        path=_joined([(x(day), y(value)) for run in _runs(path) for day, value in run]),
        ahead=_joined([(x(day), y(value)) for day, value in ahead]),
        target=None if target is None else round(y(target), 1),
        across=_years(first, last, x),
        up=[Tick(round(y(part), 1), say.target(str(round(part, 6)))) for part in _steps(low, top)],
    )


def _years(first: int, last: int, x: Callable[[date], float]) -> list[Tick]:
    """The ends of the years between two days."""
    years = range(date.fromordinal(first).year, date.fromordinal(last).year + 1)
    ends = [date(year, 12, 31) for year in years if first <= date(year, 12, 31).toordinal() <= last]
    return [Tick(round(x(end), 1), str(end.year)) for end in ends]


def _runs(points: Sequence[Point]) -> list[list[tuple[date, float]]]:
    runs: list[list[tuple[date, float]]] = [[]]
    for day, value in points:
        if value is None:
            runs.append([])
        else:
            runs[-1].append((day, value))
    return [run for run in runs if run]


def _joined(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _top(most: float) -> float:
    """The least round share that leaves some room."""
    for step in (0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0):
        if most <= step * 0.98 or step == 1.0:
            return max(step, most)
    return most


def _steps(low: float, top: float) -> list[float]:
    step = top / 4
    return [low, *(step * n for n in range(1, 5))] if low >= 0 else [low, 0.0, top / 2, top]


class Tile(NamedTuple):
    """`level` from 0 (none) to 4 (at the target or beyond) of how near it comes; `value` is written in it."""

    column: int
    row: int
    name: str
    value: str
    level: int
    counts: str


def tiles(rows: Sequence[Mapping[str, Any]], target: float | None, unit: str, say: Reader) -> list[Tile]:
    """Units that have no place of their own follow below, in order."""
    places, free = _places(), max((row for _, row in _places().values()), default=0) + 1
    found, extra = [], 0
    for row in rows:
        column, line = places.get(row["unit_id"], (extra % COLUMNS + 1, free + extra // COLUMNS))
        extra += row["unit_id"] not in places
        share = None if row["decimal"] is None else float(row["decimal"])
        counts = f"{say.amount(row['numerator'], unit)} / {say.amount(row['denominator'], unit)}"
        name, value = say.pick(row["name"]), say.percent(row["decimal"])
        found.append(Tile(column, line, name, value, _level(share, target), counts))
    return found


def _level(share: float | None, target: float | None) -> int:
    if share is None:
        return 0
    reached = share / target if target else share
    return 4 if reached >= 1 else 1 + sum(reached >= limit for limit in (0.5, 0.8))


@cache
def _places() -> dict[str, tuple[int, int]]:
    found = yaml.safe_load((FOLDER / "tiles.yaml").read_text(encoding="utf-8"))
    return {unit: (column, row) for unit, (column, row) in found.items()}
