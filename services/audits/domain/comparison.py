"""What each product of the baseline should have taken in later, and what it took in: one resource at a time.

A flow with a product is that product's meter. A flow without one is shared by the products that have no meter
of the same resource (by all, when all have one), in proportion to output x the equivalence coefficient fixed
at the baseline. Products that the baseline does not hold are left out, output and input. All is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction

from services.audits.domain.measurement import Flow, Measurement

#: (resource, name of the material or "")
Key = tuple[str, str]
Shares = dict[str, Fraction]
ZERO = Fraction(0)


class CannotCompute(Exception):
    """`code` is a key of data/reasons.yaml, `detail` what its sentence names."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code, self.detail = code, detail


def by_key(flows: Iterable[Flow]) -> dict[Key, list[Flow]]:
    found: dict[Key, list[Flow]] = {}
    for flow in flows:
        name = (flow.name or "") if flow.resource == "material" else ""
        found.setdefault((flow.resource, name), []).append(flow)
    return found


class Comparison:
    """`amount` turns a flow into the quantity that is summed; it may raise `CannotCompute`."""

    def __init__(self, baseline: Measurement, later: Measurement, amount: Callable[[Flow], Fraction]) -> None:
        self.amount = amount
        self.before = {product.code: Fraction(product.output) for product in baseline.products}
        self.after = {product.code: Fraction(product.output) for product in later.products}
        self.names = {p.code: p.name or p.code for p in (*baseline.products, *later.products)}
        self._coefficients = {p.code: p.equivalence for p in baseline.products}
        if len(baseline.products) == 1:
            (only,) = baseline.products
            self._coefficients[only.code] = only.equivalence or type(only.output)(1)
        self._new = {
            p.code: p.equivalence for p in later.products if p.code not in self.before and p.output > 0
        }

    def expected(self, flows: Sequence[Flow]) -> Shares:
        """By product of the baseline: its specific consumption x its later output."""
        sharing = self._sharing(flows)
        found = dict.fromkeys(self.before, ZERO)
        for flow in flows:
            amount = self.amount(flow)
            if flow.product is not None:
                if flow.product not in self.before:
                    raise CannotCompute("unknown-product", flow.product)
                later = self.after.get(flow.product, ZERO)
                found[flow.product] += amount / self.before[flow.product] * later
            elif amount:
                weights = self._weights(sharing)
                whole = sum(weights[code] * self.before[code] for code in sharing)
                for code in sharing:
                    found[code] += amount * weights[code] * self.after.get(code, ZERO) / whole
        return found

    def actual(self, flows: Sequence[Flow]) -> tuple[Fraction, Shares | None]:
        """The sum of the baseline's products, and by product where the shared flows can be divided."""
        metered = {flow.product for flow in flows if flow.product}
        sharing = self._sharing(flows)
        total, shared = ZERO, ZERO
        found = dict.fromkeys(self.before, ZERO)
        for flow in flows:
            amount = self.amount(flow)
            if flow.product is None:
                shared += amount * self._old_share(metered, sharing) if amount else ZERO
            elif flow.product in self.before:
                found[flow.product] += amount
                total += amount
            elif flow.product not in self.after:
                raise CannotCompute("unknown-product", flow.product)
        if not shared:
            return total, found
        try:
            weights = self._weights(sharing)
        except CannotCompute:
            return total + shared, None
        whole = sum(weights[code] * self.after.get(code, ZERO) for code in sharing)
        if not whole:
            return total + shared, None
        for code in sharing:
            found[code] += shared * weights[code] * self.after.get(code, ZERO) / whole
        return total + shared, found

    def _sharing(self, flows: Sequence[Flow]) -> list[str]:
        metered = {flow.product for flow in flows if flow.product}
        return [code for code in self.before if code not in metered] or list(self.before)

    def _weights(self, sharing: Sequence[str]) -> Mapping[str, Fraction]:
        """One product alone needs no coefficient."""
        if len(sharing) == 1:
            return {sharing[0]: Fraction(1)}
        return {code: self._coefficient(code) for code in sharing}

    def _coefficient(self, code: str) -> Fraction:
        value = self._coefficients.get(code)
        if value is None or value <= 0:
            raise CannotCompute("no-equivalence", self.names[code])
        return Fraction(value)

    def _old_share(self, metered: set[str], sharing: Sequence[str]) -> Fraction:
        """The part of a shared flow that belongs to products of the baseline."""
        foreign = ZERO
        for code, coefficient in self._new.items():
            if code in metered:
                continue
            if coefficient is None or coefficient <= 0:
                raise CannotCompute("new-product", self.names[code])
            foreign += Fraction(coefficient) * self.after[code]
        if not foreign:
            return Fraction(1)
        own = sum((self._coefficient(c) * self.after.get(c, ZERO) for c in sharing), ZERO)
        return own / (own + foreign)
