"""Payback in years: investment / yearly net saving, exactly; rounded half-even only to be shown."""

from __future__ import annotations

from fractions import Fraction


def payback(investment_vnd: int | None, yearly_saving_vnd: int | None) -> Fraction | None:
    """None when either is not known, or nothing is saved."""
    if investment_vnd is None or not yearly_saving_vnd:
        return None
    return Fraction(investment_vnd, yearly_saving_vnd)


def hundredths(value: Fraction) -> int:
    return round(value * 100)


def years(value: Fraction) -> str:
    """``"2.00"``"""
    whole, rest = divmod(hundredths(value), 100)
    return f"{whole}.{rest:02}"
