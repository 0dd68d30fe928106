"""What a facility, or a unit, still lacks to count in each indicator: steps in the order in which they go.

None for what counts, and for a facility that can not come to count by what is done to it: out of the plan's
scope or territory, or merged into another.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from datetime import date

from services.kpi.domain.adoption import (
    Latest,
    adopting,
    latest_measurement,
    open_flags,
    option_stands,
    verdict,
)
from services.kpi.domain.awareness import awareness
from services.kpi.domain.facts import Assessment, FacilityCard, Fact, FollowUp, OfficerCard, as_of
from services.kpi.domain.membership import membership
from services.kpi.domain.officers import capability, posts
from services.kpi.domain.ratio import Ratio
from services.kpi.domain.rules import RuleSet
from services.kpi.domain.shares import FACILITY_CODES
from services.kpi.domain.texts import Lack, lack, reason

Lacks = tuple[Lack, ...]

#: By why it is not in U: what would bring it in.
_INTO_U = {"not-registered": "registration", "closed": "reopening", "suspended": "reopening"}


def lacking(card: FacilityCard, rules: RuleSet, on: date, territory: Container[str]) -> Mapping[str, Lacks]:
    """By indicator. `territory` holds the units that are judged."""
    day = on.toordinal()
    member = membership(card, rules, day)
    if card.merged or (member.who is not None and member.who[0] not in territory):
        return dict.fromkeys(FACILITY_CODES, ())
    if member.who is None:
        step = _INTO_U.get(member.outside or "")
        return dict.fromkeys(FACILITY_CODES, () if step is None else (lack(step),))
    adoption = _to_adopt(card, day)
    latest = latest_measurement(card, rules, day)
    measured = adoption + _to_be_measured(card, latest, day)
    return {
        "K1": _to_be_aware(card, day),
        "K2a": adoption,
        "K2b": measured,
        "K2c": measured or _to_save(latest, rules),
        "K2d": measured,
    }


def unit_lacking(officers: Iterable[OfficerCard], unit: str, rules: RuleSet, day: int) -> Lacks:
    """What a unit lacks to have a capable dedicated officer, of whoever comes nearest."""
    appointed = [
        (post.dedicated, capability(card, rules, day))
        for card in officers
        for post in posts(card, day)
        if post.unit == unit
    ]
    if not appointed:
        return (lack("appointment"), lack("certificate"))
    dedicated = [found for is_dedicated, found in appointed if is_dedicated]
    if not dedicated:
        certified = any(found.state == "valid" for _, found in appointed)
        return (lack("dedication"),) + (() if certified else (lack("certificate"),))
    if any(found.state == "valid" for found in dedicated):
        return ()
    lasts = [found.last for found in dedicated if found.last is not None]
    if not lasts:
        return (lack("certificate"),)
    last = date.fromordinal(max(lasts))
    return (lack("certificate-again", f"{last:%d/%m/%Y}", last.isoformat()),)


def _to_be_aware(card: FacilityCard, day: int) -> Lacks:
    evidence = awareness(card, day)
    if evidence is not None:
        return (lack("later-evidence"),) if evidence.value == "survey-none" else ()
    reached = card.reached is not None and card.reached.day <= day
    return (lack("test-after-course" if reached else "survey-or-test"),)


def _to_adopt(card: FacilityCard, day: int) -> Lacks:
    """Of the assessment that comes nearest."""
    if any(adopting(assessment, day) for assessment in card.assessments.values()):
        return ()
    ways = [_to_count(assessment, day) for assessment in card.assessments.values()]
    return min(ways, key=len, default=_to_count(Assessment(), day))


def _to_count(assessment: Assessment, day: int) -> Lacks:
    status = as_of(assessment.status, day)
    steps = []
    if status is None:
        steps = ([] if assessment.baseline else ["baseline"]) + ["approval"]
    elif status.value != "approved":
        steps = ["approval-again"]
    options = [_to_stand(facts, day) for facts in assessment.options.values()]
    options.append(["implementation", "verification"])
    if not assessment.details and not assessment.options:
        options = [["option", *options[-1]]]
    return tuple(lack(step) for step in steps + min(options, key=len))


def _to_stand(facts: list[Fact], day: int) -> list[str]:
    """What an option lacks to be implemented, verified and kept up."""
    if option_stands(facts, day) is not None:
        return []
    known = [fact.value for fact in facts if fact.day <= day]
    if "implemented" not in known:
        return ["implementation", *(["verification"] if known[-1:] != ["verified"] else [])]
    return ["verification" if known[-1] == "implemented" else "verification-again"]


def _to_be_measured(card: FacilityCard, latest: Latest | None, day: int) -> Lacks:
    if latest is None:
        return tuple(lack(step) for step in _to_be_accepted(card, day))
    outcome = verdict(latest)
    if outcome == "counts":
        return ()
    if outcome == "left-out":
        return (lack("other-figures"),)
    if outcome == "flagged":
        groups = ", ".join(latest.saving.outliers)
        return tuple(lack(f"review-{flag}", groups) for flag in open_flags(latest))
    why = reason(*latest.saving.reasons["energy"])
    return (lack("computable", why.vi, why.en),)


def _to_be_accepted(card: FacilityCard, day: int) -> list[str]:
    """Of an adopter only the reports of assessments by which it is one can count."""
    all_ = list(card.assessments.values())
    reports = [
        report
        for assessment in [one for one in all_ if adopting(one, day)] or all_
        for report in assessment.follow_ups.values()
        if report.event and report.end <= day
    ]
    return min((_verdict_lacks(report) for report in reports), key=len, default=["report", "acceptance"])


def _verdict_lacks(report: FollowUp) -> list[str]:
    if report.verdict is None:
        return ["acceptance"]
    return [] if report.verdict.value == "accepted" else ["report-again", "acceptance"]


def _to_save(latest: Latest | None, rules: RuleSet) -> Lacks:
    if latest is None or latest.saving.energy is None or latest.saving.strict8:
        return ()
    expected, actual = latest.saving.energy
    short = Ratio.of(rules.strict_high) - Ratio(expected - actual, expected)
    points = f"{short.numerator * 100 / short.denominator:.2f}"
    return (lack("more-saving", points.replace(".", ","), points),)
