"""The verifier shares no code with the projector: measurements made at random must save the same in both."""

from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal
from typing import Any

import msgspec

from deploy.sxsh.evidence import verifier
from services.kpi.domain.rules import RuleSet
from services.kpi.domain.saving import CannotCompute, Measurement, compute

RULES = RuleSet.load()
UNITS = {
    "electricity": ("kWh", "MWh", "GJ"),
    "coal-3-4": ("t", "kg"),
    "diesel": ("l", "kl", "t"),
    "natural-gas": ("m3", "1000m3"),
    "water": ("m3", "l"),
    "material": ("t", "kg", "piece"),
}


class Maker:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def often(self, share: float) -> bool:
        return self.random.random() < share

    def number(self, most: int) -> str:
        return str(Decimal(self.random.randint(0 if self.often(0.05) else 1, most)) / 4)

    def pair(self) -> tuple[dict[str, Any], dict[str, Any]]:
        count = self.random.choice((1, 1, 1, 2, 3))
        codes = ["a", "b", "c"][:count]
        later = codes[: self.random.choice((count, count, max(1, count - 1)))]
        if self.often(0.3):
            later = [*later, "new"]
        return self.measured(codes, 2016), self.measured(later, 2018)

    def measured(self, codes: list[str], year: int) -> dict[str, Any]:
        end = f"{year}-12-30" if self.often(0.03) else f"{year}-12-31"
        flows = [self.flow(codes) for _ in range(self.random.randint(1, 5))]
        return {
            "period": {"start": f"{year}-01-01", "end": end},
            "products": [self.product(code) for code in codes],
            "flows": flows,
        }

    def product(self, code: str) -> dict[str, Any]:
        found = {"code": code, "name": code, "unit": "piece" if self.often(0.03) else "t"}
        found["output"] = self.number(800)
        if self.often(0.8):
            found["equivalence"] = "0" if self.often(0.05) else self.number(12)
        return found

    def flow(self, codes: list[str]) -> dict[str, Any]:
        resource = self.random.choice(list(UNITS))
        unit = UNITS[resource][0] if self.often(0.8) else self.random.choice(UNITS[resource])
        found: dict[str, Any] = {"resource": resource, "unit": unit, "quantity": self.number(4000)}
        if resource == "material":
            found["name"] = self.random.choice(("clay", "lime"))
        if self.often(0.6):
            found["cost_vnd"] = self.random.randint(0, 10**8)
        if self.often(0.3):
            found["product"] = self.random.choice([*codes, "nothing"] if self.often(0.1) else codes)
        return found


def by_verifier(before: dict[str, Any], after: dict[str, Any]) -> tuple[tuple[int, int] | None, bool]:
    rules = verifier.Rules(msgspec.to_builtins(RULES.data))
    try:
        found = verifier.Comparison(before, after, rules)
        expected, actual = found.energy()
    except verifier.NotComputable:
        return None, False
    return (round(expected), round(actual)), found.outlier()


def by_projector(before: dict[str, Any], after: dict[str, Any]) -> tuple[tuple[int, int] | None, bool]:
    try:
        found = compute(msgspec.convert(before, Measurement), msgspec.convert(after, Measurement), RULES)
    except CannotCompute:
        return None, False
    return found.energy, found.energy is not None and bool(found.outliers)


def test_what_is_saved_is_the_same() -> None:
    told: Counter[str] = Counter()
    for seed in range(4000):
        before, after = Maker(seed).pair()
        one, two = by_verifier(before, after), by_projector(before, after)
        assert one == two, (seed, before, after)
        told["none" if one[0] is None else "outlier" if one[1] else "counts"] += 1
    assert min(told.values()) > 50 and len(told) == 3, told
