"""A run as a picture: how far each limit is kept, and the cost curves beside their floors.

`python -m bench.chart bench/results/X.json docs/benchmarks.svg` draws the numbers that a run kept. Nothing is
told by colour alone.
"""

from __future__ import annotations

import json
import math
import statistics
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from bench.drawing import (
    Axis,
    across,
    brief,
    cut,
    diamond,
    dot,
    down,
    picture,
    square,
    text,
    through,
)

Json = dict[str, Any]

WIDTH, EDGE = 920, 24
#: Of the limits: where their names end, where the axis begins and ends, where the words begin; height of one.
NAMES, FROM, TO, SAID, LINE = 372, 392, 640, 660, 22
#: Of a cost curve.
PANEL, TALL, GAP, COLUMNS = 276, 256, 22, 3
#: The least and most that an axis of rates shows are at least so many times apart: no ado about little.
APART = 6.0


def draw(run: Path, chart: Path) -> None:
    """The JSON of a run -> an SVG file."""
    chart.write_text(drawn(json.loads(run.read_text(encoding="utf-8"))), encoding="utf-8")


def drawn(run: Json) -> str:
    limits, curves = _limits(run["rows"]), _curves(run["rows"])
    parts = [
        text(EDGE, 36, "What is held, and what ten times as much costs", "ink head"),
        text(EDGE, 56, _about(run), "soft"),
    ]
    bottom = 64.0
    if limits:
        parts += _margins(limits, bottom + 30)
        bottom += 90 + LINE * len(limits)
    if curves:
        parts += _panels(curves, bottom + 30)
        bottom += 66 + math.ceil(len(curves) / COLUMNS) * (TALL + GAP)
    return picture(WIDTH, bottom + EDGE / 2, "Measured speed", _aloud(limits, curves), parts)


def _about(run: Json) -> str:
    size = {"full": "full run", "quick": "quick run, smaller sizes", "ci": "short run of CI"}[run["size"]]
    cores = f"{run['machine']['cpus']} cores, load {run['load'][0]:.1f} at the end"
    return f"{run['at'][:10]}, {size}, {cores}. Medians; each floor measured by turns with what it is for."


class Limit(NamedTuple):
    """`what` is empty where the line above is of the same row. `margins`: 1 just holds, less does not."""

    what: str
    said: str
    holds: bool
    margins: list[float]

    @property
    def margin(self) -> float:
        return statistics.median(self.margins)


def _limits(rows: Iterable[Json]) -> list[Limit]:
    """Of rows with one key (the pages) the one that comes nearest to its limit, or is furthest beyond it."""
    groups: dict[str, list[Json]] = {}
    for row in rows:
        if row["checks"] and not row["point"]:
            groups.setdefault(row["key"], []).append(row)
    return [limit for key, group in groups.items() for limit in _of_group(key, group)]


def _of_group(key: str, group: list[Json]) -> Iterator[Limit]:
    worst = min(group, key=lambda row: min(check["margin"] for check in row["checks"]))
    what = worst["what"] if len(group) == 1 else f"{key}, the slowest of {len(group)}: {worst['what']}"
    for check in worst["checks"]:
        at_least, limit, value = check["at_least"], check["limit"], check["value"]
        said = f"{value:,.{0 if value >= 10 else 2}f} {check['what']}, {'≥' if at_least else '≤'} {limit:,g}"
        margins = [value / limit if at_least else limit / value for value in check["values"]]
        yield Limit(what, said if check["holds"] else f"{said}: fails", check["holds"], margins)
        what = ""


def _margins(limits: Sequence[Limit], top: float) -> Iterator[str]:
    yield text(EDGE, top, "How far each limit is kept", "ink part")
    said = "1 just holds; what is right of it has room, what is left of it fails. Bar: range of the rounds."
    yield text(EDGE, top + 18, said, "soft")
    all_ = [margin for each in limits for margin in each.margins]
    axis = Axis(min(0.4, min(all_) / 1.15), max(2.5, max(all_) * 1.15), FROM, TO)
    first = top + 52
    for tick in axis.powers_of_two():
        x = axis.at(tick)
        yield down("limit" if tick == 1 else "grid", x, first - 8, first + LINE * len(limits) - 6)
        yield text(x, first - 14, f"1/{1 / tick:g}" if tick < 1 else f"{tick:g}", "soft small mid")
    for number, each in enumerate(limits):
        y, x, css = first + LINE * number + 6, axis.at(each.margin), "line" if each.holds else "over"
        yield text(NAMES, y + 4, cut(each.what, 60), "ink end")
        yield across(css, axis.at(1), y, x)
        yield across(f"{css} range", axis.at(min(each.margins)), y, axis.at(max(each.margins)))
        yield dot(x, y) if each.holds else diamond(x, y)
        yield text(SAID, y + 4, each.said, "ink" if each.holds else "fails")


def _curves(rows: Iterable[Json]) -> list[list[Json]]:
    groups: dict[tuple[str, str], list[Json]] = {}
    for row in rows:
        if row["point"]:
            groups.setdefault((row["point"]["curve"], row["point"]["axis"]), []).append(row)
    return list(groups.values())


def _panels(curves: Sequence[list[Json]], top: float) -> Iterator[str]:
    yield text(EDGE, top, "What ten times as much costs", "ink part")
    said = (
        "Rates on logarithmic axes: where the two lines run alike, ten times as much costs no more than raw."
    )
    yield text(EDGE, top + 18, said, "soft")
    x = WIDTH - EDGE - 214
    yield from (
        across("line", x, top - 4, x + 28),
        dot(x + 14, top - 4),
        text(x + 36, top, "measured", "ink"),
    )
    x += 112
    yield from (across("floor", x, top - 4, x + 28), square(x + 14, top - 4))
    yield text(x + 36, top, "its raw floor", "ink")
    for number, rows in enumerate(curves):
        x = EDGE + (number % COLUMNS) * (PANEL + GAP)
        yield from _panel(rows, x, top + 40 + (number // COLUMNS) * (TALL + GAP))


def _panel(rows: Sequence[Json], x: float, top: float) -> Iterator[str]:
    point, bottom = rows[0]["point"], top + TALL - 76
    ats = [row["point"]["at"] for row in rows]
    along = Axis(ats[0], ats[-1], x + 70, x + PANEL - 28)
    up = _rates([value for row in rows for value in (*row["samples"], *row["floors"])], bottom, top + 40)
    yield text(x, top + 14, point["curve"], "ink part")
    yield text(x, top + 30, rows[0]["unit"], "soft small")
    for tick in up.round_values():
        yield across("grid", x + 42, up.at(tick), x + PANEL)
        yield text(x + 36, up.at(tick) + 4, brief(tick), "soft small end")
    for at in ats:
        yield text(along.at(at), bottom + 20, brief(at), "soft small mid")
    yield text(x + PANEL / 2 + 21, bottom + 34, point["axis"], "soft small mid")
    yield from _line(rows, "floors", "samples", along, up)
    yield from _line(rows, "samples", "floors", along, up)
    for number, (said, holds) in enumerate((_beside(rows), _kept(rows))):
        yield text(x, bottom + 54 + 16 * number, said, "ink small" if holds else "fails small")


def _rates(values: Sequence[float], bottom: float, top: float) -> Axis:
    """With room for what is written above the highest and below the lowest."""
    low, high = min(values), max(values)
    apart = max((high / low) ** 1.5, APART)
    middle = math.sqrt(low * high)
    return Axis(middle / math.sqrt(apart), middle * math.sqrt(apart), bottom, top)


def _line(rows: Sequence[Json], name: str, other: str, along: Axis, up: Axis) -> Iterator[str]:
    css, mark = ("line", dot) if name == "samples" else ("floor", square)
    middles = [statistics.median(row[name]) for row in rows]
    places = [(along.at(row["point"]["at"]), up.at(value)) for row, value in zip(rows, middles, strict=True)]
    yield through(css, places)
    for row, (x, y), middle in zip(rows, places, middles, strict=True):
        low, high = up.at(min(row[name])), up.at(max(row[name]))
        above = middle > statistics.median(row[other])
        yield down(f"{css} range", x, low, high)
        yield mark(x, y)
        yield text(
            x, min(high, y - 4) - 6 if above else max(low, y + 4) + 14, brief(middle), "ink small mid halo"
        )


def _beside(rows: Sequence[Json]) -> tuple[str, bool]:
    said = [f"{statistics.median(row['ratios']):.2f}" for row in rows]
    for check in rows[0]["checks"]:
        said[0] += f" (≥ {check['limit']:g}{'' if check['holds'] else ': fails'})"
    return f"x floor: {' → '.join(said)}", all(check["holds"] for check in rows[0]["checks"])


def _kept(rows: Sequence[Json]) -> tuple[str, bool]:
    """Of the ratio at the point before."""
    checks = [check for row in rows[1:] for check in row["checks"]]
    kept = ", then ".join(f"{check['value']:.2f}" for check in checks)
    holds = all(check["holds"] for check in checks)
    said = f"ten times as much keeps {kept} of it, ≥ {checks[0]['limit']:g}"
    return said if holds else f"{said}: fails", holds


def _aloud(limits: Sequence[Limit], curves: Sequence[Sequence[Json]]) -> str:
    """The picture in words."""
    fails = [each.said for each in limits if not each.holds]
    held = f"{len(limits) - len(fails)} of {len(limits)} limits hold."
    kept = [f"{rows[0]['what']} and more: {_kept(rows)[0]}." for rows in curves]
    return " ".join([held, *(f"{each}." for each in fails), *kept])


if __name__ == "__main__":
    draw(Path(sys.argv[1]), Path(sys.argv[2]))
