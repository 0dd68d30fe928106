"""Folds the events that were put by into the cards and sums of one partition."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import cast

import msgspec
import structlog

from services.eventkit.cloudevents import CloudEvent
from services.eventkit.crash import crash_point
from services.kpi.domain import cards
from services.kpi.domain.contributions import Counted
from services.kpi.domain.facts import SOURCES, Card, Source
from services.kpi.domain.handlers import KpiEvent
from services.kpi.domain.measures import Cohort, Days, Family, add, family_of
from services.kpi.domain.parts import Sums
from services.kpi.domain.rules import RuleSet
from services.kpi.projection.bulk.filling import BATCH, FLUSH, Filling
from services.kpi.projection.bulk.spool import Plan, Spool, Spooled
from services.kpi.projection.partition import POISON_IN_A_ROW, TooManyPoison
from services.kpi.projection.store import Cell, Parked

LOG = structlog.get_logger("projector")

Told = tuple[Source, Spooled]

#: What says that an event can not be applied.
POISON = (ValueError, LookupError, TypeError, ArithmeticError, AttributeError)

_encoder = msgspec.msgpack.Encoder()
_days = msgspec.msgpack.Decoder(Days)
_event_encoder = msgspec.json.Encoder()


def fold(
    spool: Spool,
    store: Filling,
    plan: Plan,
    rules: RuleSet,
    told: Callable[[int], None],
    go_on: Callable[[], bool],
) -> None:
    """Fill a partition; tells how many events each of its buckets had. Returns early, with the partition not
    made, when `go_on` says no. Raises `TooManyPoison`, `Refused` when another process has ended the plan."""
    folding = _Folding(rules)
    with ThreadPoolExecutor(1, "cards") as writing:
        written: Future[None] | None = None
        for bucket in plan.buckets_of(store.partition):
            if not go_on():
                return
            by_subject: dict[str, list[Told]] = {}
            events = 0
            for source, found in spool.bucket(bucket):
                events += len(found)
                for event in found:
                    known = by_subject.get(event.subject)
                    if known is None:
                        by_subject[event.subject] = [(source, event)]
                    else:
                        known.append((source, event))
            spool.ensure(plan)
            subjects = list(by_subject)
            for start in range(0, len(subjects), BATCH):
                batch, shared = folding.batch({s: by_subject.pop(s) for s in subjects[start : start + BATCH]})
                if written is not None:
                    written.result()
                written = writing.submit(store.add_cards, batch, shared)
                crash_point("rebuild.after_cards")
            folding.next_bucket()
            told(events)
        if written is not None:
            written.result()
    spool.ensure(plan)
    store.finish(folding.encoded(), folding.parked, plan.target)


class _Folding:
    """The sums of a partition as they grow: those of the bucket in hand, and beside them, encoded, what the
    buckets before it come to, each by itself. Encoded they take a tenth of the memory, so what a build needs
    does hardly grow with the log."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules
        self._cells: dict[Cohort, Days] = {}
        self._before: dict[Cohort, list[bytes]] = {}
        self.parked: dict[str, Parked] = {}
        self._poison_in_a_row = 0

    def batch(self, by_subject: dict[str, list[Told]]) -> tuple[dict[str, bytes], dict[str, str]]:
        """The cards of these subjects, and what the reading side keeps them for."""
        made: dict[str, bytes] = {}
        shared: dict[str, str] = {}
        for subject, events in by_subject.items():
            card = self._fold(subject, events)
            if card is None:
                continue
            made[subject] = cards.encode(card)
            kind = cards.shared(card)
            if kind is not None:
                shared[subject] = kind
        return made, shared

    def next_bucket(self) -> None:
        cells, self._cells = self._cells, {}
        for cohort, days in cells.items():
            self._before.setdefault(cohort, []).append(_encoder.encode(days))

    def encoded(self) -> dict[Family, list[Cell]]:
        """The cells that hold something. Asked once, at the end."""
        found: dict[Family, list[Cell]] = {}
        for cohort in self._before.keys() | self._cells.keys():
            days = self._cells.pop(cohort, {})
            for encoded in self._before.pop(cohort, ()):
                _sum(cohort, days, _days.decode(encoded))
            kept = {day: vector for day, vector in days.items() if any(vector)}
            if kept:
                cell = Cell(cohort, FLUSH, _encoder.encode(kept))
                found.setdefault(family_of(cohort), []).append(cell)
        return found

    def _fold(self, subject: str, events: list[Told]) -> Card | None:
        card: Card | None = None
        try:
            for source, event in events:
                card = cards.fold(card, source, cast(KpiEvent, event))
            counted = self._counted(subject, card)
        except POISON:
            return self._poisoned(subject, events)
        self._poison_in_a_row = 0
        self._add(counted)
        return card

    def _counted(self, subject: str, card: Card | None) -> list[Sums]:
        counted = Counted(card)
        return counted.after(counted.parts(subject, SOURCES), self._rules)

    def _add(self, counted: list[Sums]) -> None:
        cells = self._cells
        for part in counted:
            for cohort, days in part.items():
                into = cells.get(cohort)
                if into is None:
                    cells[cohort] = dict(days)
                else:
                    _sum(cohort, into, days)

    def _poisoned(self, subject: str, events: list[Told]) -> Card | None:
        """Keep what goes before the first event that can not be applied; park it and what follows."""
        good: bytes | None = None
        kept: list[Sums] = []
        for index, (source, event) in enumerate(events):
            card = None if good is None else cards.decode(good)
            try:
                card = cards.fold(card, source, _cloud_event(source, event))
                counted = self._counted(subject, card)
            except POISON as error:
                self._park(subject, error, events[index:])
                break
            good = None if card is None else cards.encode(card)
            kept = counted
        if good is None:
            return None
        self._add(kept)
        return cards.decode(good)

    def _park(self, subject: str, error: Exception, events: list[Told]) -> None:
        self._poison_in_a_row += 1
        if self._poison_in_a_row >= POISON_IN_A_ROW:
            raise TooManyPoison(
                f"{self._poison_in_a_row} subjects in a row can not be applied, the last {subject}: {error}. "
                "Is this release older than the events?"
            ) from error
        LOG.error("parked", subject=subject, event_id=events[0][1].id, error=str(error))
        waiting: list[tuple[str, bytes]] = [
            (source, _event_encoder.encode(_cloud_event(source, e))) for source, e in events
        ]
        self.parked[subject] = (f"{type(error).__name__}: {error}", datetime.now(UTC), waiting)


def _sum(cohort: Cohort, into: Days, days: Days) -> None:
    for day, vector in days.items():
        known = into.get(day)
        into[day] = vector if known is None else add(cohort[0], known, vector)


def _cloud_event(source: Source, event: Spooled) -> CloudEvent:
    """As `cloudevents.of_commit` makes it of the commit."""
    return CloudEvent(
        id=event.id,
        source=source,
        type=f"sxsh.{source}.{event.type}",
        sequence=event.sequence,
        prevsequence=0,
        subject=event.subject,
        recorded_at=event.recorded_at,
        data=msgspec.Raw(event.data),
        dataschema=str(event.schema),
        occurred_on=event.occurred_on,
    )
