"""The saving between two measurements, the plain way; shares no code with the service it checks."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

#: TOE of one unit: letter 3505/BCT-KHCN of 19 April 2011.
TOE = {
    "electricity": {"kWh": "0.0001543", "MWh": "0.1543"},
    "coal-1-2": {"t": "0.70", "kg": "0.00070"},
    "coal-3-4": {"t": "0.60", "kg": "0.00060"},
    "coal-5-6": {"t": "0.50", "kg": "0.00050"},
    "diesel": {"t": "1.02", "kg": "0.00102", "kl": "0.88", "l": "0.00088"},
    "fuel-oil": {"t": "0.99", "kg": "0.00099", "kl": "0.94", "l": "0.00094"},
    "lpg": {"t": "1.09", "kg": "0.00109"},
    "natural-gas": {"1000m3": "0.90", "m3": "0.00090"},
    "petrol": {"t": "1.05", "kg": "0.00105", "kl": "0.83", "l": "0.00083"},
}


class NotComputable(Exception):
    pass


def months_later(day: date, months: int) -> date:
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError(day)


def beyond(pair: tuple[Fraction, Fraction]) -> bool:
    return pair[0] > 0 and abs(pair[0] - pair[1]) > Fraction(40, 100) * pair[0]


def energy(before: dict[str, Any], after: dict[str, Any]) -> tuple[Fraction, Fraction]:
    expected, actual = compared(before, after, sorted(TOE))
    if not expected:
        raise NotComputable
    return expected, actual


def others(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[Fraction, Fraction]]:
    """Fuel and water, which an outlier is looked for in too. One that cannot be computed is none."""
    found = []
    for resources in (sorted(set(TOE) - {"electricity"}), ["water"]):
        try:
            found.append(compared(before, after, resources))
        except NotComputable:
            continue
    return found


def compared(
    before: dict[str, Any], after: dict[str, Any], resources: list[str]
) -> tuple[Fraction, Fraction]:
    """(expected, actual): the baseline's use per unit x the later output, against the later use."""
    check_periods(before["period"], after["period"])
    old = {p["code"]: p for p in before["products"]}
    new = {p["code"]: p for p in after["products"]}
    made = {code: Fraction(p["output"]) for code, p in old.items()}
    now = {code: Fraction(p["output"]) for code, p in new.items()}
    if not made or any(output <= 0 for output in made.values()):
        raise NotComputable
    if any(new[code]["unit"] != old[code]["unit"] for code in old.keys() & new.keys()):
        raise NotComputable
    expected = actual = Fraction(0)
    for resource in resources:
        flows = [f for f in before["flows"] if f["resource"] == resource]
        shared = sharing(flows, old)
        for flow in flows:
            if code := flow.get("product"):
                expected += quantity(flow) / made[code] * now.get(code, 0)
            elif quantity(flow):
                expected += quantity(flow) * weighed(shared, old, now) / weighed(shared, old, made)
        flows = [f for f in after["flows"] if f["resource"] == resource]
        metered = {f["product"] for f in flows if f.get("product")}
        foreign = {c: new[c] for c in new.keys() - old.keys() - metered if now[c] > 0}
        for flow in flows:
            code = flow.get("product")
            if code is None and quantity(flow):
                share = Fraction(1)
                if foreign:
                    theirs = sum((weight(p) * now[c] for c, p in foreign.items()), Fraction(0))
                    ours = sum((own_weight(old, c) * now.get(c, 0) for c in sharing(flows, old)), Fraction(0))
                    share = ours / (ours + theirs)
                actual += quantity(flow) * share
            elif code in old:
                actual += quantity(flow)
    return expected, actual


def check_periods(first: dict[str, str], second: dict[str, str]) -> None:
    starts = []
    for period in (first, second):
        start, end = date.fromisoformat(period["start"]), date.fromisoformat(period["end"])
        if (months_later(start, 12) - end).days != 1:
            raise NotComputable
        starts.append(start)
    if starts[0].timetuple()[1:3] != starts[1].timetuple()[1:3]:
        raise NotComputable
    if starts[1] <= date.fromisoformat(first["end"]):
        raise NotComputable


def sharing(flows: list[dict[str, Any]], products: dict[str, Any]) -> list[str]:
    """The products without a meter of their own, or all when each has one."""
    metered = {flow["product"] for flow in flows if flow.get("product")}
    return [code for code in products if code not in metered] or list(products)


def weighed(codes: list[str], products: dict[str, Any], outputs: dict[str, Fraction]) -> Fraction:
    if len(codes) == 1:
        return outputs.get(codes[0], Fraction(0))
    return sum((weight(products[code]) * outputs.get(code, 0) for code in codes), Fraction(0))


def own_weight(products: dict[str, Any], code: str) -> Fraction:
    only = len(products) == 1 and products[code].get("equivalence") is None
    return Fraction(1) if only else weight(products[code])


def weight(product: dict[str, Any]) -> Fraction:
    value = product.get("equivalence")
    if value is None or Fraction(value) <= 0:
        raise NotComputable
    return Fraction(value)


def quantity(flow: dict[str, Any]) -> Fraction:
    """In grams of oil; water in litres."""
    if flow["resource"] == "water":
        return Fraction(flow["quantity"]) * {"l": 1, "m3": 1000}[flow["unit"]]
    return Fraction(flow["quantity"]) * Fraction(TOE[flow["resource"]][flow["unit"]]) * 1_000_000
