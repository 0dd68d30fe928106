"""What ten times as many writers, events or facilities cost: each point of a curve against its own floor.

A floor that gets slower with size is the machine's and the database's; what is held is that we do not get
slower than it. So a point's ratio to its floor must not fall much under that of the point before it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

from bench.results import Check, Point, Row, by_turns

#: Of the ratio at the point before: see docs/benchmarks.md for why.
FLAT = 0.7


class Measured(NamedTuple):
    """One point: what is measured, and its floor, both as rates."""

    at: int
    work: Callable[[], float]
    floor: Callable[[], float]


def curve(
    name: str,
    axis: str,
    unit: str,
    floor: str,
    rounds: int,
    points: Sequence[Measured],
    least: float | None = None,
) -> list[Row]:
    """The points of a curve, least first, measured by turns. `least`: what the first must be of its floor,
    where no other row holds that."""
    works = [work for point in points for work in (point.work, point.floor)]
    found = by_turns(name, rounds, works)
    rows = [
        Row(
            key=f"{name}, {point.at} {axis}",
            what=f"{name}, {point.at:,} {axis if point.at > 1 else axis.removesuffix('s')}",
            unit=unit,
            samples=samples,
            floor=floor,
            floors=floors,
            point=Point(name, axis, point.at),
        )
        for point, samples, floors in zip(points, found[::2], found[1::2], strict=True)
    ]
    if least is not None:
        rows[0].hold_ratio(least)
    for before, after in pairwise(rows):
        kept = [b / a for a, b in zip(before.ratios, after.ratios, strict=True)]
        at = before.point.at if before.point else 0
        after.checks.append(Check(f"x the ratio at {at:,}", kept, FLAT, in_ci=FLAT))
    return rows
