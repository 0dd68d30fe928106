"""A card's life as deltas: on each day on which what it counts for changes, the old out and the new in."""

from __future__ import annotations

from typing import NamedTuple

from services.kpi.domain.activities import officers_training
from services.kpi.domain.facts import (
    Assessment,
    Card,
    Certificate,
    Evidence,
    FacilityCard,
    Fact,
    FollowUp,
    OfficerCard,
    Saving,
    UnitCard,
    as_of,
)
from services.kpi.domain.figures import FLAG as SAME_FIGURE
from services.kpi.domain.figures import same_figure
from services.kpi.domain.measures import SPREAD, Cohort, Contributions, Vector, Who
from services.kpi.domain.parts import State, deltas
from services.kpi.domain.programme import links_state
from services.kpi.domain.ratio import Ratio
from services.kpi.domain.registry_of_parts import FACILITY, OTHER
from services.kpi.domain.rules import RuleSet, add_months
from services.kpi.domain.saving import GROUPS, saving_of


def contributions(card: Card, rules: RuleSet) -> Contributions:
    """Summed over all days up to and including T they give exactly what the card counts for on T.

    Savings not yet computed are computed and kept in the card (`FollowUp.saving`). A facility merged into
    another counts for nothing itself: what is known of it counts there, see `merging`.
    """
    if isinstance(card, FacilityCard):
        if card.merged:
            return {}
        facility = _Facility(card, rules)
        return deltas(facility.days, facility.state)
    if isinstance(card, OfficerCard):
        return _officer(card, rules)
    if isinstance(card, UnitCard):
        linked = {fact.day for facts in card.links.values() for fact in facts}
        return deltas({fact.day for fact in card.status} | linked, lambda day: _unit_state(card, day))
    return OTHER[type(card)](card, rules)


class Membership(NamedTuple):
    """Whether a facility is active and in scope on a day; `outside` says why not, `fact` is what decides.
    Whether its unit is in the territory is asked where it is read."""

    who: Who | None
    outside: str | None
    fact: Fact | None


def membership(card: FacilityCard, rules: RuleSet, day: int) -> Membership:
    status, unit = as_of(card.status, day), as_of(card.unit, day)
    industry, kind = as_of(card.industry, day), as_of(card.kind, day)
    if status is None or unit is None or industry is None or kind is None:
        return Membership(None, "not-registered", None)
    if status.value == "closed":
        return Membership(None, "closed", status)
    if status.value == "suspended":
        first = suspended_since(card.status, status)
        if day >= add_months(first.day, rules.suspended_grace_months):
            return Membership(None, "suspended", first)
    key = rules.industry_key(industry.value)
    if not rules.in_scope(key):
        return Membership(None, "out-of-scope", industry)
    employees = as_of(card.employees, day) if card.employees else None
    size = rules.size_of(None if employees is None else employees.value)
    return Membership((unit.value, key, kind.value, size), None, status)


def suspended_since(history: list[Fact], status: Fact) -> Fact:
    """The first of an unbroken run of suspensions: saying it again does not lengthen the twelve months."""
    first = status
    for fact in reversed(history[: history.index(status)]):
        if fact.value != "suspended":
            break
        first = fact
    return first


def awareness(card: FacilityCard, day: int) -> Evidence | None:
    """The latest evidence on a day, for or against; samples are an estimate of their own."""
    for item in reversed(card.evidence):
        if item.day <= day and item.value != "sample":
            return item
    return None


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
    """The accepted follow-up with the latest period end by `day`, of an assessment that counts that day."""
    best: tuple[int, int] | None = None
    chosen: tuple[Assessment, FollowUp] | None = None
    for assessment in card.assessments.values():
        if not assessment.follow_ups or adopting(assessment, day) is None:
            continue
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


_NOT_ADOPTING = (0, 0, 0, 0, 0, 0, 0)
_NOT_MEASURED = (1, 0, 0, 0, 0, 0, 0)


class _Facility:
    """What a facility counts for, asked day by day in order: each part is only worked out again on the days
    on which it can change."""

    def __init__(self, card: FacilityCard, rules: RuleSet) -> None:
        self._card, self._rules = card, rules
        histories = (card.status, card.unit, card.industry, card.kind, card.employees)
        self._member_days = {fact.day for facts in histories for fact in facts}
        for fact in card.status:
            if fact.value == "suspended":
                self._member_days.add(add_months(fact.day, rules.suspended_grace_months))
        self._aware_days = {item.day for item in card.evidence}
        self._adoption_days: set[int] = set()
        for assessment in card.assessments.values():
            self._adoption_days.update(fact.day for fact in assessment.status)
            for facts in assessment.options.values():
                self._adoption_days.update(fact.day for fact in facts)
            self._adoption_days.update(follow_up.end for follow_up in assessment.follow_ups.values())
        self.days = self._member_days | self._aware_days | self._adoption_days
        self._parts = [part for make in FACILITY if (part := make(card, rules)) is not None]
        self._found: list[State] = [{} for _ in self._parts]
        for part in self._parts:
            self.days |= part.days
        self._who: Who | None = None
        self._cohort: Cohort = ()
        self._aware = 0
        self._adoption: _Adoption | None = None

    def state(self, day: int) -> State:
        before = self._who
        if day in self._member_days:
            self._who = membership(self._card, self._rules, day).who
            self._cohort = ("facility", *self._who) if self._who else ()
        if day in self._aware_days:
            evidence = awareness(self._card, day)
            self._aware = int(evidence is not None and evidence.value != "survey-none")
        if day in self._adoption_days:
            self._adoption = None
        found: State = {}
        if self._who is not None:
            if self._adoption is None:
                self._adoption = _adoption(self._card, self._rules, day)
            found[self._cohort] = (1, self._aware, *self._adoption.counts)
            if self._adoption.saving is not None:
                found["saving", *self._who] = self._adoption.saving
                for name, value in self._adoption.spreads:
                    found[SPREAD, name, *self._who] = (value, 1)
        moved = self._who != before
        for index, part in enumerate(self._parts):
            if moved or day in part.days:
                self._found[index] = part.state(day, self._who)
            found.update(self._found[index])
        return found


class _Adoption(NamedTuple):
    #: The measures of `FacilityMeasure` from ADOPTER on.
    counts: Vector
    #: `SavingMeasure`, while measured.
    saving: Vector | None
    #: Of the facility's own saving by resource group, in basis points.
    spreads: tuple[tuple[str, int], ...] = ()


def _adoption(card: FacilityCard, rules: RuleSet, day: int) -> _Adoption:
    if not any(adopting(assessment, day) for assessment in card.assessments.values()):
        return _Adoption(_NOT_ADOPTING, None)
    latest = latest_measurement(card, rules, day)
    if latest is None:
        return _Adoption(_NOT_MEASURED, None)
    outcome = verdict(latest)
    if outcome != "counts":
        flags = (int(outcome == "flagged"), int(outcome == "left-out"), int(outcome == "uncomputable"))
        return _Adoption((1, 0, 0, 0, *flags), None)
    saving = latest.saving
    counts = (1, 1, int(saving.strict8), int(saving.strict5), 0, 0, 0)
    return _Adoption(counts, _amounts(saving), _spreads(saving))


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


def _officer(card: OfficerCard, rules: RuleSet) -> Contributions:
    training = officers_training(card)
    days = _officer_days(card, rules)
    if training is None:
        return deltas(days, lambda day: _officer_state(card, rules, day))
    return deltas(
        days | training.days, lambda day: _officer_state(card, rules, day) | training.state(day, None)
    )


def _officer_days(card: OfficerCard, rules: RuleSet) -> set[int]:
    days = {fact.day for facts in card.appointments.values() for fact in facts}
    for certificate in card.certificates.values():
        if certificate.issued:
            days |= {certificate.issued.day, _last_day(certificate, certificate.issued, rules) + 1}
        if certificate.revoked:
            days.add(certificate.revoked.day)
    return days


def _last_day(certificate: Certificate, issued: Fact, rules: RuleSet) -> int:
    last = add_months(issued.day, rules.certificate_months)
    return last if certificate.until is None else min(last, certificate.until)


def certified(card: OfficerCard, rules: RuleSet, day: int) -> bool:
    """A certificate is valid up to and on the day on which it is `certificate_months` old, or the last day
    that it names, if that is earlier."""
    return any(
        certificate.issued is not None
        and certificate.issued.day <= day <= _last_day(certificate, certificate.issued, rules)
        and (certificate.revoked is None or day < certificate.revoked.day)
        for certificate in card.certificates.values()
    )


def _officer_state(card: OfficerCard, rules: RuleSet, day: int) -> State:
    units = [
        unit
        for unit, facts in card.appointments.items()
        if (fact := as_of(facts, day)) is not None and fact.value == "dedicated"
    ]
    if not units:
        return {}
    qualified = int(certified(card, rules, day))
    vector = (qualified, 1, qualified if len(units) > 1 else 0)
    return {("officer", unit): vector for unit in units}


def _unit_state(card: UnitCard, day: int) -> State:
    status = as_of(card.status, day)
    if status is None or status.value != "exists" or card.level != "district":
        return {}
    return {("unit", card.id): (1,)} | links_state(card, day)
