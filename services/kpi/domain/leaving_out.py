"""What a card would be without one of its events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from services.kpi.domain.cards import fold
from services.kpi.domain.contributions import contributions
from services.kpi.domain.facts import Card, FacilityCard
from services.kpi.domain.handlers import KpiEvent
from services.kpi.domain.measures import Contributions, add, negated, sub
from services.kpi.domain.merging import combined
from services.kpi.domain.rules import RuleSet


def folded(events: Iterable[tuple[str, KpiEvent]], left_out: str = "") -> Card | None:
    """All events of one subject, those of each log in order, but for the one of this id."""
    card: Card | None = None
    for source, event in events:
        if event.id != left_out:
            card = fold(card, source, event)
    return card


def groups(cards: Mapping[str, FacilityCard], rules: RuleSet) -> Contributions:
    """What these facilities count for, each with those of them that were merged into it."""
    found: Contributions = {}
    for id_, card in cards.items():
        if card.merged:
            continue
        duplicates = [other for _, other in sorted(cards.items()) if other.merged == id_]
        joined = contributions(combined(card, duplicates) if duplicates else card, rules)
        for key, vector in joined.items():
            kind = key[0][0]
            found[key] = add(kind, found[key], vector) if key in found else vector
    return found


def difference(after: Contributions, before: Contributions) -> Contributions:
    """What has to be added to `before` to give `after`."""
    found: Contributions = {}
    for key in after.keys() | before.keys():
        kind = key[0][0]
        if key not in before:
            found[key] = after[key]
        elif key not in after:
            found[key] = negated(kind, before[key])
        elif after[key] != before[key]:
            found[key] = sub(kind, after[key], before[key])
    return found
