"""What a sample of answers says of all facilities: a share with its 95% interval.

With weights w and y = 1 for a facility that names a benefit, else 0:

- share p = Σwy / Σw;
- effective number of answers n = (Σw)² / Σw² (Kish 1965): unequal weights tell less than equal ones;
- where the number N of facilities is known, the finite population correction n ← n(N − 1) / (N − n), and a
  point when n >= N: then everybody was asked;
- Wilson's score interval (1927) at z = 1.959964: (p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n).

The sums are exact; only the two bounds are rounded, to `PLACES` decimals. Strata and clusters are not taken
into account.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from math import isqrt
from typing import NamedTuple

import msgspec

#: Of the standard normal distribution: 95% lie within.
Z = Fraction(1_959_964, 1_000_000)
LEVEL = Decimal("0.95")
#: Decimals of what is shown.
PLACES = 6
#: Decimals to which the square root is taken.
_DIGITS = 30


class Answered(NamedTuple):
    """`weight` > 0 is how many facilities the answer stands for; `names` whether it names a benefit."""

    weight: Decimal
    names: bool


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """`effective` is Kish's number before the correction; `low` <= `share` <= `high` but for rounding."""

    share: Fraction
    effective: Fraction
    low: Decimal
    high: Decimal


def estimate(answers: Iterable[Answered], population: int | None = None) -> Estimate | None:
    """None without an answer. `population` is N, None when it is not known."""
    total = naming = squares = Fraction(0)
    for weight, names in answers:
        exact = Fraction(weight)
        total += exact
        squares += exact * exact
        naming += exact if names else 0
    if total == 0:
        return None
    share, effective = naming / total, total * total / squares
    low, high = _interval(share, effective, population)
    return Estimate(share=share, effective=effective, low=rounded(low), high=rounded(high))


def rounded(value: Fraction, places: int = PLACES) -> Decimal:
    """Half-even."""
    return Decimal(round(value * 10**places)).scaleb(-places)


def _interval(share: Fraction, effective: Fraction, population: int | None) -> tuple[Fraction, Fraction]:
    if population is None:
        return _wilson(share, effective)
    if effective >= population:
        return share, share
    return _wilson(share, effective * (population - 1) / (population - effective))


def _wilson(p: Fraction, n: Fraction) -> tuple[Fraction, Fraction]:
    spread = Z * Z / n
    middle = p + spread / 2
    half = Z * _root(p * (1 - p) / n + spread / n / 4)
    return (middle - half) / (1 + spread), (middle + half) / (1 + spread)


def _root(value: Fraction) -> Fraction:
    """The square root, at most 10 ** -30 too small."""
    scale = 10**_DIGITS
    return Fraction(isqrt(value.numerator * scale * scale // value.denominator), scale)
