"""The rules as versioned data, read from `services/kpi/rules/<id>.yaml`."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path

import msgspec
import yaml

from services.kpi.domain.ratio import Ratio

FOLDER = Path(__file__).parent.parent / "rules"

#: The size of a facility of which no number of employees is known.
UNKNOWN_SIZE = "unknown"

#: How what is counted is stored. With another number a projection is built anew, as under other rules.
LAYOUT = 2
LAID_OUT = "+layout"

#: Prefix of an industry key whose division no section of the rules holds.
NO_SECTION = "?"


class Words(msgspec.Struct, frozen=True):
    vi: str
    en: str


class Section(msgspec.Struct, frozen=True):
    letter: str
    first: int
    last: int
    name: Words


class Scope(msgspec.Struct, frozen=True):
    sections: tuple[str, ...]
    include_e: bool


class TerritoryUnit(msgspec.Struct, frozen=True):
    id: str
    code: str
    name: Words


class Factor(msgspec.Struct, frozen=True):
    """TOE per unit of a carrier."""

    resource: str
    unit: str
    toe: str
    valid_from: date


class Size(msgspec.Struct, frozen=True):
    """`most` employees; None: any number above those before it."""

    id: str
    name: Words
    most: int | None = None


class Combustion(msgspec.Struct, frozen=True):
    """CO2 that a fuel gives off when burnt."""

    resource: str
    kg_per_gj: str
    valid_from: date


class GridFactor(msgspec.Struct, frozen=True):
    """CO2 of the electricity of the grid in a calendar year."""

    year: int
    t_per_mwh: str


class Co2(msgspec.Struct, frozen=True):
    combustion_source: str
    combustion: tuple[Combustion, ...]
    grid_source: str
    grid: tuple[GridFactor, ...]


class Text(msgspec.Struct, frozen=True):
    name: Words
    unit: str
    rule: Words


class RuleData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file as it is written. Numbers that are compared are decimal strings, so they stay exact."""

    id: str
    version: str
    scope: Scope
    sections: tuple[Section, ...]
    territory: tuple[TerritoryUnit, ...]
    sizes: tuple[Size, ...]
    suspended_grace_months: int
    certificate_months: int
    outlier_limit: str
    strict_high: str
    strict_low: str
    factor_source: str
    factors: tuple[Factor, ...]
    gj_per_toe: str
    co2: Co2
    water_litres: dict[str, str]
    material_kg: dict[str, str]
    option_lapse_months: int
    option_ask_months: int
    texts: dict[str, Text]


class RuleSet:
    """Rules ready for use: thresholds as `Fraction`, look-ups as dictionaries."""

    def __init__(self, data: RuleData) -> None:
        self.data = data
        self.id, self.version = data.id, data.version
        self.name = f"{data.id}@{data.version}"
        #: What a projection is built with.
        self.key = f"{self.name}{LAID_OUT}{LAYOUT}"
        self.suspended_grace_months = data.suspended_grace_months
        self.certificate_months = data.certificate_months
        self.outlier_limit = Fraction(data.outlier_limit)
        self.strict_high, self.strict_low = Fraction(data.strict_high), Fraction(data.strict_low)
        self.texts = data.texts
        self.territory = {unit.id: unit for unit in data.territory}
        self.sections = frozenset(data.scope.sections) | (
            frozenset("E") if data.scope.include_e else frozenset()
        )
        self.section_names = {section.letter: section.name for section in data.sections}
        self.water_litres = {unit: Fraction(value) for unit, value in data.water_litres.items()}
        self.material_kg = {unit: Fraction(value) for unit, value in data.material_kg.items()}
        self.carriers = frozenset(factor.resource for factor in data.factors)
        self._letters = {
            division: section.letter
            for section in data.sections
            for division in range(section.first, section.last + 1)
        }
        self._factors: dict[tuple[str, str], list[tuple[date, Fraction]]] = {}
        for factor in sorted(data.factors, key=lambda f: f.valid_from):
            self._factors.setdefault((factor.resource, factor.unit), []).append(
                (factor.valid_from, Fraction(factor.toe))
            )
        self.sizes = {size.id: size for size in data.sizes}
        self.gj_per_toe = Fraction(data.gj_per_toe)
        self.option_lapse_months = data.option_lapse_months
        self.option_ask_months = data.option_ask_months
        self._grid = {factor.year: Fraction(factor.t_per_mwh) for factor in data.co2.grid}
        self._co2: dict[tuple[str, date], Ratio | None] = {}
        self._industry: dict[str, str] = {}
        self._grams: dict[tuple[str, str, date], Ratio | None] = {}

    @classmethod
    def parse(cls, text: str) -> RuleSet:
        """Raises `msgspec.ValidationError` naming the wrong field, `yaml.YAMLError` for no YAML at all."""
        return cls(msgspec.convert(yaml.safe_load(text), RuleData))

    @classmethod
    def load(cls, id_: str = "sxsh-2016") -> RuleSet:
        return _load(id_)

    @classmethod
    def of_key(cls, key: str) -> RuleSet | None:
        """Those of a `key`; None when this release holds none of that version and layout."""
        try:
            rules = _load(key.partition("@")[0])
        except LookupError:
            return None
        return rules if rules.key == key else None

    def industry_key(self, industry: str) -> str:
        """``2018:10620`` -> ``2018:C10``: version, section and division. ``2018:?99`` when in no section."""
        key = self._industry.get(industry)
        if key is None:
            version, _, code = industry.partition(":")
            division = code[:2]
            letter = self._letters.get(int(division), NO_SECTION) if division.isdigit() else NO_SECTION
            key = self._industry[industry] = f"{version}:{letter}{division}"
        return key

    def size_of(self, employees: str | None) -> str:
        """The band of a number of employees, or `UNKNOWN_SIZE`."""
        if employees is None:
            return UNKNOWN_SIZE
        number = int(employees)
        return next((s.id for s in self.data.sizes if s.most is None or number <= s.most), UNKNOWN_SIZE)

    def in_scope(self, industry_key: str) -> bool:
        return section_of(industry_key) in self.sections

    def grams(self, resource: str, unit: str, on: date) -> Ratio | None:
        """`toe` in grams of oil equivalent."""
        key = resource, unit, on
        if key not in self._grams:
            toe = self.toe(*key)
            self._grams[key] = None if toe is None else Ratio.of(toe * 1_000_000)
        return self._grams[key]

    def grid_year(self, on: date) -> int:
        """The year whose grid factor stands for a day: the nearest one that the rules know."""
        return min(max(on.year, min(self._grid)), max(self._grid))

    def co2_grams(self, resource: str, on: date) -> Ratio | None:
        """Grams of CO2 per gram of oil equivalent; None when these rules name no factor."""
        key = resource, on
        if key not in self._co2:
            self._co2[key] = self._co2_grams(resource, on)
        return self._co2[key]

    def _co2_grams(self, resource: str, on: date) -> Ratio | None:
        if resource == "electricity":
            per_kwh = self.grams(resource, "kWh", on)
            return None if per_kwh is None else Ratio.of(self._grid[self.grid_year(on)] * 1000) / per_kwh
        found = None
        for factor in sorted(self.data.co2.combustion, key=lambda f: f.valid_from):
            if factor.resource == resource and factor.valid_from <= on:
                found = Ratio.of(Fraction(factor.kg_per_gj) * self.gj_per_toe / 1000)
        return found

    def toe(self, resource: str, unit: str, on: date) -> Fraction | None:
        """TOE per unit as valid on a day; None when these rules name no factor."""
        found = None
        for valid_from, value in self._factors.get((resource, unit), ()):
            if valid_from <= on:
                found = value
        return found


def named(key: str) -> tuple[str, str]:
    """(id, version) of the rules of a `RuleSet.key`."""
    id_, _, version = key.partition("@")
    return id_, version.partition(LAID_OUT)[0]


def section_of(industry_key: str) -> str:
    return industry_key.partition(":")[2][:1]


@cache
def _load(id_: str) -> RuleSet:
    path = FOLDER / f"{id_}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in FOLDER.glob("*.yaml")))
        raise LookupError(f"There is no rule set {id_!r}. Known: {known}.")
    return RuleSet.parse(path.read_text(encoding="utf-8"))


@cache
def add_months(day: int, months: int) -> int:
    """The same day of the month, `months` later, or that month's last day when it is shorter (ordinals)."""
    start = date.fromordinal(day)
    index = start.year * 12 + start.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(start.day, monthrange(year, month)[1])).toordinal()
