"""Merged facilities where they are read: what a group counts for beyond its survivor, as cells of its own.

Survivor and duplicate may be stored by different partitions, each exactly once and each for itself. What
they count for together is a pure function of their stored cards, made again when one of these is written:
nothing spans partitions, and nothing is counted that a card does not hold. The duplicate's card alone says
that it was merged, so that in the moment in which its cells vanish what it holds is found at the survivor.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from services.kpi.domain.facts import FacilityCard
from services.kpi.domain.measures import Cohort, Vector
from services.kpi.domain.merging import correction
from services.kpi.domain.rules import RuleSet

_encoder = msgspec.msgpack.Encoder()

#: Cell id, cohort, days, as `Cube.put` takes them.
GroupCell = tuple[str, Cohort, bytes]


class Groups:
    def __init__(self) -> None:
        #: Duplicate -> its card, of those merged now.
        self.merged: dict[str, FacilityCard] = {}
        self._survivors: dict[str, tuple[int, FacilityCard]] = {}
        self._changed: set[str] = set()
        #: Survivor -> the cohorts of its cells that hold something.
        self._cohorts: dict[str, set[Cohort]] = {}

    def put(self, card: FacilityCard) -> None:
        """A facility that was ever merged."""
        before = self.merged.pop(card.id, None)
        if before is not None and before.merged:
            self._changed.add(before.merged)
        if card.merged:
            self.merged[card.id] = card
            self._changed.add(card.merged)

    def put_survivor(self, card: FacilityCard, flush: int) -> None:
        self._survivors[card.id] = (flush, card)
        self._changed.add(card.id)

    def survivors(self) -> dict[str, int]:
        """Id of each survivor -> the flush of its card that is known, -1 for none."""
        wanted = {card.merged for card in self.merged.values() if card.merged}
        self._survivors = {id_: known for id_, known in self._survivors.items() if id_ in wanted}
        return {id_: self._survivors[id_][0] if id_ in self._survivors else -1 for id_ in wanted}

    def corrections(self, rules: RuleSet) -> Iterator[GroupCell]:
        """The cells of the groups that changed since the last call, empty for what is no more."""
        changed, self._changed = self._changed, set()
        for survivor in changed:
            cells = self._cells(survivor, rules)
            for cohort in cells.keys() | self._cohorts.pop(survivor, set()):
                yield f"group|{survivor}|{'|'.join(cohort)}", cohort, _encoder.encode(cells.get(cohort, {}))
            if cells:
                self._cohorts[survivor] = set(cells)

    def _cells(self, survivor: str, rules: RuleSet) -> dict[Cohort, dict[int, Vector]]:
        _, card = self._survivors.get(survivor, (-1, None))
        cells: dict[Cohort, dict[int, Vector]] = {}
        for (cohort, day), vector in correction(card, of(self.merged, survivor), rules).items():
            cells.setdefault(cohort, {})[day] = vector
        return cells


def of(merged: dict[str, FacilityCard], survivor: str) -> list[FacilityCard]:
    """The cards merged into a facility, ordered by id."""
    return [card for _, card in sorted(merged.items()) if card.merged == survivor]
