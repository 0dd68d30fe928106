"""Whether a facility applies cleaner production on a day, and what it saves by it."""

from __future__ import annotations

from operator import sub
from typing import NamedTuple

from services.kpi.domain.facts import Assessment, FacilityCard, Fact, FollowUp, Saving, as_of
from services.kpi.domain.figures import FLAG as SAME_FIGURE
from services.kpi.domain.figures import same_figure
from services.kpi.domain.measures import SPREAD, Days, FacilityMeasure, SavingMeasure, Vector
from services.kpi.domain.parts import Course, put
from services.kpi.domain.ratio import Ratio
from services.kpi.domain.rules import RuleSet
from services.kpi.domain.saving import GROUPS, saving_of


def option_stands(facts: list[Fact], day: int) -> Fact | None:
    """The verification by which an option counts on a day: implemented, verified, not given up since."""
    verified: Fact | None = None
    implemented = False
    for fact in facts:
        if fact.day > day:
            break
        if fact.value == "verified":
            verified = fact
        elif fact.value == "implemented":
            implemented = True
        else:
            verified = None
    return verified if implemented else None


def adopting(assessment: Assessment, day: int) -> tuple[Fact, Fact] | None:
    """(approval, verification of an option) by which an assessment makes its facility an adopter on a day."""
    approval = as_of(assessment.status, day)
    if approval is None or approval.value != "approved":
        return None
    for facts in assessment.options.values():
        verified = option_stands(facts, day)
        if verified is not None:
            return approval, verified
    return None


class Latest(NamedTuple):
    """`same` says that an energy figure is that of the period before."""

    follow_up: FollowUp
    saving: Saving
    same: bool


def latest_measurement(card: FacilityCard, rules: RuleSet, day: int) -> Latest | None:
    """The accepted follow-up with the latest period end by `day`, of an assessment that counts that day.

    Its saving, if not yet computed, is computed and kept in the card (`FollowUp.saving`).
    """
    return _latest([a for a in card.assessments.values() if adopting(a, day) is not None], rules, day)


def _latest(counting: list[Assessment], rules: RuleSet, day: int) -> Latest | None:
    best: tuple[int, int] | None = None
    chosen: tuple[Assessment, FollowUp] | None = None
    for assessment in counting:
        for follow_up in assessment.follow_ups.values():
            accepted = follow_up.verdict is not None and follow_up.verdict.value == "accepted"
            rank = (follow_up.end, follow_up.seq)
            if accepted and follow_up.event and follow_up.end <= day and (best is None or rank > best):
                best, chosen = rank, (assessment, follow_up)
    if chosen is None:
        return None
    assessment, follow_up = chosen
    if follow_up.saving is None:
        baseline = assessment.baseline.measurement if assessment.baseline else None
        follow_up.saving = saving_of(baseline, follow_up.measurement, rules)
    return Latest(follow_up, follow_up.saving, same_figure(assessment, follow_up))


def verdict(latest: Latest) -> str:
    """counts, uncomputable, flagged (awaiting review) or left-out (by review)."""
    if latest.saving.energy is None:
        return "uncomputable"
    if any(review.value == "leave-out" for review in latest.follow_up.reviews.values()):
        return "left-out"
    return "flagged" if open_flags(latest) else "counts"


def open_flags(latest: Latest) -> list[str]:
    """The flags that nobody has decided to keep the figures in spite of."""
    raised = {"outlier": bool(latest.saving.outliers), SAME_FIGURE: latest.same}
    reviews = latest.follow_up.reviews
    return [flag for flag, up in raised.items() if up and flag not in reviews]


class _Adoption(NamedTuple):
    #: `FacilityMeasure`, of which those before ADOPTER are other parts'.
    counts: Vector
    #: `SavingMeasure`, while measured.
    saving: Vector
    #: Of the facility's own saving by resource group, in basis points.
    spreads: tuple[tuple[str, int], ...] = ()


def _counts(*measures: FacilityMeasure) -> Vector:
    return tuple(int(m in measures) for m in FacilityMeasure)


_F = FacilityMeasure
_NO_SAVING: Vector = (0,) * len(SavingMeasure)
_NONE = _Adoption(_counts(), _NO_SAVING)
_NOT_MEASURED = _Adoption(_counts(_F.ADOPTER), _NO_SAVING)
_NOT_COUNTED = {
    "flagged": _Adoption(_counts(_F.ADOPTER, _F.FLAGGED), _NO_SAVING),
    "left-out": _Adoption(_counts(_F.ADOPTER, _F.LEFT_OUT), _NO_SAVING),
    "uncomputable": _Adoption(_counts(_F.ADOPTER, _F.UNCOMPUTABLE), _NO_SAVING),
}
#: By (8 % saved, 5 % saved).
_MEASURED = {
    (high, low): _counts(_F.ADOPTER, _F.MEASURED, *[_F.STRICT8] * high, *[_F.STRICT5] * low)
    for high in (False, True)
    for low in (False, True)
}


def courses(card: FacilityCard, rules: RuleSet) -> list[Course]:
    days = _days(card)
    counts: Days = {}
    savings: Days = {}
    spreads: dict[str, Days] = {}
    before = _NONE
    for day in sorted(days):
        now = _adoption(card, rules, day)
        if now is before:
            continue
        if now.counts != before.counts:
            counts[day] = tuple(map(sub, now.counts, before.counts))
        if now.saving != before.saving:
            savings[day] = tuple(map(sub, now.saving, before.saving))
        if now.spreads != before.spreads:
            for name, value in now.spreads:
                put(spreads.setdefault(name, {}), SPREAD, day, (value, 1))
            for name, value in before.spreads:
                put(spreads.setdefault(name, {}), SPREAD, day, (value, -1))
        before = now
    found: list[Course] = [((SPREAD, name), (), course) for name, course in spreads.items()]
    if counts:
        found.append((("facility",), (), counts))
    if savings:
        found.append((("saving",), (), savings))
    return found


def _days(card: FacilityCard) -> set[int]:
    days: set[int] = set()
    for assessment in card.assessments.values():
        if not (assessment.status and assessment.options):
            continue
        days.update([fact.day for fact in assessment.status])
        for facts in assessment.options.values():
            days.update([fact.day for fact in facts])
        days.update([follow_up.end for follow_up in assessment.follow_ups.values()])
    return days


def _adoption(card: FacilityCard, rules: RuleSet, day: int) -> _Adoption:
    counting = [a for a in card.assessments.values() if adopting(a, day) is not None]
    if not counting:
        return _NONE
    latest = _latest(counting, rules, day)
    if latest is None:
        return _NOT_MEASURED
    outcome = verdict(latest)
    if outcome != "counts":
        return _NOT_COUNTED[outcome]
    saving = latest.saving
    return _Adoption(_MEASURED[saving.strict8, saving.strict5], _amounts(saving), _spreads(saving))


def _amounts(saving: Saving) -> Vector:
    pairs = (saving.energy, saving.fuel, saving.water, saving.material, saving.co2, saving.cost)
    known = (int(saving.co2 is not None), int(saving.cost is not None))
    return (*(amount for pair in pairs for amount in (pair or (0, 0))), *known)


def _spreads(saving: Saving) -> tuple[tuple[str, int], ...]:
    found = []
    for group in GROUPS:
        pair: tuple[int, int] | None = getattr(saving, group)
        if pair is not None and pair[0] > 0:
            expected, actual = pair
            found.append((f"saving-{group}", round(Ratio((expected - actual) * 10_000, expected))))
    return tuple(found)
