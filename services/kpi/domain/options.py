"""Where an option stands on a day, and what options, pilots and replications a facility counts for."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from services.kpi.domain.facts import FacilityCard, Fact, OptionDetail, as_of
from services.kpi.domain.measures import SPREAD, OptionMeasure, Who, add
from services.kpi.domain.parts import State
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


def yearly_saving(detail: OptionDetail, status: Status) -> int | None:
    """VND a year, net: what was found once it is verified, before that what was estimated."""
    return detail.found if status == "verified" and detail.found is not None else detail.yearly


def payback_hundredths(investment: int | None, yearly: int | None) -> int | None:
    """Years x 100, half-even; None when there is nothing that could pay back."""
    if investment is None or yearly is None or yearly <= 0:
        return None
    return round(Fraction(investment * 100, yearly))


class Options:
    """A facility's options by class, and the paybacks of those in use."""

    def __init__(self, card: FacilityCard, rules: RuleSet) -> None:
        self._rules = rules
        self._options = [
            (detail, assessment.options.get(id_, []))
            for assessment in card.assessments.values()
            for id_, detail in assessment.details.items()
            if detail.proposed is not None
        ]
        self.days: set[int] = set()
        for detail, facts in self._options:
            self.days.update(fact.day for fact in (*detail.life, *facts))
            self.days.update(_ages(detail, rules))
        self._found: State = {}
        self._who: Who | None = None

    def state(self, day: int, who: Who | None) -> State:
        if who is None:
            # What happens while it is outside U is not worked out: afterwards all is.
            self._who = None
            return {}
        if day in self.days or who != self._who:
            self._found, self._who = self._state(day, who), who
        return self._found

    def _state(self, day: int, who: Who) -> State:
        found: State = {}
        for detail, facts in self._options:
            status = status_on(detail, facts, day, self._rules)
            if status is None:
                continue
            vector = [0] * len(OptionMeasure)
            for measure in _COUNTED[status]:
                vector[measure] = 1
            if status == "pending":
                vector[_O.DUE] = int(due_on(detail, day, self._rules))
            if status in ("in-use", "verified"):
                yearly = yearly_saving(detail, status)
                vector[_O.INVESTMENT], vector[_O.YEARLY_SAVING] = detail.investment or 0, yearly or 0
                payback = payback_hundredths(detail.investment, yearly)
                if payback is not None:
                    spread = (SPREAD, "payback", *who)
                    found[spread] = add(SPREAD, found.get(spread, ()), (payback, 1))
            cohort = ("options", *who, detail.option_class)
            known = found.get(cohort)
            found[cohort] = tuple(vector) if known is None else add("options", known, tuple(vector))
        return found


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


class Pilots:
    def __init__(self, card: FacilityCard, rules: RuleSet) -> None:
        self._pilots = [pilot for a in card.assessments.values() for pilot in a.pilots.values()]
        self._replications = [
            detail.replicates
            for assessment in card.assessments.values()
            for detail in assessment.details.values()
            if detail.replicates is not None
        ]
        facts = [*self._replications]
        for pilot in self._pilots:
            facts += [fact for fact in (pilot.designated, pilot.finished) if fact is not None]
        self.days = {fact.day for fact in facts}

    def state(self, day: int, who: Who | None) -> State:
        if who is None:
            return {}
        vector = (
            sum(pilot.designated is not None and pilot.designated.day <= day for pilot in self._pilots),
            sum(pilot.finished is not None and pilot.finished.day <= day for pilot in self._pilots),
            sum(fact.day <= day for fact in self._replications),
        )
        return {("pilots", *who): vector} if any(vector) else {}


def options_of(card: FacilityCard, rules: RuleSet) -> Options | None:
    return Options(card, rules) if any(a.details for a in card.assessments.values()) else None


def pilots_of(card: FacilityCard, rules: RuleSet) -> Pilots | None:
    for assessment in card.assessments.values():
        if assessment.pilots or any(d.replicates is not None for d in assessment.details.values()):
            return Pilots(card, rules)
    return None
