"""Saving per unit of product, exactly.

Expected is the baseline's specific consumption x the later output; it is set against the actual input. A flow
with a product is that product's meter. A flow without one is shared by the products that have no meter of the
same resource (by all, when all have one), in proportion to output x the equivalence coefficient fixed at the
baseline. Products that the baseline does not hold are left out, output and input.

CO2 is that of the energy: of fuels by what they give off when burnt, of electricity by the factor of the grid
in the year in which the later period ends, for both periods. Money is that of the flows that have a cost in
the baseline, at the baseline's prices.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import cached_property

import msgspec

from services.kpi.domain.facts import Saving
from services.kpi.domain.ratio import Ratio, Rational, differs, saves
from services.kpi.domain.rules import RuleSet, add_months

GROUPS = ("energy", "fuel", "water", "material")
ELECTRICITY = "electricity"

#: (resource, name of the material or "")
Key = tuple[str, str]
Amounts = tuple[Ratio, Ratio]


class Period(msgspec.Struct, frozen=True, gc=False):
    start: date
    end: date


class Product(msgspec.Struct, frozen=True, gc=False):
    code: str
    unit: str
    output: Decimal
    name: str = ""
    equivalence: Decimal | None = None


class Flow(msgspec.Struct, frozen=True, gc=False):
    resource: str
    quantity: Decimal
    unit: str
    name: str | None = None
    cost_vnd: int | None = None
    product: str | None = None

    @property
    def key(self) -> Key:
        return self.resource, (self.name or "") if self.resource == "material" else ""


class Measurement(msgspec.Struct, frozen=True, gc=False):
    period: Period
    products: tuple[Product, ...]
    flows: tuple[Flow, ...]


class CannotCompute(Exception):
    """`code` and `detail` are for `texts.reason`."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.reason = (code, detail)


_decoder: msgspec.json.Decoder[Measurement] = msgspec.json.Decoder(Measurement)


def saving_of(baseline: bytes | None, follow_up: bytes, rules: RuleSet) -> Saving:
    """From measurements as their JSON. Amounts are rounded half-even once, here, per facility and group."""
    try:
        if baseline is None:
            raise CannotCompute("no-baseline")
        return compute(_decoder.decode(baseline), _decoder.decode(follow_up), rules)
    except CannotCompute as why:
        return Saving(reasons=dict.fromkeys((*GROUPS, "co2", "cost"), why.reason))


def compute(baseline: Measurement, later: Measurement, rules: RuleSet) -> Saving:
    """Raises `CannotCompute` when the two measurements cannot be compared at all."""
    _comparable(baseline, later)
    pair = _Comparison(baseline, later, rules)
    amounts, failures = _by_key(pair)
    exact, reasons = _by_group(amounts, failures)
    result = Saving(reasons=reasons)
    for name, derived in (("co2", _co2), ("cost", _cost)):
        try:
            if "energy" in reasons:
                raise CannotCompute(*reasons["energy"])
            expected, actual = derived(pair, amounts)
            setattr(result, name, (round(expected), round(actual)))
        except CannotCompute as why:
            reasons[name] = why.reason
    for group, (expected, actual) in exact.items():
        setattr(result, group, (round(expected), round(actual)))
    result.outliers = [
        group for group, (e, a) in exact.items() if e.numerator > 0 and differs(e, a, rules.outlier_limit)
    ]
    if "energy" in exact:
        expected, actual = exact["energy"]
        result.strict8 = saves(expected, actual, rules.strict_high)
        result.strict5 = saves(expected, actual, rules.strict_low)
    return result


def _comparable(baseline: Measurement, later: Measurement) -> None:
    for period in (baseline.period, later.period):
        if add_months(period.start.toordinal(), 12) != period.end.toordinal() + 1:
            raise CannotCompute("not-twelve-months", f"{period.start} – {period.end}")
    first, second = baseline.period.start, later.period.start
    if (first.month, first.day) != (second.month, second.day):
        raise CannotCompute("months-differ", f"{first} / {second}")
    if second <= baseline.period.end:
        raise CannotCompute("overlap", f"{baseline.period.end} / {second}")
    if not baseline.products:
        raise CannotCompute("no-product")
    units = {product.code: product.unit for product in baseline.products}
    for product in baseline.products:
        if product.output <= 0:
            raise CannotCompute("zero-output", product.name or product.code)
    for product in later.products:
        if product.code in units and units[product.code] != product.unit:
            raise CannotCompute(
                "unit-differs", f"{product.name or product.code}: {units[product.code]} / {product.unit}"
            )


class _Comparison:
    def __init__(self, baseline: Measurement, later: Measurement, rules: RuleSet) -> None:
        self.rules, self.on = rules, later.period.end
        self.baseline, self.later = baseline, later
        self.flows_before, self.flows_after = _grouped(baseline.flows), _grouped(later.flows)
        self.before = {p.code: Ratio.of(p.output) for p in baseline.products}
        self.after = {p.code: Ratio.of(p.output) for p in later.products}
        #: Later output by earlier output, when one product is all there is and no meter is told apart.
        self.growth: Ratio | None = None
        if len(self.before) == len(self.after) == 1 and self.before.keys() == self.after.keys():
            (code,) = self.before
            if not [flow for flow in (*baseline.flows, *later.flows) if flow.product is not None]:
                self.growth = self.after[code] / self.before[code]

    @cached_property
    def names(self) -> dict[str, str]:
        return {p.code: p.name or p.code for p in (*self.baseline.products, *self.later.products)}

    @cached_property
    def coefficients(self) -> dict[str, Decimal | None]:
        found = {p.code: p.equivalence for p in self.baseline.products}
        if len(self.baseline.products) == 1:
            (only,) = self.baseline.products
            found[only.code] = only.equivalence or Decimal(1)
        return found

    @cached_property
    def new(self) -> dict[str, Decimal | None]:
        products = self.later.products
        return {p.code: p.equivalence for p in products if p.code not in self.before and p.output > 0}

    def amount(self, flow: Flow) -> Ratio:
        """In grams of oil equivalent, litres or kilograms."""
        factor: Rational | None
        if flow.resource == "water":
            factor = self.rules.water_litres.get(flow.unit)
        elif flow.resource == "material":
            factor = self.rules.material_kg.get(flow.unit)
        else:
            factor = self.rules.grams(flow.resource, flow.unit, self.on)
        if factor is None:
            raise CannotCompute("no-factor", f"{flow.resource} ({flow.unit})")
        numerator, denominator = flow.quantity.as_integer_ratio()
        return Ratio(numerator * factor.numerator, denominator * factor.denominator)

    def _total(self, flows: list[Flow]) -> Ratio:
        if len(flows) == 1:
            return self.amount(flows[0])
        return sum((self.amount(flow) for flow in flows), Ratio(0))

    def expected(self, flows: list[Flow]) -> Ratio:
        if self.growth is not None:
            return self._total(flows) * self.growth
        metered = {flow.product for flow in flows if flow.product}
        sharing = [code for code in self.before if code not in metered] or list(self.before)
        total = Ratio(0)
        for flow in flows:
            amount = self.amount(flow)
            if flow.product:
                if flow.product not in self.before:
                    raise CannotCompute("unknown-product", flow.product)
                code = flow.product
                total += amount / self.before[code] * self.after.get(code, Ratio(0))
            elif amount:
                total += amount * self._weigh(sharing, self.after) / self._weigh(sharing, self.before)
        return total

    def actual(self, flows: list[Flow]) -> Ratio:
        if self.growth is not None:
            return self._total(flows)
        metered = {flow.product for flow in flows if flow.product}
        total = Ratio(0)
        for flow in flows:
            amount = self.amount(flow)
            if flow.product is None:
                total += amount * self._old_share(metered) if amount else 0
            elif flow.product in self.before:
                total += amount
            elif flow.product not in self.after:
                raise CannotCompute("unknown-product", flow.product)
        return total

    def _weigh(self, codes: list[str], outputs: dict[str, Ratio]) -> Ratio:
        if len(codes) == 1:
            return outputs.get(codes[0], Ratio(0))
        total = Ratio(0)
        for code in codes:
            total += self._coefficient(code) * outputs.get(code, Ratio(0))
        return total

    def _coefficient(self, code: str) -> Ratio:
        value = self.coefficients.get(code)
        if value is None or value <= 0:
            raise CannotCompute("no-equivalence", self.names[code])
        return Ratio.of(value)

    def _old_share(self, metered: set[str]) -> Ratio:
        """The part of a shared flow that belongs to products of the baseline."""
        new = {code: e for code, e in self.new.items() if code not in metered}
        if not new:
            return Ratio(1)
        foreign = Ratio(0)
        for code, coefficient in new.items():
            if coefficient is None or coefficient <= 0:
                raise CannotCompute("new-product", self.names[code])
            foreign += Ratio.of(coefficient) * self.after[code]
        sharing = [code for code in self.before if code not in metered] or list(self.before)
        own = sum((self._coefficient(c) * self.after.get(c, Ratio(0)) for c in sharing), Ratio(0))
        return own / (own + foreign)


def _grouped(flows: Iterable[Flow]) -> dict[Key, list[Flow]]:
    found: dict[Key, list[Flow]] = {}
    for flow in flows:
        found.setdefault(flow.key, []).append(flow)
    return found


def _groups_of(resource: str) -> tuple[str, ...]:
    if resource in ("water", "material"):
        return (resource,)
    return ("energy",) if resource == ELECTRICITY else ("energy", "fuel")


def _by_key(pair: _Comparison) -> tuple[dict[Key, Amounts], dict[Key, tuple[str, str]]]:
    """In goe, litres, and of materials VND at baseline prices; or why not."""
    before, after = pair.flows_before, pair.flows_after
    amounts: dict[Key, Amounts] = {}
    failures: dict[Key, tuple[str, str]] = {}
    for key in sorted(before.keys() | after.keys()):
        earlier, later = before.get(key, []), after.get(key, [])
        try:
            if key[0] == "material":
                price = _price(pair, earlier, key)
                amounts[key] = (price * pair.expected(earlier), price * pair.actual(later))
            else:
                amounts[key] = (pair.expected(earlier), pair.actual(later))
        except CannotCompute as why:
            failures[key] = why.reason
    return amounts, failures


def _by_group(
    amounts: dict[Key, Amounts], failures: dict[Key, tuple[str, str]]
) -> tuple[dict[str, Amounts], dict[str, tuple[str, str]]]:
    sums: dict[str, Amounts] = {}
    for key, (expected, actual) in amounts.items():
        for group in _groups_of(key[0]):
            known = sums.get(group)
            sums[group] = (known[0] + expected, known[1] + actual) if known else (expected, actual)
    reasons: dict[str, tuple[str, str]] = {}
    for key, why in failures.items():
        for group in _groups_of(key[0]):
            reasons.setdefault(group, why)
    if "energy" not in sums or not sums["energy"][0]:
        reasons.setdefault("energy", ("no-expected", "energy"))
    if "water" in sums and not sums["water"][0]:
        reasons.setdefault("water", ("no-expected", "water"))
    return {group: sums[group] for group in GROUPS if group in sums and group not in reasons}, reasons


def _co2(pair: _Comparison, amounts: dict[Key, Amounts]) -> Amounts:
    """In grams. `amounts` hold all energy."""
    expected, actual = Ratio(0), Ratio(0)
    for (resource, _), (e, a) in amounts.items():
        if resource in ("water", "material"):
            continue
        grams = pair.rules.co2_grams(resource, pair.on)
        if grams is None:
            raise CannotCompute("no-co2-factor", resource)
        expected, actual = expected + e * grams, actual + a * grams
    return expected, actual


def _cost(pair: _Comparison, amounts: dict[Key, Amounts]) -> Amounts:
    """In VND. A flow without a cost in the baseline is left out on both sides; what the baseline does not
    hold at all would only be spent, never saved, so it must not appear later."""
    expected, actual = Ratio(0), Ratio(0)
    priced = False
    before = pair.flows_before
    for key, (e, a) in amounts.items():
        flows = before.get(key)
        if not flows:
            if a:
                raise CannotCompute("no-price", key[1] or key[0])
            continue
        if any(flow.cost_vnd is None for flow in flows):
            continue
        try:
            price = Ratio(1) if key[0] == "material" else _price(pair, flows, key)
        except CannotCompute:
            continue
        priced = True
        expected, actual = expected + price * e, actual + price * a
    if not priced:
        raise CannotCompute("no-prices")
    return expected, actual


def _price(pair: _Comparison, flows: list[Flow], key: Key) -> Ratio:
    """Baseline VND per kilogram, gram of oil equivalent or litre."""
    quantity = sum((pair.amount(flow) for flow in flows), Ratio(0))
    if not quantity or any(flow.cost_vnd is None for flow in flows):
        raise CannotCompute("no-price", key[1])
    return Ratio(sum(flow.cost_vnd or 0 for flow in flows)) / quantity
