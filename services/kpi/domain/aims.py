"""What is wanted of a measure of S1 to S6, and how it stands against that.

A plan says numbers in `expected`: at least so much by its last day, of `AT_MOST` at most so much on every
day. Where it says none, the documents and the money planned under it do (`PLANNED`). Of the rest nothing is
known, and why is said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Literal

import msgspec

from services.kpi.domain.figure import Figure
from services.kpi.domain.judging import Judged, forecast, history_days, towards
from services.kpi.domain.plans import PlanData
from services.kpi.domain.rules import Words
from services.kpi.domain.texts import reason

#: Of these less is better.
AT_MOST = frozenset(
    {
        *("options-pending", "options-due", "options-not-implemented", "options-lapsed"),
        *("options-discontinued", "options-excluded", "payback", "recording-delay"),
        *("policies-late", "policies-dropped", "policy-delay"),
    }
)

#: Of these no more can be wanted than there are: districts become fewer when a province is reorganised.
WHOLE = frozenset({"districts-linked"})

#: What is to reach, by the last day of the plan, the number that stands in another measure.
PLANNED = {
    "policies-issued": "policies-planned",
    "money-committed": "money-planned",
    "money-disbursed": "money-planned",
}

#: The path: straight from nothing at the start; as documents fall due; or the same limit on every day.
Path = Literal["straight", "due-days", "limit"]
SaidBy = Literal["plan", "records"]


class Aim(msgspec.Struct, frozen=True):
    """`value` is to be reached on the day `on`; `path` is where the measure should be today."""

    value: int
    said_by: SaidBy
    on: date
    along: Path
    path: Fraction


class Stand(msgspec.Struct, frozen=True):
    """How a figure stands. Without a verdict there is a `reason`."""

    judged: Judged
    aim: Aim | None = None
    reason: Words | None = None


def aim_of(figure: Figure, figures: Mapping[str, Figure], plan: PlanData, on: date) -> Aim | None:
    """`figures` are all of the indicator on that day, of the whole province. None where no number is said."""
    said = plan.expected.get(figure.measure)
    if said is not None:
        if figure.measure in AT_MOST:
            return Aim(said, "plan", plan.due, "limit", Fraction(said))
        if figure.measure in WHOLE and figure.denominator is not None:
            said = min(said, figure.denominator)
        return Aim(said, "plan", plan.due, "straight", _straight(said, plan, on))
    planned = figures.get(PLANNED.get(figure.measure, ""))
    if planned is None or not planned.numerator:
        return None
    if figure.measure == "policies-issued":
        late = figures["policies-late"].amount or Fraction(0)
        path = (figure.amount or Fraction(0)) + late
        return Aim(planned.numerator, "records", plan.due, "due-days", path)
    straight = _straight(planned.numerator, plan, on)
    return Aim(planned.numerator, "records", plan.due, "straight", straight)


def _straight(value: int, plan: PlanData, on: date) -> Fraction:
    days = (plan.due - plan.start).days
    passed = min(max((on - plan.start).days, 0), days)
    return Fraction(value * passed, days) if days else Fraction(value)


def reached(figure: Figure, aim: Aim, amount: Fraction) -> bool:
    return amount <= aim.value if figure.measure in AT_MOST else amount >= aim.value


def stand(figure: Figure, aim: Aim | None, on: date, history: Callable[[], Sequence[Figure | None]]) -> Stand:
    """`history` gives the figure on `history_days(on)`, and is asked only before the day of the aim."""
    if aim is None:
        said = "nothing-planned" if figure.measure in PLANNED else "no-number"
        return Stand(Judged("no-target"), None, not_judged(reason(said)))
    amount = figure.amount
    if amount is None or (figure.measure in WHOLE and not figure.denominator):
        why = not_judged(figure.reason or reason("no-value"))
        return Stand(Judged("unknown", aim.on, aim.path), aim, why)
    if on >= aim.on:
        return Stand(Judged("met" if reached(figure, aim, amount) else "missed", aim.on, aim.path), aim)
    amounts = [None if one is None else one.amount for one in history()]
    ahead = forecast(list(zip(history_days(on), amounts, strict=True)), aim.on)
    on_path = amount <= aim.path if aim.along == "limit" else amount >= aim.path
    status = towards(on_path, ahead, lambda then: reached(figure, aim, then))
    few = not_judged(reason("few-months")) if status == "unknown" else None
    return Stand(Judged(status, aim.on, aim.path, ahead), aim, few)


def not_judged(because: Words) -> Words:
    return Words(vi=f"không đánh giá được vì {because.vi}", en=f"cannot be judged because {because.en}")


def against(figure: Figure, aim: Aim | None) -> Figure:
    """With what is expected of it, and whether that is reached."""
    amount = figure.amount
    if aim is None or amount is None:
        return figure
    return msgspec.structs.replace(figure, expected=aim.value, met=reached(figure, aim, amount))
