"""One measure of a supporting indicator (S1 to S6): a number, a share, a median or a sum of money."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from functools import cache

import msgspec
import yaml

from services.kpi.domain.rules import FOLDER, Words
from services.kpi.domain.saved import median
from services.kpi.domain.texts import reason

_SIX = Decimal("0.000001")


class Figure(msgspec.Struct, frozen=True):
    """`value` is exact, ``"12"`` or ``"7/12"``; `decimal` for display. A number has no denominator. Without a
    value there is a `reason`. `expected` is what is wanted of it (`domain.aims`), `met` whether it is so."""

    measure: str
    unit: str
    value: str | None
    decimal: str | None
    numerator: int | None = None
    denominator: int | None = None
    reason: Words | None = None
    expected: int | None = None
    met: bool | None = None

    @property
    def name(self) -> Words:
        return measure_names()[self.measure]

    @property
    def amount(self) -> Fraction | None:
        """What is compared with the plan: what a share counts, also of nothing, else the value."""
        if self.numerator is not None:
            return Fraction(self.numerator)
        return None if self.value is None else Fraction(self.value)


@cache
def measure_names() -> dict[str, Words]:
    text = (FOLDER / "words" / "measures.yaml").read_text(encoding="utf-8")
    return msgspec.convert(yaml.safe_load(text), dict[str, Words])


def number(measure: str, unit: str, count: int) -> Figure:
    return Figure(measure, unit, str(count), str(count), count)


def share(measure: str, unit: str, part: int, whole: int, empty: str) -> Figure:
    """`empty` is the reason when there is nothing to have a share of."""
    if not whole:
        return Figure(measure, unit, None, None, part, whole, reason(empty))
    rounded = (Decimal(part) / Decimal(whole)).quantize(_SIX, ROUND_HALF_EVEN)
    return Figure(measure, unit, f"{part}/{whole}", str(rounded), part, whole)


def middle_of(measure: str, unit: str, spread: Sequence[tuple[int, int]], scale: int, empty: str) -> Figure:
    """The denominator says of how many it is the median."""
    found = median(spread, scale, empty)
    return Figure(measure, unit, found.decimal, found.decimal, None, found.count, found.reason)


def tonnes(measure: str, unit: str, grams: int, known: int, empty: str) -> Figure:
    """The denominator says of how many facilities."""
    if not known:
        return Figure(measure, unit, None, None, None, 0, reason(empty))
    exact = f"{Decimal(grams) / 1_000_000:f}"
    return Figure(measure, unit, exact, exact, None, known)


def undivided(measure: str, unit: str) -> Figure:
    """Of a choice that nothing is known to divide the measure by."""
    return Figure(measure, unit, None, None, None, None, reason("not-divided"))
