"""What one facility adds to an indicator on a day: added up over all, they give numerator and denominator."""

from __future__ import annotations

from typing import NamedTuple

from services.kpi.domain.adoption import adopting, latest_measurement, verdict
from services.kpi.domain.awareness import awareness
from services.kpi.domain.facts import FacilityCard
from services.kpi.domain.measures import Who
from services.kpi.domain.membership import membership
from services.kpi.domain.rules import RuleSet, section_of

#: The indicators that facilities add up to. K3 counts units, K2 is judged by two of these.
FACILITY_CODES = ("K1", "K2a", "K2b", "K2c", "K2d")


class Share(NamedTuple):
    """In the unit of the indicator: facilities, or of K2b grams of oil equivalent (saved, expected)."""

    numerator: int
    denominator: int


NONE = Share(0, 0)


class Chosen(NamedTuple):
    """Which facilities are asked about; None does not limit."""

    units: frozenset[str]
    section: str | None = None
    kind: str | None = None
    size: str | None = None

    def holds(self, who: Who) -> bool:
        unit, industry, kind, size = who
        return (
            unit in self.units
            and self.section in (None, section_of(industry))
            and self.kind in (None, kind)
            and self.size in (None, size)
        )


def share(card: FacilityCard | None, rules: RuleSet, day: int, code: str, chosen: Chosen) -> Share:
    """Of a facility as a group: with what was merged into it. One that is merged itself adds nothing.

    Savings not yet computed are computed and kept in the card.
    """
    who = who_of(card, rules, day)
    if card is None or who is None or not chosen.holds(who):
        return NONE
    if code == "K1":
        evidence = awareness(card, day)
        return Share(int(evidence is not None and evidence.value != "survey-none"), 1)
    adopts = any(adopting(assessment, day) for assessment in card.assessments.values())
    if code == "K2a":
        return Share(int(adopts), 1)
    latest = latest_measurement(card, rules, day) if adopts else None
    counts = latest is not None and verdict(latest) == "counts"
    if code == "K2d":
        return Share(int(counts), int(adopts))
    if code == "K2c":
        return Share(int(latest is not None and counts and latest.saving.strict8), 1)
    if latest is None or not counts or latest.saving.energy is None:
        return NONE
    expected, actual = latest.saving.energy
    return Share(expected - actual, expected)


def who_of(card: FacilityCard | None, rules: RuleSet, day: int) -> Who | None:
    """What it is chosen by, while it is active, in scope and not merged into another."""
    return None if card is None or card.merged else membership(card, rules, day).who
