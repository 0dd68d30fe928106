"""Rows, their rounds and what each must hold."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from bench.progress import tell


@dataclass
class Check:
    """The median of `values`, one of each round, must be at least (or at most) `limit`.

    `in_ci` is the limit that CI holds it to; None where it is no ratio: CI's machine says nothing about
    absolute times. Where it is another than `limit`, `why` says why.
    """

    what: str
    values: list[float]
    limit: float
    at_least: bool = True
    in_ci: float | None = None
    why: str = ""

    @property
    def value(self) -> float:
        return statistics.median(self.values)

    @property
    def holds(self) -> bool:
        return self._within(self.limit)

    @property
    def holds_in_ci(self) -> bool:
        return self.in_ci is None or self._within(self.in_ci)

    @property
    def margin(self) -> float:
        """How often the limit is kept: 1 just holds, less does not."""
        kept = (self.value, self.limit) if self.at_least else (self.limit, self.value)
        return kept[0] / kept[1]

    def _within(self, limit: float) -> bool:
        return self.value >= limit if self.at_least else self.value <= limit


class Point(NamedTuple):
    """Where on a cost curve a row stands: at `at` of what `axis` counts."""

    curve: str
    axis: str
    at: int


@dataclass
class Row:
    """One measurement. `samples` and `floors` are rates or sizes in `unit`, one of each a round."""

    key: str
    what: str
    unit: str
    samples: list[float]
    floor: str = ""
    floors: list[float] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    point: Point | None = None

    @property
    def holds(self) -> bool:
        return all(check.holds for check in self.checks)

    @property
    def holds_in_ci(self) -> bool:
        return all(check.holds_in_ci for check in self.checks)

    @property
    def ratios(self) -> list[float]:
        """Each round against the floor that was measured beside it."""
        return [a / b for a, b in zip(self.samples, self.floors, strict=True)] if self.floors else []

    def hold_ratio(self, limit: float, in_ci: float | None = None, why: str = "") -> Row:
        """`in_ci` and `why` where the short run of CI can not be held to the same."""
        self.checks.append(Check("x floor", self.ratios, limit, in_ci=in_ci or limit, why=why))
        return self


def together(first: Row, second: Row) -> Row:
    """The rounds of both, of a row that was measured twice."""
    checks = [
        replace(a, values=a.values + b.values) for a, b in zip(first.checks, second.checks, strict=True)
    ]
    return replace(
        first, samples=first.samples + second.samples, floors=first.floors + second.floors, checks=checks
    )


def by_turns(what: str, rounds: int, works: Sequence[Callable[[], float]]) -> list[list[float]]:
    """What each finds, round by round, forwards and backwards: what disturbs the machine disturbs all."""
    found: list[list[float]] = [[] for _ in works]
    for number in range(rounds):
        tell(f"{what}: round {number + 1} of {rounds}")
        turns = list(zip(works, found, strict=True))
        for work, values in reversed(turns) if number % 2 else turns:
            values.append(work())
    return found


def interleaved(
    what: str, rounds: int, measure: Callable[[], float], floor: Callable[[], float]
) -> tuple[list[float], list[float]]:
    samples, floors = by_turns(what, rounds, [measure, floor])
    return samples, floors


def shown(values: Sequence[float]) -> str:
    """Median, and the range."""
    if not values:
        return ""
    middle, low, high = statistics.median(values), min(values), max(values)
    digits = 0 if middle >= 10 else 2
    spread = "" if low == high else f" ({low:,.{digits}f} … {high:,.{digits}f})"
    return f"{middle:,.{digits}f}{spread}"
