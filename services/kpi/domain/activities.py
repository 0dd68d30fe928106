"""What is done for the plan: trainings, campaigns, samples. It stays when a facility closes later."""

from __future__ import annotations

from collections.abc import Mapping
from operator import sub

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
from services.kpi.domain.measures import Cohort, Contributions, Vector, add
from services.kpi.domain.parts import Sums, put


def training(card: FacilityCard) -> Sums:
    return _training("facilities", card.parts, card.unit)


def officers_training(card: OfficerCard) -> Sums:
    return _training("officers", card.parts, [])


def _training(audience: str, parts: Mapping[str, Part], units: list[Fact]) -> Sums:
    """Participations by audience and unit: that of the session, else the facility's own on that day."""
    found: Sums = {}
    for part in parts.values():
        facts = [*part.tested, *([part.attended] if part.attended is not None else [])]
        if not facts:
            continue
        unit = part.unit
        if not unit:
            own = as_of(units, min(fact.day for fact in facts))
            unit = own.value if own is not None else ""
        days = found.setdefault(("training", audience, unit), {})
        before: Vector = (0, 0, 0)
        for day in sorted({fact.day for fact in facts}):
            tested = as_of(part.tested, day)
            attended = int(part.attended is not None and part.attended.day <= day)
            passed = int(tested is not None and tested.value == "passed")
            now = (attended, int(tested is not None), passed)
            put(days, "training", day, tuple(map(sub, now, before)))
            before = now
    return found


def samples(card: FacilityCard) -> Sums:
    """The answers that hold of each sample survey: of a facility the latest by a day."""
    found: Sums = {}
    for survey_id, answers in card.samples.items():
        days = found.setdefault(("survey", survey_id), {}) if answers else {}
        before: Vector = (0, 0, 0, 0, 0)
        for answer in answers:
            w, y = answer.weight, answer.names
            now = (1, w, w * y, w * w, 0)
            put(days, "survey", answer.day, tuple(map(sub, now, before)))
            before = now
    return found


def campaign(card: CampaignCard) -> Contributions:
    """Each report of a campaign's reach adds its own people."""
    found: Contributions = {}
    if card.opened is not None:
        _count(found, ("activity", "campaign", card.channel), card.opened.day, 1)
    for day, people in card.reach:
        _count(found, ("activity", "people", card.channel), day, people)
    return found


def course(card: CourseCard) -> Contributions:
    """A session that was cancelled never took place."""
    found: Contributions = {}
    if card.opened is not None:
        _count(found, ("activity", "course", card.audience), card.opened.day, 1)
    for day in card.sessions.values():
        if day is not None:
            _count(found, ("activity", "session", card.audience), day, 1)
    return found


def survey(card: SurveyCard) -> Contributions:
    if card.opened is None or card.mode != "sample":
        return {}
    return {(("survey", card.id), card.opened.day): (0, 0, 0, 0, card.population or 0)}


def _count(found: Contributions, cohort: Cohort, day: int, count: int) -> None:
    vector: Vector = (count,)
    known = found.get((cohort, day))
    found[cohort, day] = vector if known is None else add(cohort[0], known, vector)
