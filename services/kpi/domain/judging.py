"""Whether a target is on its way: against the path to its milestone, and by where the last year leads.

All is exact. Forecast ``linear-12m``: the least-squares line through the values of the last twelve month ends
(at least six that have one), read on the day of the milestone; nothing falls below 0, no share beyond 1.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Literal

import msgspec

from services.kpi.domain.plans import PlanData
from services.kpi.domain.targets import Reading

Status = Literal["on-track", "at-risk", "off-track", "met", "missed", "unknown", "no-target"]
STATUSES: tuple[Status, ...] = ("on-track", "at-risk", "off-track", "met", "missed", "unknown", "no-target")

METHOD = "linear-12m"
MONTHS, LEAST = 12, 6

#: Worst last; of two parts the worse says how both are.
_ORDER: tuple[Status, ...] = ("met", "on-track", "at-risk", "off-track", "missed", "unknown", "no-target")
_APART: tuple[Status, ...] = ("met", "on-track", "unknown", "at-risk", "off-track", "missed")


class Forecast(msgspec.Struct, frozen=True):
    """`value` is expected on the day `on`, from the values of `months` month ends."""

    method: str
    on: date
    months: int
    value: Fraction


class Judged(msgspec.Struct, frozen=True):
    """`path` is where the value should be, `milestone_on` the day of the milestone that applies."""

    status: Status
    milestone_on: date | None = None
    path: Fraction | None = None
    forecast: Forecast | None = None


def history_days(on: date) -> list[date]:
    """The last `MONTHS` month ends up to a day, in order."""
    index = on.year * 12 + on.month - 1
    if on.day < monthrange(on.year, on.month)[1]:
        index -= 1
    months = [divmod(index - back, 12) for back in reversed(range(MONTHS))]
    return [date(year, month + 1, monthrange(year, month + 1)[1]) for year, month in months]


def judge(
    plan: PlanData, code: str, on: date, now: Reading, history: Callable[[], Sequence[Reading]]
) -> Judged:
    """`history` gives the readings of `history_days(on)`, and is asked only before the last milestone. After
    it: met or missed. Before: on track on or above the path; below it at risk if the forecast reaches the
    milestone, else off track."""
    milestone = plan.milestone(code, on)
    if milestone is None:
        return Judged("no-target")
    path = plan.path(code, on)
    value = exact(now)
    if value is None or path is None:
        return Judged("unknown", milestone.on, path)
    wanted = Fraction(milestone.value)
    if on >= milestone.on:
        return Judged("met" if value >= wanted else "missed", milestone.on, path)
    values = [exact(reading) for reading in history()]
    ahead = forecast(list(zip(history_days(on), values, strict=True)), milestone.on, most=Fraction(1))
    return Judged(towards(value >= path, ahead, lambda then: then >= wanted), milestone.on, path, ahead)


def towards(on_path: bool, ahead: Forecast | None, reaches: Callable[[Fraction], bool]) -> Status:
    """Before the day: `reaches` says whether a value would do on it."""
    if on_path:
        return "on-track"
    if ahead is None:
        return "unknown"
    return "at-risk" if reaches(ahead.value) else "off-track"


def both(parts: Sequence[Judged]) -> Judged:
    """Of a target that needs all its parts: one that was missed decides, whatever is unknown of others."""
    worst = max(parts, key=lambda part: _ORDER.index(part.status))
    if worst.status == "unknown":
        worst = next((part for part in parts if part.status == "missed"), worst)
    return Judged(worst.status, None if worst.status == "no-target" else worst.milestone_on)


def worst(statuses: Iterable[Status]) -> Status:
    """Of parts that stand each for itself. Those without a target say nothing; one that is unknown neither
    hides what is behind nor lets the rest pass for well."""
    return max((one for one in statuses if one != "no-target"), key=_APART.index, default="no-target")


def forecast(
    history: Sequence[tuple[date, Fraction | None]], on: date, most: Fraction | None = None
) -> Forecast | None:
    """None with fewer than `LEAST` values."""
    points = [(day.toordinal(), value) for day, value in history if value is not None]
    if len(points) < LEAST:
        return None
    mean_x = Fraction(sum(x for x, _ in points), len(points))
    mean_y = sum((y for _, y in points), Fraction(0)) / len(points)
    spread = sum(((x - mean_x) ** 2 for x, _ in points), Fraction(0))
    slope = sum(((x - mean_x) * (y - mean_y) for x, y in points), Fraction(0)) / spread
    value = mean_y + slope * (on.toordinal() - mean_x)
    value = max(value, Fraction(0))
    return Forecast(METHOD, on, len(points), value if most is None else min(value, most))


def exact(reading: Reading) -> Fraction | None:
    if reading.value is None or reading.numerator is None or not reading.denominator:
        return None
    return Fraction(reading.numerator, reading.denominator)


def rounded(value: Fraction) -> str:
    """To six places half-even, for display."""
    found = Decimal(value.numerator) / Decimal(value.denominator)
    return str(found.quantize(Decimal("0.000001"), ROUND_HALF_EVEN))
