"""Energy and emission factors as versioned data (data/factors.yaml); values are exact."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from functools import cache, lru_cache

import msgspec
import yaml

from services.audits.domain.rules import DATA
from services.audits.domain.units import NotConvertible, conversion


class Energy(msgspec.Struct, frozen=True):
    """TOE a unit."""

    resource: str
    per: str
    value: str
    valid_from: date


class Combustion(msgspec.Struct, frozen=True):
    """kg of CO2 a GJ."""

    resource: str
    value: str
    valid_from: date


class Grid(msgspec.Struct, frozen=True):
    """t of CO2 a MWh."""

    year: int
    value: str


class Factors(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: str
    gj_per_toe: str
    toe_source: str
    toe: tuple[Energy, ...]
    combustion_source: str
    combustion: tuple[Combustion, ...]
    grid_source: str
    grid: tuple[Grid, ...]

    def toe_per(self, resource: str, unit: str, on: date) -> Fraction | None:
        """TOE a unit as valid on a day; None when there is no factor of that kind of unit."""
        found: tuple[date, Fraction] | None = None
        for factor in self.toe:
            if factor.resource != resource or factor.valid_from > on:
                continue
            try:
                value = Fraction(factor.value) * conversion(unit, factor.per)
            except NotConvertible:
                continue
            if found is None or factor.valid_from >= found[0]:
                found = factor.valid_from, value
        return None if found is None else found[1]

    def co2_per_toe(self, resource: str, on: date) -> Fraction | None:
        """Tonnes of CO2 a TOE of a carrier, as valid on a day; of electricity by the grid of that year."""
        if resource == "electricity":
            toe = self.toe_per(resource, "MWh", on)
            return None if not toe else self.grid_per_mwh(on.year) / toe
        valid = [f for f in self.combustion if f.resource == resource and f.valid_from <= on]
        if not valid:
            return None
        newest = max(valid, key=lambda factor: factor.valid_from)
        return Fraction(newest.value) * Fraction(self.gj_per_toe) / 1000

    def grid_year(self, year: int) -> int:
        """The year whose factor serves: the nearest one listed."""
        years = [each.year for each in self.grid]
        return min(max(year, min(years)), max(years))

    def grid_per_mwh(self, year: int) -> Fraction:
        wanted = self.grid_year(year)
        return next(Fraction(each.value) for each in self.grid if each.year == wanted)


@cache
def factors() -> Factors:
    text = (DATA / "factors.yaml").read_text(encoding="utf-8")
    return msgspec.convert(yaml.safe_load(text), Factors)


@lru_cache(maxsize=4096)
def toe_per(resource: str, unit: str, on: date) -> Fraction | None:
    return factors().toe_per(resource, unit, on)
