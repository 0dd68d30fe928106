"""Where one facility stands in each indicator on a day, why, and by which events."""

from __future__ import annotations

from collections.abc import Container
from datetime import date

import msgspec

from services.kpi.domain.adoption import Latest, adopting, latest_measurement, open_flags, verdict
from services.kpi.domain.awareness import awareness
from services.kpi.domain.facts import Evidence, FacilityCard, Fact, as_of
from services.kpi.domain.membership import Membership, membership
from services.kpi.domain.rules import RuleSet, Words
from services.kpi.domain.texts import reason

KPIS = ("K1", "K2a", "K2b", "K2c", "K2d", "K3")


class Standing(msgspec.Struct, frozen=True):
    """`counted`: in the numerator (K2b: in the sums). `decided_by`: ids of the events that decide."""

    counted: bool
    in_denominator: bool
    why: Words
    decided_by: tuple[str, ...]


def standing(card: FacilityCard, rules: RuleSet, on: date, territory: Container[str]) -> dict[str, Standing]:
    """`territory` holds the units that are judged."""
    day = on.toordinal()
    units_only = Standing(False, False, reason("units-only"), ())
    if card.merged:
        out = Standing(False, False, reason("merged-into", card.merged), ())
        return {**dict.fromkeys(KPIS[:-1], out), "K3": units_only}
    member = membership(card, rules, day)
    if member.who is not None and member.who[0] not in territory:
        member = Membership(None, "out-of-territory", as_of(card.unit, day))
    if member.who is None:
        detail = ""
        if member.fact is not None:
            dated = member.outside in ("closed", "suspended")
            detail = _day(member.fact.day) if dated else member.fact.value
        out = Standing(False, False, reason(member.outside or "", detail), _ids(member.fact))
        return {**dict.fromkeys(KPIS[:-1], out), "K3": units_only}
    return {"K1": _aware(card, day), **_adoption(card, rules, day), "K3": units_only}


def _ids(*facts: Fact | Evidence | None) -> tuple[str, ...]:
    return tuple(fact.event for fact in facts if fact is not None)


def _day(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat()


def _aware(card: FacilityCard, day: int) -> Standing:
    evidence = awareness(card, day)
    if evidence is not None:
        counted = evidence.value != "survey-none"
        return Standing(counted, True, reason(evidence.value, _day(evidence.day)), _ids(evidence))
    if card.reached is not None and card.reached.day <= day:
        return Standing(False, True, reason("reached-only", _day(card.reached.day)), _ids(card.reached))
    samples = [item for item in card.evidence if item.day <= day]
    if samples:
        return Standing(False, True, reason("sample-only", _day(samples[-1].day)), _ids(samples[-1]))
    return Standing(False, True, reason("no-evidence"), ())


def _adoption(card: FacilityCard, rules: RuleSet, day: int) -> dict[str, Standing]:
    deciding = next((d for a in card.assessments.values() if (d := adopting(a, day))), None)
    if deciding is None:
        last = [f for a in card.assessments.values() for f in a.status if f.day <= day]
        approved = [f for f in last if f.value == "approved"]
        why = reason("no-option" if approved else "not-approved")
        other = reason("not-adopter")
        return {
            "K2a": Standing(False, True, why, _ids(*(approved or last)[-1:])),
            "K2b": Standing(False, False, other, ()),
            "K2c": Standing(False, True, other, ()),
            "K2d": Standing(False, False, other, ()),
        }
    adopter = Standing(True, True, reason("adopter", _day(deciding[0].day)), _ids(*deciding))
    latest = latest_measurement(card, rules, day)
    if latest is None:
        why = reason("not-measured")
        return {
            "K2a": adopter,
            "K2b": Standing(False, False, why, ()),
            "K2c": Standing(False, True, why, ()),
            "K2d": Standing(False, True, why, ()),
        }
    return {"K2a": adopter, **_measured(latest)}


def _measured(latest: Latest) -> dict[str, Standing]:
    follow_up, saving, _ = latest
    outcome = verdict(latest)
    ids = (follow_up.event, *_ids(follow_up.verdict, *follow_up.reviews.values()))
    if outcome == "counts":
        why = reason("counts", _day(follow_up.end))
    elif outcome == "flagged" and "outlier" in open_flags(latest):
        why = reason("flagged", ", ".join(saving.outliers))
    elif outcome == "flagged":
        why = reason("same-figure")
    elif outcome == "left-out":
        why = reason("left-out")
    else:
        why = reason(*saving.reasons["energy"])
    counts = outcome == "counts"
    strict = why
    if counts and saving.energy is not None:
        code = "saves-8" if saving.strict8 else "saves-5" if saving.strict5 else "saves-less"
        strict = reason(code, _percent(saving.energy))
    return {
        "K2b": Standing(counts, counts, why, ids),
        "K2c": Standing(counts and saving.strict8, True, strict, ids),
        "K2d": Standing(counts, True, why, ids),
    }


def _percent(amounts: tuple[int, int]) -> str:
    expected, actual = amounts
    return f"{(expected - actual) / expected:.2%}" if expected else "0%"
