"""What was frozen, shown beside the live value of the same plan and day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode

from services.kpi.api.shown import EVERYTHING, Shown
from services.kpi.domain.official import MeasureValue, Period, TargetValue
from services.kpi.domain.shares import FACILITY_CODES
from services.kpi.views.official import OfficialBook

_SIX = Decimal("0.000001")


class Frozen:
    """What had been frozen by `known_at`, if that is given."""

    def __init__(self, book: OfficialBook, known_at: datetime | None) -> None:
        self._book, self._known_at = book, known_at

    def of(self, shown: Shown) -> Period | None:
        """None for a selection: what is official is of the whole province."""
        found = self._book.find(shown.plan.id, shown.on) if shown.selection == EVERYTHING else None
        return found and found.as_known(self._known_at)

    def changes(self, period: Period, code: str) -> str | None:
        """Where it is told why the value is another now; None for a target that others make up."""
        if code not in (*FACILITY_CODES, "K3"):
            return None
        reading = period.official.reading
        asked = {
            "plan": period.plan_id,
            "on": period.on,
            "from": (reading.known_at or reading.read_at).isoformat(),
            **({} if self._known_at is None else {"to": self._known_at.isoformat()}),
        }
        return f"/api/v1/targets/{code}/changes?{urlencode(asked)}"


def targets_beside(frozen: Frozen, shown: Shown, targets: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The targets, each with what is `official` of it: None where nothing is."""
    period = frozen.of(shown)
    if period is None:
        return list(targets)
    known = {one.code: one for one in period.official.reading.targets}
    return [
        {**one, "official": beside(period, known.get(one["code"]), one, frozen.changes(period, one["code"]))}
        for one in targets
    ]


def measures_beside(
    frozen: Frozen, shown: Shown, code: str, measures: Iterable[dict[str, Any]]
) -> list[dict[str, Any]]:
    period = frozen.of(shown)
    known = {} if period is None else {(m.code, m.measure): m for m in period.official.reading.supporting}
    return [
        {**one, "official": period and beside(period, known.get((code, one["measure"])), one)}
        for one in measures
    ]


def beside(
    period: Period,
    frozen: TargetValue | MeasureValue | None,
    live: dict[str, Any],
    changes: str | None = None,
) -> dict[str, Any] | None:
    """`live` has value, numerator, denominator and met. None for what the frozen reading does not have."""
    if frozen is None:
        return None
    held = period.official
    names = ("value", "numerator", "denominator")
    return {
        "official_id": held.official_id,
        "label": held.label,
        "frozen_at": held.reading.read_at,
        "by": held.by,
        "corrections": len(period.entries) - 1,
        "rules": f"{held.reading.rules.id}@{held.reading.rules.version}",
        "value": frozen.value,
        "decimal": frozen.decimal,
        "numerator": frozen.numerator,
        "denominator": frozen.denominator,
        "met": frozen.met,
        "restated": any(live[name] != getattr(frozen, name) for name in (*names, "met")),
        "difference": {
            **_difference(live["value"], frozen.value),
            **{name: _less(live[name], getattr(frozen, name)) for name in names[1:]},
        },
        "changes": changes,
    }


def _difference(live: str | None, frozen: str | None) -> dict[str, str | None]:
    if live is None or frozen is None:
        return {"value": None, "decimal": None}
    exact = Fraction(live) - Fraction(frozen)
    rounded = (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(_SIX, ROUND_HALF_EVEN)
    return {"value": str(exact), "decimal": str(rounded)}


def _less(live: int | None, frozen: int | None) -> int | None:
    return None if live is None or frozen is None else live - frozen
