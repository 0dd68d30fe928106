"""How good the record of a facility is: complete, fresh, and written down soon after the fact."""

from __future__ import annotations

from bisect import insort
from datetime import UTC, timedelta

from services.kpi.domain.facts import FacilityCard
from services.kpi.domain.handlers import KpiEvent
from services.kpi.domain.measures import SPREAD, Days, QualityMeasure, Vector
from services.kpi.domain.parts import Course, put
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
        if len(card.lags) > LAGS_KEPT:
            del card.lags[:-LAGS_KEPT]


def _extend(spans: list[tuple[int, int]], first: int, end: int) -> None:
    """Unite [first, end) with the spans, which stand in order and apart."""
    if spans and spans[-1][0] <= first <= spans[-1][1]:
        # Most follow what was heard last.
        if end > spans[-1][1]:
            spans[-1] = (spans[-1][0], end)
        return
    at = len(spans)
    while at and spans[at - 1][0] > first:
        at -= 1
    if at and spans[at - 1][1] >= first:
        at -= 1
        first, end = spans[at][0], max(end, spans[at][1])
    after = at
    while after < len(spans) and spans[after][0] <= end:
        end = max(end, spans[after][1])
        after += 1
    spans[at:after] = [(first, end)]


_KIND = "quality"
_REACHED, _COMPLETE, _FRESH = (tuple(int(m is one) for m in QualityMeasure) for one in QualityMeasure)
_STALE: Vector = tuple(-x for x in _FRESH)
_INCOMPLETE: Vector = tuple(-x for x in _COMPLETE)


def courses(card: FacilityCard, rules: RuleSet) -> list[Course]:
    """Whether reached, complete and fresh; and the days from each fact to its record, for the median."""
    days: Days = {}
    if card.reached is not None:
        put(days, _KIND, card.reached.day, _REACHED)
    for day, complete in _completed(card):
        put(days, _KIND, day, _COMPLETE if complete else _INCOMPLETE)
    for first, end in _spans(card):
        put(days, _KIND, first, _FRESH)
        put(days, _KIND, end, _STALE)
    lags: Days = {}
    for day, late in card.lags:
        put(lags, SPREAD, day, (late, 1))
    return [(head, (), course) for head, course in (((_KIND,), days), ((SPREAD, "lag"), lags)) if course]


def _completed(card: FacilityCard) -> list[tuple[int, bool]]:
    """The days on which its record becomes complete, or incomplete again."""
    found = []
    held, complete = 0, False
    for given in card.given:
        held = (held | given.yes) & ~given.no
        if (held == COMPLETE) is not complete:
            complete = not complete
            found.append((given.day, complete))
    return found


def missing(card: FacilityCard, day: int) -> list[str]:
    """Those of `DETAILS` that its record lacks on a day."""
    held = 0
    for given in card.given:
        if given.day <= day:
            held = (held | given.yes) & ~given.no
    return [name for bit, name in enumerate(DETAILS) if not held >> bit & 1]


def stale_since(card: FacilityCard, day: int) -> int | None:
    """The day on which all that was heard of it by then was no longer fresh; None while something is."""
    begun = [(first, end) for first, end in card.heard if first <= day]
    last = max((end for _, end in begun), default=day)
    return None if begun and day < last else last


def _spans(card: FacilityCard) -> list[tuple[int, int]]:
    """Those of several records of one facility stand in order, but may overlap."""
    if len(card.heard) < 2:
        return card.heard
    spans: list[tuple[int, int]] = []
    for first, end in card.heard:
        _extend(spans, first, end)
    return spans
