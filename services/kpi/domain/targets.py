"""From sums to targets: exact ratios, compared exactly; a missing denominator is no value with a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Literal, NamedTuple

import msgspec

from services.kpi.domain.measures import FacilityMeasure as M
from services.kpi.domain.measures import SavingMeasure as S
from services.kpi.domain.plans import Goals
from services.kpi.domain.rules import Words
from services.kpi.domain.saving import GROUPS
from services.kpi.domain.texts import reason

Code = Literal["K1", "K2", "K2a", "K2b", "K2c", "K2d", "K3"]
CODES: tuple[Code, ...] = ("K1", "K2", "K2a", "K2b", "K2c", "K2d", "K3")


class Sums(NamedTuple):
    """On one day: those of `FacilityMeasure` and of `SavingMeasure`."""

    facilities: Sequence[int]
    saving: Sequence[int]


_PAIRS = {
    "energy": (S.ENERGY_EXPECTED, S.ENERGY_ACTUAL, "goe"),
    "fuel": (S.FUEL_EXPECTED, S.FUEL_ACTUAL, "goe"),
    "water": (S.WATER_EXPECTED, S.WATER_ACTUAL, "l"),
    "material": (S.MATERIAL_EXPECTED, S.MATERIAL_ACTUAL, "VND"),
}


class Reading(msgspec.Struct, frozen=True):
    """`value` is the exact ratio ``"num/den"``, `decimal` the same rounded half-even to six places.

    Both are None, with a `reason`, when there is no denominator. `met` is None without a target or a value.
    """

    value: str | None
    decimal: str | None
    numerator: int | None
    denominator: int | None
    met: bool | None
    reason: Words | None


class Staffing(msgspec.Struct, frozen=True):
    """A district-level unit on a day: exists 0/1, qualified officers, those shared with other units."""

    exists: int
    qualified: int
    shared: int


class Group(msgspec.Struct, frozen=True):
    group: str
    unit: str
    reading: Reading


def ratio(numerator: int, denominator: int, target: Fraction | None, empty: Words) -> Reading:
    if denominator == 0:
        return Reading(None, None, numerator, 0, None, empty)
    met = None if target is None else numerator >= target * denominator
    rounded = (Decimal(numerator) / Decimal(denominator)).quantize(Decimal("0.000001"), ROUND_HALF_EVEN)
    return Reading(f"{numerator}/{denominator}", str(rounded), numerator, denominator, met, None)


def facility_reading(code: str, sums: Sums, goals: Goals, group: str = "energy") -> Reading:
    """K1, K2a, K2b (of a resource group), K2c, K2d or K2 from the sums over facilities."""
    if code == "K2":
        if not goals.keys() >= {"K2a", "K2b"}:
            return Reading(None, None, None, None, None, reason("no-target"))
        parts = [facility_reading(part, sums, goals) for part in ("K2a", "K2b")]
        return _both({"K2a": parts[0], "K2b": parts[1]})
    target, counts = goals.get(code), sums.facilities
    if code == "K2b":
        expected, actual, _ = _PAIRS[group]
        empty = reason("no-measurement") if counts[M.ADOPTER] else reason("no-adopters")
        saved = sums.saving[expected] - sums.saving[actual]
        return ratio(saved, sums.saving[expected], target if group == "energy" else None, empty)
    if code == "K2d":
        return ratio(counts[M.MEASURED], counts[M.ADOPTER], target, reason("no-adopters"))
    measure = {"K1": M.AWARE, "K2a": M.ADOPTER, "K2c": M.STRICT8}[code]
    return ratio(counts[measure], counts[M.ACTIVE], target, reason("no-facilities"))


def _both(parts: Mapping[str, Reading]) -> Reading:
    verdicts = [part.met for part in parts.values()]
    if False in verdicts:
        return Reading(None, None, None, None, False, reason("two-parts"))
    missing = [code for code, part in parts.items() if part.met is None]
    if missing:
        return Reading(None, None, None, None, None, reason("part-missing", ", ".join(missing)))
    return Reading(None, None, None, None, True, reason("two-parts"))


def at_five_percent(sums: Sums) -> Reading:
    return ratio(sums.facilities[M.STRICT5], sums.facilities[M.ACTIVE], None, reason("no-facilities"))


def groups(sums: Sums, goals: Goals) -> list[Group]:
    return [Group(name, _PAIRS[name][2], facility_reading("K2b", sums, goals, name)) for name in GROUPS]


def staffing_reading(units: Sequence[Staffing], goals: Goals, had_districts: bool = False) -> Reading:
    """K3. `had_districts`: there were such units before, so that none now means that their level ended."""
    existing = [unit for unit in units if unit.exists]
    staffed = sum(unit.qualified > 0 for unit in existing)
    empty = reason("level-ended" if had_districts else "no-units")
    return ratio(staffed, len(existing), goals.get("K3"), empty)


def shared_officers(units: Sequence[Staffing]) -> int:
    """Appointments of qualified officers who serve another unit too."""
    return sum(unit.shared for unit in units if unit.exists)


def over_official(code: str, sums: Sums, official: int | None) -> Reading | None:
    """The numerator of a share of facilities over their official number N; None for other indicators."""
    measure = {"K1": M.AWARE, "K2a": M.ADOPTER, "K2c": M.STRICT8}.get(code)
    if measure is None:
        return None
    return ratio(sums.facilities[measure], official or 0, None, reason("no-official-count"))
