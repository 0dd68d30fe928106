"""Facilities one by one, as their cards are stored: slower than the sums, for who asks which they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from services.kpi.domain.cards import decode
from services.kpi.domain.facts import FacilityCard, OfficerCard
from services.kpi.domain.merging import combined
from services.kpi.views.live import View
from services.kpi.views.store import ProjectionStore, StoredCard

FACILITY, OFFICER = "facility:", "officer:"


class Facilities:
    """Of one view."""

    def __init__(self, store: ProjectionStore, view: View) -> None:
        self._store, self.view = store, view
        #: Survivor -> what was merged into it, ordered by id.
        self.groups: dict[str, list[FacilityCard]] = {}
        for _, card in sorted(view.shared.merged.items()):
            if card.merged:
                self.groups.setdefault(card.merged, []).append(card)

    def stored(self, after: str = "", limit: int = 0) -> Iterator[StoredCard]:
        """In order of their ids, at most `limit` (0: all), as they are stored."""
        return self._store.subjects(self.view.generation, FACILITY, FACILITY + after, limit)

    def group(self, stored: bytes | None, id_: str) -> FacilityCard | None:
        """A facility with what was merged into it."""
        card = None if stored is None else decode(stored)
        if not isinstance(card, FacilityCard):
            return None
        duplicates = self.groups.get(id_)
        return combined(card, duplicates) if duplicates and not card.merged else card

    def stored_card(self, subject: str) -> bytes | None:
        """Of any subject, as it is stored."""
        return self._store.card(self.view.generation, subject)

    def one(self, id_: str) -> FacilityCard | None:
        return self.group(self.stored_card(FACILITY + id_), id_)

    def some(self, ids: Iterable[str]) -> dict[str, FacilityCard]:
        """Those of these facilities that are known, by id, each with what was merged into it."""
        subjects = dict.fromkeys((FACILITY + id_ for id_ in ids), -1)
        found = {}
        for stored in self._store.cards_after(self.view.generation, subjects):
            id_ = stored.subject.removeprefix(FACILITY)
            if (card := self.group(stored.card, id_)) is not None:
                found[id_] = card
        return found

    def officers(self) -> Iterator[tuple[str, OfficerCard]]:
        """With their subjects."""
        for stored in self._store.subjects(self.view.generation, OFFICER):
            card = decode(stored.card)
            if isinstance(card, OfficerCard):
                yield stored.subject, card

    def members(self, id_: str) -> list[str]:
        """The facility, and those merged into it."""
        return [id_, *(card.id for card in self.groups.get(id_, ()))]


class Pair(NamedTuple):
    id: str
    before: bytes | None
    after: bytes | None


def pairs(before: Iterable[StoredCard], after: Iterable[StoredCard]) -> Iterator[Pair]:
    """Two lists in order of their ids, side by side."""
    left, right = iter(before), iter(after)
    a, b = next(left, None), next(right, None)
    while a is not None or b is not None:
        if b is None or (a is not None and a.subject < b.subject):
            assert a is not None
            yield Pair(a.subject.removeprefix(FACILITY), a.card, None)
            a = next(left, None)
        elif a is None or b.subject < a.subject:
            yield Pair(b.subject.removeprefix(FACILITY), None, b.card)
            b = next(right, None)
        else:
            yield Pair(a.subject.removeprefix(FACILITY), a.card, b.card)
            a, b = next(left, None), next(right, None)
