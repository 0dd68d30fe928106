"""How a target stands against its plan, as it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Protocol

from services.kpi.domain.judging import Judged, both, history_days, judge, rounded
from services.kpi.domain.plans import PlanData
from services.kpi.domain.targets import Reading, Sums, over_official
from services.kpi.domain.territory import Territory
from services.kpi.domain.texts import reason

PARTS = ("K2a", "K2b")


class Readings(Protocol):
    """What `Shown` knows of the facilities chosen."""

    plan: PlanData
    territory: Territory
    on: date
    sums: Sums
    units: frozenset[str]

    @property
    def divided(self) -> bool: ...
    def readings(self, code: str, days: Sequence[date]) -> list[Reading]: ...


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


def judged(shown: Readings, code: str) -> dict[str, Any]:
    found = both([_judge(shown, part) for part in PARTS]) if code == "K2" else _judge(shown, code)
    ahead = found.forecast
    official = _official(shown, code)
    return {
        "status": found.status,
        "milestone_on": found.milestone_on,
        "path": None if found.path is None else rounded(found.path),
        "forecast": None
        if ahead is None
        else {
            "method": ahead.method,
            "months": ahead.months,
            "on": ahead.on,
            "decimal": rounded(ahead.value),
        },
        "over_official": None if official is None else reading(official),
    }


def _judge(shown: Readings, code: str) -> Judged:
    (now,) = shown.readings(code, [shown.on])
    return judge(shown.plan, code, shown.on, now, lambda: shown.readings(code, history_days(shown.on)))


def _official(shown: Readings, code: str) -> Reading | None:
    if shown.divided:
        asked = over_official(code, shown.sums, None)
        return asked and Reading(None, None, asked.numerator, None, None, reason("not-official-by"))
    official = shown.territory.official(shown.units, shown.on.toordinal())
    return over_official(code, shown.sums, official)
