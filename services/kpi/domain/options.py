"""Where an option stands on a day, and what options, pilots and replications a facility counts for."""

from __future__ import annotations

from operator import sub
from typing import Literal

from services.kpi.domain.facts import FacilityCard, Fact, OptionDetail, as_of
from services.kpi.domain.measures import SPREAD, Days, OptionMeasure, PilotMeasure, Vector
from services.kpi.domain.parts import Course, put
from services.kpi.domain.ratio import Ratio
from services.kpi.domain.rules import RuleSet, add_months

Status = Literal[
    "proposed",
    "pending",
    "in-use",
    "verified",
    "not-implemented",
    "lapsed",
    "excluded",
    "discontinued",
]

_DONE: dict[str, Status] = {
    "implemented": "in-use",
    "verified": "verified",
    "discontinued": "discontinued",
    "refused": "not-implemented",
}

_O = OptionMeasure
_ONE: dict[PilotMeasure, Vector] = {one: tuple(int(m is one) for m in PilotMeasure) for one in PilotMeasure}

#: The measures that a status is counted in. An excluded option counts nowhere else.
_COUNTED: dict[Status, tuple[OptionMeasure, ...]] = {
    "proposed": (_O.PROPOSED,),
    "pending": (_O.PROPOSED, _O.PENDING),
    "in-use": (_O.PROPOSED, _O.IN_USE),
    "verified": (_O.PROPOSED, _O.IN_USE, _O.VERIFIED),
    "not-implemented": (_O.PROPOSED, _O.NOT_IMPLEMENTED),
    "lapsed": (_O.PROPOSED, _O.NOT_IMPLEMENTED, _O.LAPSED),
    "excluded": (_O.EXCLUDED,),
    "discontinued": (_O.PROPOSED, _O.DISCONTINUED),
}


def status_on(detail: OptionDetail, facts: list[Fact], day: int, rules: RuleSet) -> Status | None:
    """`facts` are those of `Assessment.options`. None before it was proposed.

    A pending option nobody has decided on counts as not implemented from the day it is `option_lapse_months`
    old; one that is put into use after that is in use from then on.
    """
    if detail.proposed is None or day < detail.proposed.day:
        return None
    life = as_of(detail.life, day)
    if life is not None and life.value == "excluded":
        return "excluded"
    done = as_of(facts, day)
    if done is not None:
        return _DONE[done.value]
    if life is None:
        return "proposed"
    return "lapsed" if day >= add_months(detail.proposed.day, rules.option_lapse_months) else "pending"


def due_on(detail: OptionDetail, day: int, rules: RuleSet) -> bool:
    """Whether the yearly question about a pending option waits for an answer: an anniversary of its proposal
    has come since it was deferred and nobody has asked in the year before it, nor since."""
    deferred = next((fact.day for fact in detail.life if fact.value == "pending"), None)
    if detail.proposed is None or deferred is None:
        return False
    months = rules.option_ask_months
    first = detail.proposed.day
    if day < add_months(first, months):
        return False
    count = 1
    while add_months(first, months * (count + 1)) <= day:
        count += 1
    if add_months(first, months * count) <= deferred:
        return False
    since = add_months(first, months * (count - 1))
    return not any(since < asked <= day for asked in detail.asked)


def yearly_saving(detail: OptionDetail, status: Status | None) -> int | None:
    """VND a year, net: what was found once it is verified, before that what was estimated."""
    return detail.found if status == "verified" and detail.found is not None else detail.yearly


def payback_hundredths(investment: int | None, yearly: int | None) -> int | None:
    """Years x 100, half-even; None when there is nothing that could pay back."""
    if investment is None or yearly is None or yearly <= 0:
        return None
    return round(Ratio(investment * 100, yearly))


_NOTHING: Vector = (0,) * len(OptionMeasure)


def courses(card: FacilityCard, rules: RuleSet) -> list[Course]:
    """Of a facility's options by class, and the paybacks of those in use."""
    classes: dict[str, Days] = {}
    paybacks: Days = {}
    for assessment in card.assessments.values():
        for id_, detail in assessment.details.items():
            if detail.proposed is not None:
                days = classes.setdefault(detail.option_class, {})
                _life(detail, assessment.options.get(id_, []), rules, days, paybacks)
    found: list[Course] = [(("options",), (name,), days) for name, days in classes.items() if days]
    return [*found, ((SPREAD, "payback"), (), paybacks)] if paybacks else found


def _life(detail: OptionDetail, facts: list[Fact], rules: RuleSet, into: Days, paybacks: Days) -> None:
    days = _ages(detail, rules)
    days.update([fact.day for fact in detail.life])
    days.update([fact.day for fact in facts])
    before, paid_back = _NOTHING, None
    for day in sorted(days):
        status = status_on(detail, facts, day, rules)
        vector = _counts(detail, status, day, rules)
        if vector != before:
            put(into, "options", day, tuple(map(sub, vector, before)))
            before = vector
        in_use = status in ("in-use", "verified")
        payback = payback_hundredths(detail.investment, yearly_saving(detail, status)) if in_use else None
        if payback != paid_back:
            for value, count in ((payback, 1), (paid_back, -1)):
                if value is not None:
                    put(paybacks, SPREAD, day, (value, count))
            paid_back = payback


def _counts(detail: OptionDetail, status: Status | None, day: int, rules: RuleSet) -> Vector:
    if status is None:
        return _NOTHING
    vector = [0] * len(OptionMeasure)
    for measure in _COUNTED[status]:
        vector[measure] = 1
    if status == "pending":
        vector[_O.DUE] = int(due_on(detail, day, rules))
    if status in ("in-use", "verified"):
        vector[_O.INVESTMENT] = detail.investment or 0
        vector[_O.YEARLY_SAVING] = yearly_saving(detail, status) or 0
    return tuple(vector)


def _ages(detail: OptionDetail, rules: RuleSet) -> set[int]:
    """The days on which its age changes what it counts for."""
    if detail.proposed is None:
        return set()
    first = detail.proposed.day
    days = {first}
    if detail.life:
        days.add(add_months(first, rules.option_lapse_months))
        asks = range(rules.option_ask_months, rules.option_lapse_months, rules.option_ask_months)
        days.update(add_months(first, months) for months in asks)
        days.update(detail.asked)
    return days


def pilots(card: FacilityCard, rules: RuleSet) -> list[Course]:
    facts: list[tuple[PilotMeasure, Fact | None]] = []
    for assessment in card.assessments.values():
        for pilot in assessment.pilots.values():
            facts += [(PilotMeasure.PILOTS, pilot.designated), (PilotMeasure.FINISHED, pilot.finished)]
        for detail in assessment.details.values():
            facts.append((PilotMeasure.REPLICATIONS, detail.replicates))
    days: Days = {}
    for measure, fact in facts:
        if fact is not None:
            put(days, "pilots", fact.day, _ONE[measure])
    return [(("pilots",), (), days)] if days else []
