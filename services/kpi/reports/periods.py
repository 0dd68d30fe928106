"""The years and quarters that a plan is reported for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from services.eventkit.errors import InvalidInput, NotFound
from services.kpi.domain.plans import PlanData

_ID = re.compile(r"(\d{4})(?:-Q([1-4]))?")
QUARTERS = (1, 2, 3, 4)


class Period(NamedTuple):
    """A calendar year, or one of its quarters."""

    year: int
    quarter: int | None = None

    @property
    def start(self) -> date:
        return date(self.year, 1 if self.quarter is None else 3 * self.quarter - 2, 1)

    @property
    def end(self) -> date:
        """Its last day: the day of which the report tells."""
        if self.quarter in (None, 4):
            return date(self.year, 12, 31)
        return date(self.year, 3 * (self.quarter or 0) + 1, 1) - timedelta(days=1)

    @property
    def before(self) -> date:
        """The last day of the period before: what it is compared with."""
        return self.start - timedelta(days=1)

    @property
    def id(self) -> str:
        """``2018``, or ``2018-Q2``."""
        return f"{self.year}" if self.quarter is None else f"{self.year}-Q{self.quarter}"

    @classmethod
    def of(cls, id_: str) -> Period | None:
        found = _ID.fullmatch(id_)
        return found and cls(int(found[1]), int(found[2]) if found[2] else None)


def periods(plan: PlanData, today: date) -> Iterator[Period]:
    """Those of a plan that are over, the earliest first; a year comes after its last quarter."""
    for year in range(plan.start.year, plan.due.year + 1):
        for period in (*(Period(year, quarter) for quarter in QUARTERS), Period(year)):
            if _of(period, plan) and period.end < today:
                yield period


def ensure_reported(period: Period, plan: PlanData, known: date, field: str) -> None:
    """`known` is the day up to which anything can be known; `field` is what it was asked by.

    Raises `NotFound` for a period that is none of the plan's, `InvalidInput` for one that is not over.
    """
    if not _of(period, plan):
        raise NotFound(
            f"The plan {plan.id} has no report of {period.id}: it runs from {plan.start} to {plan.due}."
        )
    if period.end >= known:
        raise InvalidInput.at(
            field, f"{period.id} is over on {period.end}; before, /api/v1/targets tells how the plan stands"
        )


def _of(period: Period, plan: PlanData) -> bool:
    return plan.start <= period.end and period.start <= plan.due
