"""Conversion of units by dimension, exactly: a small unit registry of what measurements are given in.

Pint's own table of a thousand units is not loaded: it takes a second, and a unit that is not listed here must
be refused rather than guessed.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any

import pint

#: Base units are the kilogram, the cubic metre, the joule and the đồng: mass, volume, energy, money.
_DEFINITIONS = (
    "kg = [mass]",
    "t = 1000 * kg",
    "m3 = [volume]",
    "thousand_m3 = 1000 * m3",
    "kl = m3",
    "l = m3 / 1000",
    "J = [energy]",
    "MJ = 1000000 * J",
    "GJ = 1000 * MJ",
    "kWh = 3600000 * J",
    "MWh = 1000 * kWh",
    "VND = [currency]",
)
#: Names on the wire that can not be names of a unit.
_SPELLED = {"1000m3": "thousand_m3"}


class NotConvertible(Exception):
    """The two units are of different kinds, or one is not known."""


@cache
def conversion(unit: str, to: str) -> Fraction:
    """How many `to` one `unit` is: ``conversion("MWh", "kWh") == 1000``. Raises `NotConvertible`."""
    registry = _registry()
    try:
        one = registry.Quantity(Fraction(1), _SPELLED.get(unit, unit))
        return Fraction(one.to(_SPELLED.get(to, to)).magnitude)
    except (pint.DimensionalityError, pint.UndefinedUnitError):
        raise NotConvertible(unit, to) from None


@cache
def _registry() -> Any:
    registry: Any = pint.UnitRegistry(None, non_int_type=Fraction)
    registry.load_definitions(list(_DEFINITIONS))
    return registry
