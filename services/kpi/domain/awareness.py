"""What shows that a facility is aware, or no longer."""

from __future__ import annotations

from services.kpi.domain.facts import Evidence, FacilityCard
from services.kpi.domain.measures import Days, FacilityMeasure, Vector
from services.kpi.domain.parts import Course, put
from services.kpi.domain.rules import RuleSet

_ONE_MORE: Vector = tuple(int(m is FacilityMeasure.AWARE) for m in FacilityMeasure)
_ONE_LESS: Vector = tuple(-x for x in _ONE_MORE)


def awareness(card: FacilityCard, day: int) -> Evidence | None:
    """The latest evidence on a day, for or against; samples are an estimate of their own."""
    for item in reversed(card.evidence):
        if item.day <= day and item.value != "sample":
            return item
    return None


def courses(card: FacilityCard, rules: RuleSet) -> list[Course]:
    days: Days = {}
    aware = False
    for item in card.evidence:
        if item.value == "sample" or (item.value != "survey-none") is aware:
            continue
        aware = not aware
        put(days, "facility", item.day, _ONE_MORE if aware else _ONE_LESS)
    return [(("facility",), (), days)] if days else []
