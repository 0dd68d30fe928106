"""How good the record of a facility is: complete, fresh, and written down soon after the fact."""

from __future__ import annotations

from bisect import insort
from collections import Counter
from datetime import UTC, timedelta
from itertools import islice, takewhile

from services.kpi.domain.facts import FacilityCard
from services.kpi.domain.handlers import KpiEvent
from services.kpi.domain.measures import SPREAD, Vector, Who
from services.kpi.domain.parts import State
from services.kpi.domain.rules import RuleSet, add_months

#: What a complete record holds; bit n of `Given` is the n-th.
DETAILS = ("tax-code", "products", "coordinates", "employees")
COMPLETE = (1 << len(DETAILS)) - 1

#: Months for which what was heard of a facility is fresh.
FRESH_MONTHS = 12

#: Of a facility, so that a card stays small.
LAGS_KEPT = 64

#: Facts that somebody observes on a day, as opposed to decisions of whoever records them.
_OBSERVED = frozenset(
    prefix + type_
    for source, types in {
        "registry": ("facility.registered",),
        "audits": ("assessment.baseline-recorded", "follow-up.reported", "option.implemented"),
        "training": ("survey.answered", "participation.attended"),
    }.items()
    for type_ in types
    for prefix in ("", f"sxsh.{source}.")
)

_IDENTITY = frozenset(
    prefix + type_ for type_ in ("facility.merged", "facility.unmerged") for prefix in ("", "sxsh.registry.")
)

#: From UTC to the time of Việt Nam.
_VIETNAM = timedelta(hours=7)


def hear(card: FacilityCard, event: KpiEvent) -> None:
    """Note that something was heard of a facility, and how long after the fact. Who is who is no news of it:
    a merge taken back leaves all as it was."""
    if event.type in _IDENTITY:
        return
    day = event.occurred_on.toordinal()
    _extend(card.heard, day, add_months(day, FRESH_MONTHS))
    if event.type in _OBSERVED:
        recorded = event.recorded_at if event.recorded_at.tzinfo is UTC else event.recorded_at.astimezone(UTC)
        late = (recorded + _VIETNAM).toordinal() - day
        insort(card.lags, (day, max(0, late)))
        del card.lags[:-LAGS_KEPT]


def _extend(spans: list[tuple[int, int]], first: int, end: int) -> None:
    """Unite [first, end) with the spans, which stand in order."""
    if spans and spans[-1][0] <= first <= spans[-1][1]:
        spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        return
    united: list[tuple[int, int]] = []
    for start, stop in sorted([*spans, (first, end)]):
        if united and start <= united[-1][1]:
            united[-1] = (united[-1][0], max(united[-1][1], stop))
        else:
            united.append((start, stop))
    spans[:] = united


def complete_on(card: FacilityCard, day: int) -> bool:
    held = 0
    for given in card.given:
        if given.day > day:
            break
        held = (held | given.yes) & ~given.no
    return held == COMPLETE


def fresh_on(card: FacilityCard, day: int) -> bool:
    """Whether something happened to it in the months before; the last day is the one before they are over."""
    return any(first <= day < end for first, end in card.heard)


class Quality:
    """Of a facility in U; and the days from each fact to its record, for the median."""

    def __init__(self, card: FacilityCard) -> None:
        self._card = card
        self._days = {given.day for given in card.given} | {day for span in card.heard for day in span}
        if card.reached is not None:
            self._days.add(card.reached.day)
        self._lag_days = {day for day, _ in card.lags}
        self.days = self._days | self._lag_days
        self._vector: Vector = (0, 0, 0)
        self._lags: Vector = ()
        self._lags_seen = 0
        self._late: Counter[int] = Counter()

    def state(self, day: int, who: Who | None) -> State:
        card = self._card
        if day in self._days:
            reached = card.reached is not None and card.reached.day <= day
            self._vector = (int(reached), int(complete_on(card, day)), int(fresh_on(card, day)))
        if day in self._lag_days:
            for _, late in takewhile(lambda lag: lag[0] <= day, islice(card.lags, self._lags_seen, None)):
                self._late[late] += 1
                self._lags_seen += 1
            self._lags = tuple(x for late in sorted(self._late) for x in (late, self._late[late]))
        if who is None:
            return {}
        found: State = {}
        if any(self._vector):
            found["quality", *who] = self._vector
        if self._lags:
            found[SPREAD, "lag", *who] = self._lags
        return found


def quality_of(card: FacilityCard, rules: RuleSet) -> Quality | None:
    return Quality(card) if card.heard else None
