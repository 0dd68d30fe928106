"""The items of a difference, each told with where it stands in both readings, why, and by which events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from services.kpi.api.cursors import Asked
from services.kpi.api.queries import container
from services.kpi.api.shown import Shown
from services.kpi.api.traced_schemas import traced
from services.kpi.domain.facts import FacilityCard
from services.kpi.domain.facts import as_of as fact_on
from services.kpi.domain.rules import RuleSet, Words
from services.kpi.domain.shares import Chosen, who_of
from services.kpi.domain.standing import standing
from services.kpi.domain.targets import Reading
from services.kpi.domain.texts import reason
from services.kpi.views.changes import Changed
from services.kpi.views.facilities import FACILITY, Facilities
from services.kpi.views.live import LiveCube, View
from services.kpi.views.traced import Traced, as_recorded


class ReadAt(NamedTuple):
    """One side, read."""

    asked: Asked
    source: LiveCube
    view: View
    shown: Shown
    found: Reading

    @property
    def facilities(self) -> Facilities:
        return Facilities(container().store, self.view)

    @property
    def chosen(self) -> Chosen:
        choice = self.shown.selection
        return Chosen(self.shown.units, choice.section, choice.kind, choice.size)


class _Stands(NamedTuple):
    """How an item stands on one side, and by which events."""

    unit_id: str | None
    why: Words
    decided_by: frozenset[str]


class Teller:
    """Tells the items of a page."""

    def __init__(self, before: ReadAt, after: ReadAt, rules: RuleSet, code: str) -> None:
        self._sides = (before, after)
        self._rules, self._code = rules, code
        self._facilities = [each.facilities for each in self._sides]
        self._officers = [self._by_unit(each) if code == "K3" else {} for each in self._sides]
        both = [each.view.position for each in self._sides]
        self._low = {log: min(one[log] for one in both) for log in both[0]}
        self._high = {log: max(one[log] for one in both) for log in both[0]}

    def tell(self, items: Sequence[Changed]) -> list[dict[str, Any]]:
        """In order. The cards of all of them are read at once, and so are the events searched for."""
        subjects = {item.id: self._subjects(item.id) for item in items}
        wanted = {subject for each in subjects.values() for subject in each}
        by_subject: dict[str, list[Traced]] = {subject: [] for subject in wanted}
        for event in container().trace.events(wanted, self._high) if wanted else ():
            by_subject[event.subject].append(event)
        ids = [] if self._code == "K3" else [item.id for item in items]
        cards = [one.some(ids) for one in self._facilities]
        return [
            self._told(
                item,
                [self._stands(number, item.id, cards[number].get(item.id)) for number in (0, 1)],
                [by_subject[each] for each in subjects[item.id]],
            )
            for item in items
        ]

    def _told(self, item: Changed, stands: list[_Stands], events: list[list[Traced]]) -> dict[str, Any]:
        shares = (item.before, item.after)
        sides = [
            {**share._asdict(), "unit_id": one.unit_id, "why": one.why}
            for share, one in zip(shares, stands, strict=True)
        ]
        return {
            "id": item.id,
            "numerator": item.numerator,
            "denominator": item.denominator,
            "from": sides[0],
            "to": sides[1],
            "events": self._events(as_recorded(event for each in events for event in each), stands),
        }

    def _events(self, events: Iterable[Traced], stands: list[_Stands]) -> list[dict[str, Any]]:
        found = []
        for event in events:
            decides = [
                name for name, one in zip(("from", "to"), stands, strict=True) if event.id in one.decided_by
            ]
            new = event.position > self._low[event.log]
            if new or decides or self._between(event):
                found.append({**traced(event), "decides": decides, "new": new})
        return found

    def _between(self, event: Traced) -> bool:
        """It came to hold between the two days."""
        days = sorted(each.asked.on for each in self._sides)
        return days[0] < event.occurred_on <= days[1]

    def _subjects(self, id_: str) -> list[str]:
        if self._code == "K3":
            officers = {o for by_unit in self._officers for o in by_unit.get(id_, ())}
            return [f"unit:{id_}", *sorted(officers)]
        members = {member for one in self._facilities for member in one.members(id_)}
        # One that is merged stands for nothing because of what was decided about itself.
        return [FACILITY + member for member in sorted(members)]

    def _stands(self, number: int, id_: str, card: FacilityCard | None) -> _Stands:
        side = self._sides[number]
        if self._code == "K3":
            found = side.shown.staffing.get(id_)
            if found is None or not found.exists:
                return _Stands(None, reason("no-such-unit"), frozenset())
            return _Stands(id_, reason("staffed" if found.qualified else "not-staffed"), frozenset())
        if card is None:
            return _Stands(None, reason("not-known"), frozenset())
        return self._standing(side, card)

    def _standing(self, side: ReadAt, card: FacilityCard) -> _Stands:
        on = side.asked.on
        unit = fact_on(card.unit, on.toordinal())
        found = standing(card, self._rules, on, side.shown.territory)[self._code]
        who = who_of(card, self._rules, on.toordinal())
        chosen = who is None or who[0] not in side.shown.territory or side.chosen.holds(who)
        return _Stands(
            None if unit is None else unit.value,
            found.why if chosen else reason("not-chosen"),
            frozenset(found.decided_by),
        )

    def _by_unit(self, side: ReadAt) -> dict[str, list[str]]:
        """The officers ever appointed to each unit."""
        found: dict[str, list[str]] = {}
        for subject, card in side.facilities.officers():
            for unit in card.appointments:
                found.setdefault(unit, []).append(subject)
        return found
