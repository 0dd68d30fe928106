"""Targets as they are shown, from the cube."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from typing import Any

from services.kpi.domain.measures import FacilityMeasure as M
from services.kpi.domain.measures import OfficerMeasure, UnitMeasure
from services.kpi.domain.rules import RuleSet
from services.kpi.domain.targets import (
    CODES,
    Reading,
    Staffing,
    Sums,
    at_five_percent,
    facility_reading,
    groups,
    shared_officers,
    staffing_reading,
)
from services.kpi.views.cube import Cube, Where, where
from services.kpi.views.live import View


def reading(found: Reading) -> dict[str, Any]:
    words = None if found.reason is None else {"vi": found.reason.vi, "en": found.reason.en}
    return {
        "value": found.value,
        "decimal": found.decimal,
        "numerator": found.numerator,
        "denominator": found.denominator,
        "met": found.met,
        "reason": words,
    }


def envelope(view: View, rules: RuleSet, on: date) -> dict[str, Any]:
    return {
        "as_of": on,
        "generation": view.generation,
        "position": view.position,
        "plan": rules.plan,
        "rules": {"id": rules.id, "version": rules.version},
    }


class Shown:
    """The targets on one day."""

    def __init__(self, cube: Cube, rules: RuleSet, on: date) -> None:
        self.cube, self.rules, self.on = cube, rules, on
        self.units = frozenset(rules.territory)
        self.sums = self._sums()
        self.enterprises = self._sums(kind="enterprise")
        self.staffing = {unit: self._staffing(unit) for unit in rules.territory}

    def all(self) -> list[dict[str, Any]]:
        return [self.target(code) for code in CODES]

    def target(self, code: str) -> dict[str, Any]:
        rules, sums, text = self.rules, self.sums, self.rules.texts[code]
        found: dict[str, Any] = {
            "code": code,
            "name": text.name,
            "unit": "goe" if code == "K2b" else text.unit,
            "target": rules.data.targets.get(code),
            **dict.fromkeys(("band", "enterprises", "parts", "groups", "excluded")),
            **dict.fromkeys(("at_five_percent", "shared_officers")),
        }
        if code == "K3":
            units = list(self.staffing.values())
            found |= reading(staffing_reading(units, rules))
            found["shared_officers"] = shared_officers(units)
            return found
        found |= reading(facility_reading(code, sums, rules))
        found["enterprises"] = reading(facility_reading(code, self.enterprises, rules))
        if code == "K2":
            found["parts"] = [
                {"code": part, **reading(facility_reading(part, sums, rules))} for part in ("K2a", "K2b")
            ]
        if code == "K2b":
            found["band"] = list(rules.data.band)
            found["groups"] = [
                {"group": g.group, "unit": g.unit, **reading(g.reading)} for g in groups(sums, rules)
            ]
        if code in ("K2b", "K2d"):
            found["excluded"] = {
                "flagged": sums.facilities[M.FLAGGED],
                "left_out": sums.facilities[M.LEFT_OUT],
                "uncomputable": sums.facilities[M.UNCOMPUTABLE],
            }
        if code == "K2c":
            found["at_five_percent"] = reading(at_five_percent(sums))
        return found

    def detail(self, code: str) -> dict[str, Any]:
        return {
            "target": self.target(code),
            "rule": self.rules.texts[code].rule,
            "series": self._series(code),
            "by_district": self._by_district(code),
            "by_industry": [] if code == "K3" else self._by_industry(code),
        }

    def _series(self, code: str) -> list[dict[str, Any]]:
        ends = month_ends(self.rules.plan.start, min(self.on, self.rules.plan.due))
        if code == "K3":
            per_unit = [self._staffing_series(unit, ends) for unit in self.rules.territory]
            readings = [staffing_reading(units, self.rules) for units in zip(*per_unit, strict=True)]
        else:
            readings = [facility_reading(code, sums, self.rules) for sums in self._sums_on(ends)]
        return [
            {"month": end.isoformat()[:7], "on": end, **reading(found)}
            for end, found in zip(ends, readings, strict=True)
        ]

    def _by_district(self, code: str) -> list[dict[str, Any]]:
        shown = []
        for unit in self.rules.territory.values():
            staffing = self.staffing[unit.id]
            sums = self._sums(unit=unit.id)
            if not staffing.exists and not sums.facilities[M.ACTIVE]:
                continue
            found = (
                staffing_reading([staffing], self.rules)
                if code == "K3"
                else facility_reading(code, sums, self.rules)
            )
            shown.append({"unit_id": unit.id, "name": unit.name, **reading(found)})
        return shown

    def _by_industry(self, code: str) -> list[dict[str, Any]]:
        return [
            {
                "section": section,
                "name": self.rules.section_names[section],
                **reading(facility_reading(code, self._sums(section=section), self.rules)),
            }
            for section in sorted(self.rules.sections)
        ]

    def _sums(self, **chosen: str) -> Sums:
        (found,) = self._sums_on([self.on], **chosen)
        return found

    def _sums_on(self, days: Sequence[date], **chosen: str) -> list[Sums]:
        """Of facilities in the territory."""
        here: Where = where(**{"unit": self.units, **chosen})
        counts, amounts = self.cube.series("facility", days, here), self.cube.series("saving", days, here)
        return [Sums(*pair) for pair in zip(counts, amounts, strict=True)]

    def _staffing(self, unit: str) -> Staffing:
        (found,) = self._staffing_series(unit, [self.on])
        return found

    def _staffing_series(self, unit: str, days: Sequence[date]) -> list[Staffing]:
        exists = self.cube.series("unit", days, where(unit=unit))
        officers = self.cube.series("officer", days, where(unit=unit))
        return [
            Staffing(e[UnitMeasure.EXISTS], o[OfficerMeasure.QUALIFIED], o[OfficerMeasure.SHARED])
            for e, o in zip(exists, officers, strict=True)
        ]


def month_ends(first: date, last: date) -> list[date]:
    """The last days of the months from that of `first` on, up to `last`."""
    ends = []
    year, month = first.year, first.month
    while (end := date(year, month, monthrange(year, month)[1])) <= last:
        ends.append(end)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return ends
