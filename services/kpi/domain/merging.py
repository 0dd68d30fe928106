"""A facility together with those merged into it: one facility, known by several records.

A merge says who is who, so it holds for all days. Standing, unit, industry, kind, size and
completeness are the survivor's; evidence, assessments and whatever else was told of any of them is all of
theirs. Taking one out again is exactly the reverse, because nothing was written over.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.kpi.domain.contributions import contributions
from services.kpi.domain.facts import FacilityCard
from services.kpi.domain.measures import Contributions, negated, sub
from services.kpi.domain.rules import RuleSet

#: What the survivor says alone.
OWN = frozenset({"id", "seen", "industry", "unit", "kind", "status", "employees", "given", "merged"})


def combined(survivor: FacilityCard, duplicates: Sequence[FacilityCard]) -> FacilityCard:
    """A new card; of what is in lists, in order of (day, sequence), the later holds as ever."""
    merged = FacilityCard(survivor.id)
    for name in FacilityCard.__struct_fields__:
        own = getattr(survivor, name)
        if name not in OWN:
            for card in duplicates:
                own = _together(own, getattr(card, name))
        setattr(merged, name, own)
    return merged


def _together(ours: Any, theirs: Any) -> Any:
    if isinstance(ours, dict):
        # A sample survey that asked both goes by the same id; of its answers the later holds.
        both = {key for key in ours.keys() & theirs.keys() if isinstance(ours[key], list)}
        return {**ours, **theirs, **{key: _together(ours[key], theirs[key]) for key in both}}
    if isinstance(ours, list):
        return sorted([*ours, *theirs], key=_order)
    return min((fact for fact in (ours, theirs) if fact is not None), key=_order, default=None)


def _order(item: Any) -> tuple[int, ...]:
    return (item.day, item.seq) if hasattr(item, "day") else tuple(item)


def correction(
    survivor: FacilityCard | None, duplicates: Sequence[FacilityCard], rules: RuleSet
) -> Contributions:
    """What the group counts for beyond what the survivor counts for alone; the duplicates count for nothing.
    Nothing while the survivor is not known, or is itself merged."""
    if survivor is None or survivor.merged or not duplicates:
        return {}
    together = contributions(combined(survivor, duplicates), rules)
    alone = contributions(survivor, rules)
    found: Contributions = {}
    for key in together.keys() | alone.keys():
        kind = key[0][0]
        if key not in alone:
            found[key] = together[key]
        elif key not in together:
            found[key] = negated(kind, alone[key])
        elif together[key] != alone[key]:
            found[key] = sub(kind, together[key], alone[key])
    return found
