"""What was produced and consumed in a period, and the rules that make it comparable.

Units are those that have a conversion factor; which factor is the business of the indicators. Amounts are
exact decimals in the unit given, money is whole VND.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from services.eventkit.errors import FieldError, InvalidInput

Basis = Literal["metered", "estimated"]
BASES: tuple[Basis, ...] = ("metered", "estimated")

_COAL = ("kg", "t")
_LIQUID = ("kg", "t", "l", "kl")

#: Resource -> the units in which it may be given.
UNITS: dict[str, tuple[str, ...]] = {
    "electricity": ("kWh", "MWh"),
    "coal-1-2": _COAL,
    "coal-3-4": _COAL,
    "coal-5-6": _COAL,
    "diesel": _LIQUID,
    "fuel-oil": _LIQUID,
    "lpg": ("kg", "t"),
    "natural-gas": ("m3", "1000m3"),
    "petrol": _LIQUID,
    "water": ("l", "m3"),
    "material": ("kg", "t"),
}
RESOURCES: tuple[str, ...] = tuple(UNITS)


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """Both days belong to it."""

    start: date
    end: date

    def overlaps(self, other: Period) -> bool:
        return self.start <= other.end and other.start <= self.end

    def __str__(self) -> str:
        return f"{self.start} to {self.end}"


class Product(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`output` is in `unit`, over the period. `equivalence` weighs products that share a flow."""

    code: str
    name: str
    unit: str
    output: Decimal
    equivalence: Decimal | None = None


class Flow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One resource taken in over the period. `product` is the code of the one product that its meter serves;
    without it the flow is shared by all. `name` says which material."""

    resource: str
    quantity: Decimal
    unit: str
    basis: Basis
    name: str | None = None
    cost_vnd: int | None = None
    product: str | None = None


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    period: Period
    products: tuple[Product, ...]
    flows: tuple[Flow, ...]


def check(measurement: Measurement, *, baseline: Measurement | None = None) -> None:
    """Raises `InvalidInput` naming every wrong field, as pointers into the measurement.

    With a `baseline`, a product that it holds too must be counted in the same unit. Output 0 is a fact like
    any other (the saving then cannot be computed); a negative one is not.
    """
    errors = [FieldError(field=field, detail=detail) for field, detail in _wrong(measurement, baseline)]
    if errors:
        listed = "; ".join(f"{error['field']}: {error['detail']}" for error in errors[:3])
        more = f" (and {len(errors) - 3} more)" if len(errors) > 3 else ""
        raise InvalidInput(f"The measurement is not valid. {listed}{more}.", errors=errors)


_Wrong = Iterator[tuple[str, str]]


def _wrong(measurement: Measurement, baseline: Measurement | None) -> _Wrong:
    period = measurement.period
    if period.end < period.start:
        yield "/period/end", f"must not be before the start, {period.start}"
    if not measurement.products:
        yield "/products", "needs at least one product: consumption is judged per unit of product"
    before = {product.code: product.unit for product in baseline.products} if baseline else {}
    codes: set[str] = set()
    for index, product in enumerate(measurement.products):
        yield from _wrong_product(product, f"/products/{index}", codes, before.get(product.code))
        codes.add(product.code)
    for index, flow in enumerate(measurement.flows):
        yield from _wrong_flow(flow, f"/flows/{index}", codes)


def _wrong_product(product: Product, at: str, codes: set[str], unit_before: str | None) -> _Wrong:
    for name in ("code", "name", "unit"):
        if not getattr(product, name).strip():
            yield f"{at}/{name}", "must not be empty"
    if product.code in codes:
        yield f"{at}/code", f"{product.code!r} stands here twice; give each product once"
    if unit_before is not None and product.unit != unit_before:
        yield f"{at}/unit", f"must be {unit_before!r}, the unit of this product in the baseline"
    if not _at_least_zero(product.output):
        yield f"{at}/output", "must be a number of 0 or more"
    if product.equivalence is not None and not (
        _at_least_zero(product.equivalence) and product.equivalence > 0
    ):
        yield f"{at}/equivalence", "must be greater than 0; leave it out when the product has none"


def _wrong_flow(flow: Flow, at: str, codes: set[str]) -> _Wrong:
    units = UNITS.get(flow.resource)
    if units is None:
        yield f"{at}/resource", f"must be one of {', '.join(RESOURCES)}"
    elif flow.unit not in units:
        yield f"{at}/unit", f"{flow.resource} is given in {' or '.join(units)}, not in {flow.unit!r}"
    if flow.resource == "material" and not (flow.name or "").strip():
        yield f"{at}/name", "a material needs a name that says which"
    if flow.basis not in BASES:
        yield f"{at}/basis", f"must be one of {', '.join(BASES)}"
    if not _at_least_zero(flow.quantity):
        yield f"{at}/quantity", "must be a number of 0 or more"
    if flow.cost_vnd is not None and flow.cost_vnd < 0:
        yield f"{at}/cost_vnd", "must be 0 or more, in whole VND"
    if flow.product is not None and flow.product not in codes:
        yield f"{at}/product", f"{flow.product!r} is none of the products of this measurement"


def _at_least_zero(value: Decimal) -> bool:
    return value.is_finite() and value >= 0
