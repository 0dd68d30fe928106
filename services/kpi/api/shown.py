"""Targets as they are shown, from the cube."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from services.kpi.api.estimated import estimated
from services.kpi.api.judged import judged, reading
from services.kpi.domain.measures import FacilityMeasure as M
from services.kpi.domain.measures import OfficerMeasure, UnitMeasure
from services.kpi.domain.plans import PlanData
from services.kpi.domain.rules import UNKNOWN_SIZE, RuleSet, Words
from services.kpi.domain.saved import Median, median, saved
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
from services.kpi.domain.territory import Units
from services.kpi.domain.texts import reason
from services.kpi.views.cube import Cube, Where, where
from services.kpi.views.live import View

#: What is shown of a target beside those of other plans.
COMPARED: tuple[str, ...] = (
    *("code", "name", "target", "status", "milestone_on", "path", "forecast"),
    *("value", "decimal", "numerator", "denominator", "met", "reason"),
)

#: What a target is divided by, as members of its detail.
DIVISIONS = ("by_district", "by_industry", "by_size", "by_kind")

UNKNOWN = Words(vi="Không rõ", en="Unknown")


def plan_shown(plan: PlanData) -> dict[str, Any]:
    names = ("id", "name", "source", "start", "due")
    return {name: getattr(plan, name) for name in names}


def envelope(
    query: Mapping[str, Any], view: View, rules: RuleSet, plan: PlanData, on: date
) -> dict[str, Any]:
    return {
        "as_of": on,
        "known_at": query.get("known_at"),
        "generation": view.generation,
        "position": view.position,
        "plan": plan_shown(plan),
        "rules": {"id": rules.id, "version": rules.version},
    }


def unrecorded(answer: Any) -> Any:
    """An answer of a time before the first record: that is why nothing in it has a value."""
    if isinstance(answer, dict):
        found = {name: unrecorded(value) for name, value in answer.items()}
        without = "reason" in found and found.get("value") is None and found.get("decimal") is None
        return found | {"reason": reason("nothing-recorded")} if without else found
    return [unrecorded(value) for value in answer] if isinstance(answer, list) else answer


class Selection(NamedTuple):
    """Which facilities; None does not limit."""

    unit_id: str | None = None
    section: str | None = None
    kind: str | None = None
    size: str | None = None


EVERYTHING = Selection()


class Shown:
    """The targets on one day."""

    def __init__(
        self,
        cube: Cube,
        rules: RuleSet,
        plan: PlanData,
        units: Units,
        on: date,
        selection: Selection = EVERYTHING,
    ) -> None:
        self.cube, self.rules, self.plan, self.on = cube, rules, plan, on
        self.territory = units.territory(plan.territory, rules.territory)
        self.goals = plan.goals(on)
        self.selection = selection
        unit = selection.unit_id
        self.units = frozenset(self.territory.units) if unit is None else self.territory.within(unit)
        self.sums = self._sums()
        self._divided: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.enterprises = None if selection.kind == "household" else self._sums(kind="enterprise")
        self.districts = [unit for unit in self.territory.units if unit in self.units]
        self.staffing = {unit: self._staffing(unit) for unit in self.districts}

    @property
    def divided(self) -> bool:
        """Whether facilities were chosen by what they are, not only by where."""
        return any((self.selection.section, self.selection.kind, self.selection.size))

    def all(self) -> list[dict[str, Any]]:
        return [self.target(code) for code in CODES]

    def compared(self) -> list[dict[str, Any]]:
        """Each target in short."""
        return [{name: target[name] for name in COMPARED} for target in self.all()]

    def target(self, code: str) -> dict[str, Any]:
        goals, sums, text = self.goals, self.sums, self.rules.texts[code]
        milestone = self.plan.milestone(code, self.on)
        found: dict[str, Any] = {
            "code": code,
            "name": text.name,
            "unit": "goe" if code == "K2b" else text.unit,
            "target": None if milestone is None else str(milestone.value),
            **dict.fromkeys(
                ("band", "enterprises", "parts", "groups", "estimates", "savings", "median", "excluded")
            ),
            **dict.fromkeys(("at_five_percent", "shared_officers", "official")),
            **judged(self, code),
        }
        if code == "K3":
            units = list(self.staffing.values())
            found |= reading(self._staffed(units, self.on))
            found["shared_officers"] = shared_officers(units)
            return found
        found |= reading(facility_reading(code, sums, goals))
        if self.enterprises is not None:
            found["enterprises"] = reading(facility_reading(code, self.enterprises, goals))
        if code == "K1" and self.selection == EVERYTHING:
            found["estimates"] = estimated(self.cube, self.on)
        if code == "K2":
            found["parts"] = [
                {"code": part, **reading(facility_reading(part, sums, goals))} for part in ("K2a", "K2b")
            ]
        if code in ("K2", "K2b"):
            found["savings"] = saved(sums.saving, sums.facilities[M.MEASURED], self.rules)
        if code == "K2b":
            found["band"] = milestone and milestone.band and [str(limit) for limit in milestone.band]
            found["groups"] = [
                {
                    "group": g.group,
                    "unit": g.unit,
                    **reading(g.reading),
                    "median": self._median(f"saving-{g.group}"),
                }
                for g in groups(sums, goals)
            ]
            found["median"] = self._median("saving-energy")
        if code in ("K2b", "K2d"):
            found["excluded"] = {
                "flagged": sums.facilities[M.FLAGGED],
                "left_out": sums.facilities[M.LEFT_OUT],
                "uncomputable": sums.facilities[M.UNCOMPUTABLE],
            }
        if code == "K2c":
            found["at_five_percent"] = reading(at_five_percent(sums))
        return found

    def detail(self, code: str, period: str = "month") -> dict[str, Any]:
        return {
            "target": self.target(code),
            "rule": self.rules.texts[code].rule,
            "series": self._series(code, period),
            **{by: self.by(by, code) for by in DIVISIONS},
        }

    def by(self, division: str, code: str) -> list[dict[str, Any]]:
        """The rows of one of `DIVISIONS`, worked out once. K3, which is of units, has districts alone."""
        known = self._divided.get((division, code))
        if known is None:
            divide: dict[str, Callable[[str], list[dict[str, Any]]]] = {
                "by_district": self._by_district,
                "by_industry": self._by_industry,
                "by_size": self._by_size,
                "by_kind": self._by_kind,
            }
            known = [] if code == "K3" and division != "by_district" else divide[division](code)
            self._divided[division, code] = known
        return known

    def in_unit(self, unit: str) -> tuple[Sums, dict[str, Reading]]:
        """Of the facilities selected, those in one unit: their sums, and each indicator."""
        sums = self._sums(unit=unit)
        found: dict[str, Reading] = {
            code: facility_reading(code, sums, self.goals) for code in CODES if code != "K3"
        }
        return sums, {**found, "K3": self._staffed([self.staffing[unit]], self.on)}

    def _series(self, code: str, period: str) -> list[dict[str, Any]]:
        ends = month_ends(self.plan.start, min(self.on, self.plan.due))
        if period == "year":
            ends = [end for end in ends if end.month == 12]
        return [
            {"month": end.isoformat()[:7], "on": end, **reading(found)}
            for end, found in zip(ends, self.readings(code, ends), strict=True)
        ]

    def readings(self, code: str, days: Sequence[date]) -> list[Reading]:
        if code == "K3":
            per_unit = [self._staffing_series(unit, days) for unit in self.districts]
            return [self._staffed([one[index] for one in per_unit], day) for index, day in enumerate(days)]
        found = zip(self._sums_on(days), days, strict=True)
        return [facility_reading(code, sums, self.plan.goals(day)) for sums, day in found]

    def _by_district(self, code: str) -> list[dict[str, Any]]:
        shown = []
        for unit in self.districts:
            staffing = self.staffing[unit]
            sums = self._sums(unit=unit)
            if code == "K3" and not staffing.exists:
                continue
            if not staffing.exists and not sums.facilities[M.ACTIVE]:
                continue
            found = (
                self._staffed([staffing], self.on)
                if code == "K3"
                else facility_reading(code, sums, self.goals)
            )
            name = self.territory.name(unit, self.on.toordinal())
            shown.append({"unit_id": unit, "name": name, **reading(found)})
        return shown

    def _by_industry(self, code: str) -> list[dict[str, Any]]:
        return [
            {
                "section": section,
                "name": self.rules.section_names[section],
                **reading(facility_reading(code, self._sums(section=section), self.goals)),
            }
            for section in sorted(self.rules.sections)
        ]

    def _by_size(self, code: str) -> list[dict[str, Any]]:
        names = {size.id: size.name for size in self.rules.sizes.values()} | {UNKNOWN_SIZE: UNKNOWN}
        return [
            {
                "size": size,
                "name": name,
                **reading(facility_reading(code, self._sums(size=size), self.goals)),
            }
            for size, name in names.items()
        ]

    def _by_kind(self, code: str) -> list[dict[str, Any]]:
        return [
            {"kind": kind, **reading(facility_reading(code, self._sums(kind=kind), self.goals))}
            for kind in ("enterprise", "household")
        ]

    def _sums(self, **chosen: str) -> Sums:
        (found,) = self._sums_on([self.on], **chosen)
        return found

    def _where(self, **chosen: str) -> Where:
        limits: dict[str, frozenset[str]] = {"unit": self.units}
        for name, value in (*self.selection._asdict().items(), *chosen.items()):
            if value is not None and name != "unit_id":
                limits[name] = limits.get(name, frozenset((value,))) & {value}
        return where(**limits)

    def _sums_on(self, days: Sequence[date], **chosen: str) -> list[Sums]:
        """Of the facilities selected, within the territory. A value chosen that the selection leaves out
        leaves nothing."""
        here = self._where(**chosen)
        counts, amounts = self.cube.series("facility", days, here), self.cube.series("saving", days, here)
        return [Sums(*pair) for pair in zip(counts, amounts, strict=True)]

    def _median(self, name: str) -> Median:
        """Of a spread of savings, over the facilities selected."""
        return median(self.cube.spread(name, self.on, self._where()), 10_000, "no-measurement")

    def _staffed(self, units: Sequence[Staffing], day: date) -> Reading:
        if self.divided:
            return Reading(None, None, None, None, None, reason("not-by-facility"))
        return staffing_reading(units, self.plan.goals(day), self.territory.had_districts(day.toordinal()))

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
