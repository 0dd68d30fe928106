"""The saving that a follow-up shows against the baseline, per unit of product, exactly; or why there is none.

Energy is in TOE and GJ (fuel is a part of it), CO2 in tonnes by one factor year for both periods, water in
m³, materials and cost in VND at the baseline's prices. Nothing is rounded here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Literal

import msgspec

from services.audits.domain.comparison import ZERO, CannotCompute, Comparison, Key, by_key
from services.audits.domain.factors import factors, toe_per
from services.audits.domain.measurement import Flow, Measurement
from services.audits.domain.rules import add_months
from services.audits.domain.units import NotConvertible, conversion

Quantity = Literal["energy", "fuel", "water", "material", "co2", "cost"]
QUANTITIES: tuple[Quantity, ...] = ("energy", "fuel", "water", "material", "co2", "cost")
GROUPS: tuple[Quantity, ...] = ("energy", "fuel", "water", "material")


class Reason(msgspec.Struct, frozen=True):
    """`code` is a key of data/reasons.yaml, `detail` what its sentence names."""

    code: str
    detail: str = ""


class Pair(msgspec.Struct, frozen=True):
    """Energy and fuel in TOE, water in m³, material and cost in VND, CO2 in tonnes."""

    expected: Fraction
    actual: Fraction

    @property
    def saved(self) -> Fraction:
        return self.expected - self.actual


class Saving(msgspec.Struct, frozen=True):
    """Of every quantity either a pair or a reason. `by_product` is energy in TOE, where it can be divided.

    `new_products` are those of the follow-up that the baseline does not hold: left out.
    """

    pairs: dict[Quantity, Pair]
    reasons: dict[Quantity, Reason]
    by_product: dict[str, Pair] = {}
    new_products: tuple[str, ...] = ()


def saving_of(baseline: Measurement | None, later: Measurement) -> Saving:
    try:
        if baseline is None:
            raise CannotCompute("no-baseline")
        comparable(baseline, later)
    except CannotCompute as why:
        return Saving({}, dict.fromkeys(QUANTITIES, Reason(why.code, why.detail)))
    return _Computation(baseline, later).saving()


def comparable(baseline: Measurement, later: Measurement) -> None:
    """Raises `CannotCompute` when the two can not be set against each other at all."""
    same_months(baseline, later)
    if not baseline.products:
        raise CannotCompute("no-product")
    for product in baseline.products:
        if product.output <= 0:
            raise CannotCompute("zero-output", product.name or product.code)
    same_units(baseline, later)


def same_months(baseline: Measurement, later: Measurement) -> None:
    for period in (baseline.period, later.period):
        if add_months(period.start, 12).toordinal() != period.end.toordinal() + 1:
            raise CannotCompute("not-twelve-months", f"{period.start} – {period.end}")
    first, second = baseline.period.start, later.period.start
    if (first.month, first.day) != (second.month, second.day):
        raise CannotCompute("months-differ", f"{first} / {second}")
    if second <= baseline.period.end:
        raise CannotCompute("overlap", f"{baseline.period.end} / {second}")


def same_units(baseline: Measurement, later: Measurement) -> None:
    units = {product.code: product.unit for product in baseline.products}
    for product in later.products:
        before = units.get(product.code, product.unit)
        if before != product.unit:
            raise CannotCompute("unit-differs", f"{product.name or product.code}: {before} / {product.unit}")


def amount(flow: Flow, on: date) -> Fraction:
    """In TOE, m³ or kg. Raises `CannotCompute` for a unit that does not convert."""
    factor: Fraction | None
    try:
        if flow.resource == "water":
            factor = conversion(flow.unit, "m3")
        elif flow.resource == "material":
            factor = conversion(flow.unit, "kg")
        else:
            factor = toe_per(flow.resource, flow.unit, on)
    except NotConvertible:
        factor = None
    if factor is None:
        raise CannotCompute("no-factor", f"{flow.resource} ({flow.unit})")
    return Fraction(flow.quantity) * factor


class _Computation:
    def __init__(self, baseline: Measurement, later: Measurement) -> None:
        self._on = later.period.end
        self._new = tuple(
            product.name or product.code
            for product in later.products
            if product.code not in {each.code for each in baseline.products}
        )
        self._comparison = Comparison(baseline, later, self._amount)
        self._before, self._after = by_key(baseline.flows), by_key(later.flows)
        self._pairs: dict[Key, Pair] = {}
        self._failures: dict[Key, Reason] = {}
        self._products: dict[str, Pair] | None = dict.fromkeys(self._comparison.before, Pair(ZERO, ZERO))
        for key in sorted(self._before.keys() | self._after.keys()):
            try:
                self._pairs[key] = self._pair(key)
            except CannotCompute as why:
                self._failures[key] = Reason(why.code, why.detail)

    def saving(self) -> Saving:
        pairs: dict[Quantity, Pair] = {}
        reasons: dict[Quantity, Reason] = {}
        for group in GROUPS:
            try:
                pairs[group] = self._group(group)
            except CannotCompute as why:
                reasons[group] = Reason(why.code, why.detail)
        derived: dict[Quantity, Callable[[], Pair]] = {"co2": self._co2, "cost": self._cost}
        for quantity, derive in derived.items():
            try:
                if "energy" in reasons:
                    raise CannotCompute(reasons["energy"].code, reasons["energy"].detail)
                pairs[quantity] = derive()
            except CannotCompute as why:
                reasons[quantity] = Reason(why.code, why.detail)
        by_product = self._products if "energy" in pairs and self._products is not None else {}
        return Saving(pairs, reasons, by_product, self._new)

    def _amount(self, flow: Flow) -> Fraction:
        return amount(flow, self._on)

    def _pair(self, key: Key) -> Pair:
        """In TOE or m³; of a material in VND at the baseline's price."""
        price = self._price(key) if key[0] == "material" else Fraction(1)
        expected = self._comparison.expected(self._before.get(key, []))
        actual, shares = self._comparison.actual(self._after.get(key, []))
        if _groups_of(key)[0] == "energy":
            self._add_to_products(expected, shares)
        return Pair(price * sum(expected.values(), ZERO), price * actual)

    def _add_to_products(self, expected: dict[str, Fraction], actual: dict[str, Fraction] | None) -> None:
        if self._products is None or actual is None:
            self._products = None
            return
        for code, known in self._products.items():
            self._products[code] = Pair(known.expected + expected[code], known.actual + actual[code])

    def _group(self, group: Quantity) -> Pair:
        for key in self._failures:
            if group in _groups_of(key):
                raise CannotCompute(self._failures[key].code, self._failures[key].detail)
        found = [pair for key, pair in self._pairs.items() if group in _groups_of(key)]
        total = Pair(sum((p.expected for p in found), ZERO), sum((p.actual for p in found), ZERO))
        if group == "energy" and not total.expected:
            raise CannotCompute("no-expected")
        if not found:
            raise CannotCompute("no-flow")
        if group == "water" and not total.expected:
            raise CannotCompute("no-expected")
        return total

    def _co2(self) -> Pair:
        expected, actual = ZERO, ZERO
        for key, pair in self._pairs.items():
            if _groups_of(key)[0] != "energy":
                continue
            factor = factors().co2_per_toe(key[0], self._on)
            if factor is None:
                raise CannotCompute("no-co2-factor", key[0])
            expected, actual = expected + pair.expected * factor, actual + pair.actual * factor
        return Pair(expected, actual)

    def _cost(self) -> Pair:
        """Flows without a cost in the baseline are left out on both sides. What the baseline does not hold at
        all would only be spent, never saved, so it must not appear later."""
        expected, actual, priced = ZERO, ZERO, False
        for key, pair in self._pairs.items():
            flows = self._before.get(key)
            if not flows:
                if pair.actual:
                    raise CannotCompute("no-price", key[1] or key[0])
                continue
            try:
                price = Fraction(1) if key[0] == "material" else self._price(key)
            except CannotCompute:
                continue
            priced = True
            expected, actual = expected + price * pair.expected, actual + price * pair.actual
        if not priced:
            raise CannotCompute("no-prices")
        return Pair(expected, actual)

    def _price(self, key: Key) -> Fraction:
        """Baseline VND per kg, TOE or m³."""
        flows = self._before.get(key, [])
        quantity = sum((self._amount(flow) for flow in flows), ZERO)
        if not quantity or any(flow.cost_vnd is None for flow in flows):
            raise CannotCompute("no-price", key[1])
        return Fraction(sum(flow.cost_vnd or 0 for flow in flows)) / quantity


def _groups_of(key: Key) -> tuple[Quantity, ...]:
    match key[0]:
        case "water":
            return ("water",)
        case "material":
            return ("material",)
        case "electricity":
            return ("energy",)
    return ("energy", "fuel")
