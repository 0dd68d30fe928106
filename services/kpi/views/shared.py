"""The few cards that reading needs beside the sums: kept whole, replaced as they are written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from services.kpi.domain.cards import decode
from services.kpi.domain.facts import FacilityCard, PlanCard, UnitCard
from services.kpi.domain.plans import PlanData, known_plans, plan_of
from services.kpi.domain.rules import RuleSet
from services.kpi.domain.territory import Units
from services.kpi.views.groups import GroupCell, Groups, of
from services.kpi.views.store import StoredCard


class Shared(NamedTuple):
    """As of one view; never changed afterwards. `merged` are the duplicates by id, `loaded` the plans."""

    units: Units
    merged: dict[str, FacilityCard]
    loaded: dict[str, PlanData]

    def plans(self) -> dict[str, PlanData]:
        """All that targets can be judged by: those loaded, and the one built in."""
        return known_plans(self.loaded)

    def duplicates(self, facility: str) -> list[FacilityCard]:
        """The cards merged into a facility."""
        return of(self.merged, facility)


class Sharing:
    """Not thread-safe: `live.LiveCube` guards it."""

    def __init__(self) -> None:
        self._units: dict[str, UnitCard] = {}
        self._plans: dict[str, PlanData] = {}
        self._groups = Groups()
        self._shared: Shared | None = None

    def put(self, stored: StoredCard) -> None:
        card = decode(stored.card)
        if isinstance(card, UnitCard):
            self._units[card.id] = card
        elif isinstance(card, PlanCard):
            if (plan := plan_of(card.content)) is not None:
                self._plans[card.id] = plan
        elif isinstance(card, FacilityCard):
            self._groups.put(card)
        self._shared = None

    def survivors(self) -> dict[str, int]:
        """The subjects of facilities that others were merged into -> the flush known of their cards."""
        return {f"facility:{id_}": flush for id_, flush in self._groups.survivors().items()}

    def put_survivor(self, stored: StoredCard) -> None:
        card = decode(stored.card)
        if isinstance(card, FacilityCard):
            self._groups.put_survivor(card, stored.flush)

    def corrections(self, rules: RuleSet) -> Iterator[GroupCell]:
        """What `groups` adds to the cells of the projector."""
        return self._groups.corrections(rules)

    def shared(self) -> Shared:
        if self._shared is None:
            self._shared = Shared(Units(dict(self._units)), dict(self._groups.merged), dict(self._plans))
        return self._shared
