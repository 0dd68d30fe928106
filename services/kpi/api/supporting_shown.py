"""S1 to S6 as they are shown: the measures on a day, through the plan, and divided."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from services.kpi.api.shown import EVERYTHING, UNKNOWN, Shown, month_ends
from services.kpi.domain.aims import Stand, against, aim_of, not_judged, stand
from services.kpi.domain.figure import Figure
from services.kpi.domain.judging import Judged, history_days, rounded, worst
from services.kpi.domain.rules import UNKNOWN_SIZE, RuleSet, Words
from services.kpi.domain.texts import labels, reason
from services.kpi.views.supporting import CODES, Choice, Supporting


def shown_figure(figure: Figure) -> dict[str, Any]:
    return {
        "measure": figure.measure,
        "name": figure.name,
        "unit": figure.unit,
        "value": figure.value,
        "decimal": figure.decimal,
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "expected": figure.expected,
        "met": figure.met,
        "reason": figure.reason,
    }


def shown_stand(figure: Figure, found: Stand) -> dict[str, Any]:
    ahead, aim, path = found.judged.forecast, found.aim, found.judged.path
    return {
        **shown_figure(against(figure, aim)),
        "status": found.judged.status,
        "expected_said_by": aim and aim.said_by,
        "milestone_on": found.judged.milestone_on,
        "path": None if path is None else rounded(path),
        "along": aim and aim.along,
        "forecast": ahead
        and {"method": ahead.method, "months": ahead.months, "on": ahead.on, "decimal": rounded(ahead.value)},
        "not_judged": found.reason,
    }


class Reader:
    """S1 to S6 of what a `Shown` shows. They are judged for the whole province alone: a plan says no other
    numbers."""

    def __init__(self, shown: Shown) -> None:
        self._shown, self._rules = shown, shown.rules
        self.plan_id = shown.plan.id

    def all(self) -> list[dict[str, Any]]:
        return [self.summary(code) for code in CODES]

    def summary(self, code: str) -> dict[str, Any]:
        stands = self._stands(code)
        return {
            "code": code,
            "name": self._rules.texts[code].name,
            "status": worst(found.judged.status for _, found in stands),
            "measures": [shown_stand(*one) for one in stands],
        }

    def detail(self, code: str, period: str) -> dict[str, Any]:
        return {
            **self.summary(code),
            "rule": self._rules.texts[code].rule,
            "series": list(self._series(code, period)),
            "rows": list(self._rows(code)),
        }

    def _stands(self, code: str) -> list[tuple[Figure, Stand]]:
        shown, figures = self._shown, self.reading().measures(code)
        if shown.selection != EVERYTHING:
            part = Stand(Judged("no-target"), None, not_judged(reason("whole-province")))
            return [(figure, part) for figure in figures]
        named = {figure.measure: figure for figure in figures}
        aims = [aim_of(figure, named, shown.plan, shown.on) for figure in figures]
        months = cache(lambda: [self._named(code, day) for day in history_days(shown.on)])

        def before(measure: str) -> Callable[[], list[Figure | None]]:
            return lambda: [then.get(measure) for then in months()]

        return [
            (figure, stand(figure, aim, shown.on, before(figure.measure)))
            for figure, aim in zip(figures, aims, strict=True)
        ]

    def _named(self, code: str, on: date) -> dict[str, Figure]:
        return {figure.measure: figure for figure in self.reading(on).measures(code)}

    def reading(self, on: date | None = None, /, **narrower: str) -> Supporting:
        """`narrower` names members of `Selection`."""
        shown = self._shown
        chosen = shown.selection._asdict() | narrower
        units = shown.units
        if "unit_id" in narrower:
            units = frozenset((narrower["unit_id"],)) & units
        choice = Choice(units, chosen["unit_id"] is None, chosen["section"], chosen["kind"], chosen["size"])
        return Supporting(shown.cube, shown.territory, self.plan_id, on or shown.on, choice)

    def _series(self, code: str, period: str) -> Iterator[dict[str, Any]]:
        shown = self._shown
        for end in month_ends(shown.plan.start, min(shown.on, shown.plan.due)):
            if period == "year" and end.month != 12:
                continue
            for figure in self.reading(end).measures(code):
                yield {"month": end.isoformat()[:7], "on": end, **shown_figure(figure)}

    def _rows(self, code: str) -> Iterator[dict[str, Any]]:
        for division in DIVISIONS[code]:
            for group, name, figures in division(self, code):
                for figure in figures:
                    if figure.value is not None or figure.denominator is not None:
                        yield {
                            "by": _BY[division],
                            "group": group,
                            "group_name": name,
                            **shown_figure(figure),
                        }

    def units(self) -> Iterator[tuple[str, Words]]:
        """Those that any facility or activity stands at."""
        shown = self._shown
        cube = shown.cube
        named = {unit for kind in ("facility", "training", "unit") for unit in cube.names(kind, "unit")}
        for unit in shown.territory.units:
            if unit in shown.units and unit in named:
                yield unit, shown.territory.name(unit, shown.on.toordinal())

    def sizes(self) -> dict[str, Words]:
        return {size.id: size.name for size in self._rules.sizes.values()} | {UNKNOWN_SIZE: UNKNOWN}

    @property
    def rules(self) -> RuleSet:
        return self._rules

    @property
    def shown(self) -> Shown:
        return self._shown


class Row(NamedTuple):
    group: str
    name: Words
    figures: list[Figure]


Division = Callable[[Reader, str], Iterator[Row]]


def _by_unit(reader: Reader, code: str) -> Iterator[Row]:
    for unit, name in reader.units():
        yield Row(unit, name, reader.reading(unit_id=unit).measures(code))


def _by_section(reader: Reader, code: str) -> Iterator[Row]:
    for section in sorted(reader.rules.sections):
        if reader.shown.selection.section in (None, section):
            figures = reader.reading(section=section).measures(code)
            yield Row(section, reader.rules.section_names[section], figures)


def _by_kind(reader: Reader, code: str) -> Iterator[Row]:
    for kind, name in labels("kinds").items():
        if reader.shown.selection.kind in (None, kind):
            yield Row(kind, name, reader.reading(kind=kind).measures(code))


def _by_size(reader: Reader, code: str) -> Iterator[Row]:
    for size, name in reader.sizes().items():
        if reader.shown.selection.size in (None, size):
            yield Row(size, name, reader.reading(size=size).measures(code))


def _limited(limit: str, named: str) -> Division:
    def division(reader: Reader, code: str) -> Iterator[Row]:
        for value, name in labels(named).items():
            yield Row(value, name, reader.reading().measures(code, **{limit: value}))

    return division


_by_channel, _by_audience = _limited("channel", "channels"), _limited("audience", "audiences")
_by_class, _by_source = _limited("option_class", "classes"), _limited("source", "sources")
_by_group = _limited("group", "groups")

_BY: dict[Division, str] = {
    _by_unit: "unit",
    _by_section: "section",
    _by_kind: "kind",
    _by_size: "size",
    _by_channel: "channel",
    _by_audience: "audience",
    _by_class: "class",
    _by_source: "source",
    _by_group: "group",
}

DIVISIONS: dict[str, tuple[Division, ...]] = {
    "S1": (_by_channel, _by_audience, _by_unit),
    "S2": (_by_class, _by_unit, _by_section, _by_kind, _by_size),
    "S3": (_by_unit,),
    "S4": (_by_unit, _by_section, _by_kind, _by_size),
    "S5": (),
    "S6": (_by_source, _by_group),
}
