"""Which units are judged: those a plan names, what became of them, and what is within them.

A reorganisation must not move a target: a facility counts for its province whether it stands at a district
that has ended, at the city that succeeded it or at a commune of it. So the territory of a plan holds
successors and children of its units whatever the day, while each facility keeps the unit of its time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from services.kpi.domain.facts import UnitCard, as_of
from services.kpi.domain.rules import TerritoryUnit, Words

DISTRICT = "district"


#: No other names than the registry's.
NO_NAMES: Mapping[str, TerritoryUnit] = {}


class Units:
    """All units, by id."""

    def __init__(self, cards: Mapping[str, UnitCard]) -> None:
        self._cards = cards
        self._children: dict[str, list[str]] = {}
        for card in cards.values():
            if card.parent:
                self._children.setdefault(card.parent, []).append(card.id)

    def territory(self, named: Iterable[str], names: Mapping[str, TerritoryUnit] = NO_NAMES) -> Territory:
        """Of the units that a plan names. `names` are used where they are given, else the registry's."""
        return Territory(
            self, self._closed(named, lambda unit: [*self._successors(unit), *self._within(unit)]), names
        )

    def within(self, unit: str) -> frozenset[str]:
        """A unit and all that is below it."""
        return frozenset(self._closed([unit], self._within))

    def without(self, unit: str, instead: UnitCard | None) -> dict[str, UnitCard]:
        """The cards, with another one of a unit, or none."""
        others = {id_: card for id_, card in self._cards.items() if id_ != unit}
        return others if instead is None else {**others, unit: instead}

    def card(self, unit: str) -> UnitCard | None:
        return self._cards.get(unit)

    def exists(self, unit: str, day: int) -> bool:
        card = self._cards.get(unit)
        status = None if card is None else as_of(card.status, day)
        return status is not None and status.value == "exists"

    def parent(self, unit: str) -> str:
        """The unit it is part of, or ""."""
        card = self._cards.get(unit)
        return "" if card is None else card.parent

    def parts(self, unit: str, day: int) -> list[str]:
        """What is directly within it on a day."""
        return [part for part in self._within(unit) if self.exists(part, day)]

    def official(self, unit: str, day: int) -> int | None:
        """Its official number of facilities on a day."""
        parts = [self.official(part, day) for part in self.parts(unit, day)]
        if parts and None not in parts:
            return sum(number for number in parts if number is not None)
        card = self._cards.get(unit)
        own = None if card is None else as_of(card.counts, day)
        return int(own.value) if own is not None and self.exists(unit, day) else None

    def _successors(self, unit: str) -> list[str]:
        card = self._cards.get(unit)
        return [] if card is None else card.successors

    def _within(self, unit: str) -> list[str]:
        return self._children.get(unit, [])

    def _closed(self, units: Iterable[str], more: Callable[[str], list[str]]) -> list[str]:
        """In the order in which they are found."""
        found = dict.fromkeys(units)
        waiting = list(found)
        while waiting:
            new = [unit for unit in more(waiting.pop(0)) if unit not in found]
            found.update(dict.fromkeys(new))
            waiting += new
        return list(found)


class Territory:
    """`units` in the order in which they are shown: as the plan names them, then what came of them."""

    def __init__(self, known: Units, units: list[str], names: Mapping[str, TerritoryUnit]) -> None:
        self.units = tuple(units)
        self._ids = frozenset(units)
        self._known, self._names = known, names

    def __contains__(self, unit: object) -> bool:
        return unit in self._ids

    def within(self, unit: str) -> frozenset[str]:
        """A unit and all that is below it, as far as they are of this territory."""
        return self._known.within(unit) & self._ids

    def name(self, unit: str, day: int) -> Words:
        """The plan's own name for it, else the registry's on that day (the first, before it began)."""
        if unit in self._names:
            return self._names[unit].name
        card = self._known.card(unit)
        if card is None or not card.names:
            return Words(vi=unit, en=unit)
        name = as_of(card.names, day) or card.names[0]
        return Words(vi=name.value, en=name.value)

    def had_districts(self, day: int) -> bool:
        """Whether any district-level unit began by a day, ended or not."""
        return any(
            card.level == DISTRICT and card.status and card.status[0].day <= day
            for unit in self.units
            if (card := self._known.card(unit)) is not None
        )

    def official(self, units: Iterable[str], day: int) -> int | None:
        """The official number of facilities in these units on a day. A unit's is the sum over what is within
        it when all of that has one, else its own; units that are all of a larger one may have that one's.
        None when any of them has none."""
        chosen = set(units)
        tops = [u for u in chosen if self._known.exists(u, day) and self._known.parent(u) not in chosen]
        found = [self._known.official(unit, day) for unit in tops]
        if tops and None not in found:
            return sum(number for number in found if number is not None)
        parents = {self._known.parent(unit) for unit in tops}
        if len(parents) != 1 or not (parent := parents.pop()):
            return None
        whole = set(self._known.parts(parent, day)) <= set(tops)
        return self._known.official(parent, day) if whole else None
