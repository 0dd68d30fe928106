"""What is done for the plan: trainings, campaigns, samples. It stays when a facility closes later."""

from __future__ import annotations

from collections.abc import Mapping

from services.kpi.domain.facts import (
    CampaignCard,
    CourseCard,
    FacilityCard,
    Fact,
    OfficerCard,
    Part,
    SurveyCard,
    as_of,
)
from services.kpi.domain.measures import Cohort, Contributions, Vector, Who, add
from services.kpi.domain.parts import State
from services.kpi.domain.rules import RuleSet


class Training:
    """Participations by audience and unit: that of the session, else the facility's own on that day."""

    def __init__(self, audience: str, parts: Mapping[str, Part], units: list[Fact]) -> None:
        self._audience, self._units = audience, units
        self._parts = list(parts.values())
        self.days = {fact.day for part in self._parts for fact in _facts(part)}
        self._found: State = {}

    def state(self, day: int, who: Who | None) -> State:
        if day in self.days:
            self._found = self._state(day)
        return self._found

    def _state(self, day: int) -> State:
        found: State = {}
        for part in self._parts:
            tested = as_of(part.tested, day)
            attended = int(part.attended is not None and part.attended.day <= day)
            if not attended and tested is None:
                continue
            passed = int(tested is not None and tested.value == "passed")
            cohort = ("training", self._audience, self._unit(part))
            vector = (attended, int(tested is not None), passed)
            known = found.get(cohort)
            found[cohort] = vector if known is None else add("training", known, vector)
        return found

    def _unit(self, part: Part) -> str:
        if part.unit:
            return part.unit
        unit = as_of(self._units, min(fact.day for fact in _facts(part)))
        return unit.value if unit is not None else ""


def _facts(part: Part) -> list[Fact]:
    return [*part.tested, *([part.attended] if part.attended is not None else [])]


class Samples:
    """The answers that hold of each sample survey: of a facility the latest by a day."""

    def __init__(self, card: FacilityCard) -> None:
        self._samples = card.samples
        self.days = {answer.day for answers in card.samples.values() for answer in answers}

    def state(self, day: int, who: Who | None) -> State:
        found: State = {}
        for survey, answers in self._samples.items():
            held = [answer for answer in answers if answer.day <= day]
            if held:
                w, y = held[-1].weight, held[-1].names
                found["survey", survey] = (1, w, w * y, w * w, 0)
        return found


def training_of(card: FacilityCard, rules: RuleSet) -> Training | None:
    return Training("facilities", card.parts, card.unit) if card.parts else None


def officers_training(card: OfficerCard) -> Training | None:
    return Training("officers", card.parts, []) if card.parts else None


def samples_of(card: FacilityCard, rules: RuleSet) -> Samples | None:
    return Samples(card) if any(card.samples.values()) else None


def campaign(card: CampaignCard, rules: RuleSet) -> Contributions:
    """Each report of a campaign's reach adds its own people."""
    found: Contributions = {}
    if card.opened is not None:
        _count(found, ("activity", "campaign", card.channel), card.opened.day, 1)
    for day, people in card.reach:
        _count(found, ("activity", "people", card.channel), day, people)
    return found


def course(card: CourseCard, rules: RuleSet) -> Contributions:
    """A session that was cancelled never took place."""
    found: Contributions = {}
    if card.opened is not None:
        _count(found, ("activity", "course", card.audience), card.opened.day, 1)
    for day in card.sessions.values():
        if day is not None:
            _count(found, ("activity", "session", card.audience), day, 1)
    return found


def survey(card: SurveyCard, rules: RuleSet) -> Contributions:
    if card.opened is None or card.mode != "sample":
        return {}
    return {(("survey", card.id), card.opened.day): (0, 0, 0, 0, card.population or 0)}


def _count(found: Contributions, cohort: Cohort, day: int, count: int) -> None:
    vector: Vector = (count,)
    known = found.get((cohort, day))
    found[cohort, day] = vector if known is None else add(cohort[0], known, vector)
