"""Where a facility stands in each indicator, as a page shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from services.kpi.domain.facts import FacilityCard
from services.kpi.domain.lacking import Lacks, lacking
from services.kpi.domain.shares import FACILITY_CODES
from services.kpi.domain.standing import Standing, standing
from services.kpi.pages.records import Records

#: Indicators of adopters alone: what they lack begins with what K2a lacks.
_AFTER_K2A = frozenset({"K2b", "K2c", "K2d"})


def state(found: Standing) -> str:
    if found.counted:
        return "counted"
    return "lacking" if found.in_denominator else "outside"


def at_a_glance(of: Records, card: FacilityCard | None) -> list[dict[str, str]]:
    """In each indicator, in the order of their codes."""
    if card is None:
        return [{"code": code, "state": "unknown", "why": ""} for code in FACILITY_CODES]
    found = standing(card, of.shown.rules, of.shown.on, of.shown.territory)
    return [
        {"code": code, "state": state(found[code]), "why": of.say.pick(found[code].why)}
        for code in FACILITY_CODES
    ]


def in_full(of: Records, card: FacilityCard, events: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """`events` are those of the timeline by id: what the ids of deciding events are called."""
    rules, on, territory = of.shown.rules, of.shown.on, of.shown.territory
    found, lacks = standing(card, rules, on, territory), lacking(card, rules, on, territory)
    return [
        {
            "code": code,
            "name": of.say.pick(rules.texts[code].name),
            "state": state(found[code]),
            "why": of.say.pick(found[code].why),
            "first": "K2a" if code in _AFTER_K2A and lacks["K2a"] else None,
            "lacks": [of.say.pick(step) for step in _own(code, lacks)],
            "decided_by": list(_decided(found[code].decided_by, events)),
        }
        for code in FACILITY_CODES
    ]


def _own(code: str, lacks: Mapping[str, Lacks]) -> Lacks:
    """Without the steps that bring it to be an adopter: those are told once."""
    return lacks[code][len(lacks["K2a"]) :] if code in _AFTER_K2A else lacks[code]


def _decided(ids: Iterable[str], events: Mapping[str, Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    """An event may decide twice, as a correction that is also a verdict: it is named once."""
    return [events.get(id_, {"id": id_}) for id_ in dict.fromkeys(ids)]
