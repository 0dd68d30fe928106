"""What a sample says of all facilities: a weighted share and its 95% interval. Never added to the census.

With weights w and y = 1 for an answer that names a benefit, p = Σwy / Σw. The effective number of answers is
Kish's, (Σw)² / Σw²; with a known population N it is corrected to n (N − 1) / (N − n), and when all were
asked the interval is a point. The interval is Wilson's at z = 1.959964.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction

import msgspec

METHOD = "wilson-kish-95"
Z = Decimal("1.959964")

_SIX = Decimal("0.000001")


class Estimate(msgspec.Struct, frozen=True):
    """`value` is exact; the interval is rounded half-even to six places. All None when nobody answered."""

    value: str | None
    decimal: str | None
    low: str | None
    high: str | None
    answers: int
    population: int | None


def estimate(answers: int, weight: int, naming: int, squared: int, population: int | None = None) -> Estimate:
    """From the sums over the answers that hold, in one unit of weight: n, Σw, Σwy, Σw²."""
    if answers <= 0 or weight <= 0:
        return Estimate(None, None, None, None, 0, population)
    share = Fraction(naming, weight)
    with localcontext() as context:
        context.prec = 50
        p = _decimal(share)
        spread = _effective(Fraction(weight * weight, squared), population)
        low, high = (p, p) if spread is None else _wilson(p, _decimal(spread))
        return Estimate(f"{naming}/{weight}", _six(p), _six(low), _six(high), answers, population)


def _effective(kish: Fraction, population: int | None) -> Fraction | None:
    """None: as many as there are, nothing is left to chance."""
    if population is None:
        return kish
    if kish >= population:
        return None
    return kish * (population - 1) / (population - kish) if population > 1 else None


def _wilson(p: Decimal, n: Decimal) -> tuple[Decimal, Decimal]:
    z2 = Z * Z
    middle = p + z2 / (2 * n)
    half = Z * (p * (1 - p) / n + z2 / (4 * n * n)).sqrt()
    scale = 1 + z2 / n
    return max(Decimal(0), (middle - half) / scale), min(Decimal(1), (middle + half) / scale)


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def _six(value: Decimal) -> str:
    return str(value.quantize(_SIX, ROUND_HALF_EVEN))
