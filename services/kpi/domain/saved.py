"""What was saved a year in the units people speak of, and the middle of a multiset."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import msgspec

from services.kpi.domain.measures import SavingMeasure as S
from services.kpi.domain.rules import RuleSet, Words
from services.kpi.domain.texts import reason

_MILLION = Decimal(1_000_000)


class Saved(msgspec.Struct, frozen=True):
    """Expected − actual of the periods that count. Energy in TOE and GJ, CO2 in tonnes, money in VND at the
    baseline's prices, exact; `co2_of` and `vnd_of` are the facilities whose CO2 and money could be computed.
    What nobody's could be is None."""

    toe: str | None
    gj: str | None
    tco2: str | None
    vnd: int | None
    of: int
    co2_of: int
    vnd_of: int


class Median(msgspec.Struct, frozen=True):
    """`decimal` is exact to the unit in which the values are kept; `count` is how many there are."""

    decimal: str | None
    count: int
    reason: Words | None


def saved(sums: Sequence[int], measured: int, rules: RuleSet) -> Saved:
    """From `SavingMeasure` sums and the number of measured facilities."""
    goe = Decimal(sums[S.ENERGY_EXPECTED] - sums[S.ENERGY_ACTUAL])
    grams = Decimal(sums[S.CO2_EXPECTED] - sums[S.CO2_ACTUAL])
    return Saved(
        toe=_plain(goe / _MILLION) if measured else None,
        gj=_plain(goe * Decimal(rules.data.gj_per_toe) / _MILLION) if measured else None,
        tco2=_plain(grams / _MILLION) if sums[S.CO2_KNOWN] else None,
        vnd=sums[S.COST_EXPECTED] - sums[S.COST_ACTUAL] if sums[S.COST_KNOWN] else None,
        of=measured,
        co2_of=sums[S.CO2_KNOWN],
        vnd_of=sums[S.COST_KNOWN],
    )


def middle(spread: Sequence[tuple[int, int]]) -> Fraction | None:
    """Of (value, count), ascending: the value in the middle, or halfway between the two; None of none."""
    total = sum(count for _, count in spread)
    if not total:
        return None
    return Fraction(_nth(spread, (total - 1) // 2) + _nth(spread, total // 2), 2)


def median(spread: Sequence[tuple[int, int]], scale: int, empty: str) -> Median:
    """`scale` is how many of the kept unit make one of the shown; `empty` the reason when there is none."""
    found = middle(spread)
    if found is None:
        return Median(None, 0, reason(empty))
    shown = Decimal(found.numerator) / Decimal(found.denominator * scale)
    return Median(_plain(shown), sum(count for _, count in spread), None)


def _nth(spread: Sequence[tuple[int, int]], index: int) -> int:
    for value, count in spread:
        if index < count:
            return value
        index -= count
    raise IndexError(index)


def _plain(value: Decimal) -> str:
    """Without an exponent."""
    return f"{value:f}"
