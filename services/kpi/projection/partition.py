"""One partition in memory: takes events in any amount, repeated or not, and flushes what changed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Set
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
import structlog

from services.eventkit.cloudevents import CloudEvent, decode
from services.eventkit.commits import EVENTS_PER_COMMIT
from services.kpi.domain import cards
from services.kpi.domain.contributions import Counted
from services.kpi.domain.measures import Cohort, Days, Family, Vector, add, family_of, negated, sub
from services.kpi.domain.parts import Sums
from services.kpi.domain.rules import RuleSet
from services.kpi.projection.store import (
    Cell,
    Change,
    Intent,
    New,
    Parked,
    PartitionStore,
    Position,
    flush_together,
)

LOG = structlog.get_logger("projector")

#: Cards kept in memory, a partition; the others are read when they are needed.
CARDS_KEPT = 1000
#: Subjects changed after which a partition is flushed at once, and bytes to which the cards in the document
#: that tells of the flush have come by then, as far as that can be guessed; and those that it takes: 16 MiB
#: is MongoDB's limit.
FLUSH_SUBJECTS, FLUSH_BYTES, MOST_BYTES = 3000, 6 * 1024 * 1024, 14 * 1024 * 1024
#: Bytes of a card before any was written, and of what an event adds to one beside its data.
_CARD_BYTES, _EVENT_BYTES = 2000, 100
#: Poison events in a row, of different subjects, after which the projector stops: the fault is its own.
POISON_IN_A_ROW = 25

_NO_DAYS: Days = {}

_encoder = msgspec.msgpack.Encoder()
_days = msgspec.msgpack.Decoder(Days)
_event_encoder = msgspec.json.Encoder()


class TooManyPoison(RuntimeError):
    """So many events in a row can not be applied that the release, not the data, must be wrong."""


class TooLarge(RuntimeError):
    """What was to be flushed at once does not fit into one document. From now on fewer subjects are."""


class Work(NamedTuple):
    """What a fold leaves to be written."""

    events: int
    change: Change


class Partition:
    """`take` and `flush` raise what MongoDB raises; then drop the object and load a new one. Partitions are
    flushed together by a `Flusher`."""

    #: Subjects that are flushed at once; less in a process that has met larger cards than it had guessed.
    most = FLUSH_SUBJECTS

    def __init__(self, store: PartitionStore, rules: RuleSet) -> None:
        self.store = store
        self._rules = rules
        self.position = store.load()
        self._cells: dict[Cohort, Days] = {}
        #: The cohorts of a family that have cells -> the flush that changed each last.
        self._families: dict[Family, dict[Cohort, int]] = {}
        for cell in store.cells():
            self._cells[cell.cohort] = _days.decode(cell.days)
            self._families.setdefault(family_of(cell.cohort), {})[cell.cohort] = cell.flush
        self._parked: dict[str, Parked] = {s: parked for s, (parked, _) in store.parked().items()}
        self._cards: OrderedDict[str, Counted] = OrderedDict()
        #: Of these, those that are not stored yet.
        self._unwritten: set[str] = set()
        #: Subject -> what was taken of it since the last flush; how many events; whether anything moved.
        self.touched: dict[str, list[tuple[str, CloudEvent]]] = {}
        self.moved = False
        self.taken = 0
        #: Bytes that the cards touched may come to, at the mean of those written last.
        self._bytes, self._card_bytes = 0, _CARD_BYTES
        self._park_changes: dict[str, Parked | None] = {}
        self._poison_in_a_row = 0

    def known(self, source: str) -> int:
        """The sequence of the last event taken of a source."""
        return self.position.sequences.get(source, 0)

    @property
    def full(self) -> bool:
        """Whether what was taken is all that one flush may hold."""
        return len(self.touched) >= self.most or self._bytes >= FLUSH_BYTES

    @property
    def parked(self) -> int:
        """Subjects that wait behind an event that can not be applied."""
        return len(self._parked)

    def take(self, source: str, event: CloudEvent) -> None:
        """Take the next event of a source; one at or below the known sequence was taken before."""
        if event.sequence <= self.position.sequences.get(source, 0):
            return
        self.position.sequences[source] = event.sequence
        self.moved = True
        self.taken += 1
        self._bytes += len(event.data) + _EVENT_BYTES
        touched = self.touched.get(event.subject)
        if touched is None:
            self.touched[event.subject] = [(source, event)]
            self._bytes += self._card_bytes
        else:
            touched.append((source, event))

    def complete(self, source: str, position: int) -> None:
        """All that concerns this partition up to this log position has been taken."""
        if position > self.position.complete.get(source, 0):
            self.position.complete[source] = position
            self.position.sequences[source] = max(
                self.position.sequences.get(source, 0), (position + 1) * EVENTS_PER_COMMIT - 1
            )
            self.moved = True

    def missing(self) -> list[str]:
        """The subjects whose stored cards the next `fold` needs."""
        return [subject for subject in self.touched if subject not in self._cards]

    def fold(self, stored: Mapping[str, bytes]) -> Work:
        """Fold what was taken into the cards in memory: what has to be written next."""
        touched, self.touched = self.touched, {}
        events, self.taken, self.moved, self._bytes = self.taken, 0, False, 0
        self._remember([subject for subject in touched if subject not in self._cards], stored)
        changed: dict[str, bytes] = {}
        cells: set[Cohort] = set()
        for subject, taken in touched.items():
            self._fold(subject, taken, changed, cells)
        if changed:
            self._weigh(changed)
        shared = {subject: kind for subject in changed if (kind := self._shared(subject))}
        intent, new = None, None
        if changed or cells or self._park_changes:
            families, new_families = self._flushed(cells)
            intent, self._park_changes = Intent(changed, families, self._park_changes, shared), {}
            new = New(frozenset(changed.keys() & self._unwritten), new_families)
            self._unwritten -= changed.keys()
        while len(self._cards) > CARDS_KEPT:
            self._unwritten.discard(self._cards.popitem(last=False)[0])
        known = self.position
        position = Position(known.flush, dict(known.sequences), dict(known.complete))
        return Work(events, Change(self.store, position, intent, new))

    def _weigh(self, changed: Mapping[str, bytes]) -> None:
        size = sum(map(len, changed.values()))
        if size > MOST_BYTES and len(changed) > 1:
            Partition.most = len(changed) // 2
            raise TooLarge(f"{len(changed)} cards of {size:,} bytes; from now on {Partition.most} at once")
        self._card_bytes = size // len(changed)

    def flush(self) -> int:
        """Make everything taken durable and visible, of this partition alone; how many events that were."""
        if not self.moved:
            return 0
        work = self.fold(self.store.cards(self.missing()))
        self.position.flush = flush_together([work.change])[0].flush
        return work.events

    def redrive(self) -> None:
        """Try again, in order, the parked subjects for which an operator asked it. After a flush only."""
        for subject, ((_, _, events), asked) in self.store.parked().items():
            if not asked or subject not in self._parked:
                continue
            del self._parked[subject]
            self._park_changes[subject] = None
            self._remember([subject], self.store.cards([subject]))
            self.touched[subject] = [(source, decode(event)) for source, event in events]
            self.moved = True
            self.flush()
            LOG.info("redriven", subject=subject, still_parked=subject in self._parked)

    def _remember(self, subjects: list[str], stored: Mapping[str, bytes]) -> None:
        for subject in subjects:
            data = stored.get(subject)
            if data is None:
                self._unwritten.add(subject)
            self._cards[subject] = Counted(None if data is None else cards.decode(data))

    def _fold(
        self,
        subject: str,
        events: list[tuple[str, CloudEvent]],
        changed: dict[str, bytes],
        cells: set[Cohort],
    ) -> None:
        if subject in self._parked:
            self._park(subject, self._parked[subject][0], events)
            return
        counted = self._cards[subject]
        self._cards.move_to_end(subject)
        sources = {source for source, _ in events}
        parts = counted.parts(subject, sources)
        card, applied = counted.card, 0
        try:
            before = counted.before(parts, self._rules)
            for source, event in events:
                card = cards.fold(card, source, event)
                applied += 1
            counted.changed(card, sources)
            after = counted.after(parts, self._rules)
        except (ValueError, LookupError, TypeError, ArithmeticError, AttributeError) as error:
            self._poisoned(subject, error, events, applied, changed, cells)
            return
        self._poison_in_a_row = 0
        if card is not None:
            changed[subject] = cards.encode(card)
        for old, new in zip(before, after, strict=True):
            self._add(old, new, cells)

    def _poisoned(
        self,
        subject: str,
        error: Exception,
        events: list[tuple[str, CloudEvent]],
        applied: int,
        changed: dict[str, bytes],
        cells: set[Cohort],
    ) -> None:
        """Keep what went before the poison event; park it and what follows, in order."""
        self._poison_in_a_row += 1
        if self._poison_in_a_row >= POISON_IN_A_ROW:
            raise TooManyPoison(
                f"{self._poison_in_a_row} subjects in a row can not be applied, the last {subject}: {error}. "
                "Nothing of it was counted. Is this release older than the events?"
            ) from error
        self._remember([subject], self.store.cards([subject]))
        good = min(applied, len(events) - 1)
        if good:
            self._fold(subject, events[:good], changed, cells)
        LOG.error("parked", subject=subject, event_id=events[good][1].id, error=str(error))
        self._park(subject, f"{type(error).__name__}: {error}", events[good:])

    def _park(self, subject: str, error: str, events: list[tuple[str, CloudEvent]]) -> None:
        _, since, waiting = self._parked.get(subject, (error, datetime.now(UTC), []))
        waiting = [*waiting, *((source, _event_encoder.encode(event)) for source, event in events)]
        self._parked[subject] = self._park_changes[subject] = (error, since, waiting)

    def _add(self, before: Sums, after: Sums, cells: set[Cohort]) -> None:
        for cohort in before.keys() | after.keys():
            old, new = before.get(cohort, _NO_DAYS), after.get(cohort, _NO_DAYS)
            if old == new:
                continue
            kind, days = cohort[0], self._cells.get(cohort)
            if days is None:
                days = self._cells[cohort] = {}
            for day, vector in new.items():
                was = old.get(day)
                if was is not None:
                    if was == vector:
                        continue
                    vector = sub(kind, vector, was)
                _put(days, kind, day, vector)
            for day, vector in old.items():
                if day not in new:
                    _put(days, kind, day, negated(kind, vector))
            cells.add(cohort)

    def _shared(self, subject: str) -> str | None:
        card = self._cards[subject].card
        return None if card is None else cards.shared(card)

    def _flushed(self, changed: Set[Cohort]) -> tuple[dict[Family, list[Cell]], frozenset[Family]]:
        """The families of the cells that the next flush changes, whole; and those of them that are new."""
        found: dict[Family, list[Cell]] = {}
        new: set[Family] = set()
        for cohort in changed:
            family = family_of(cohort)
            flushes = self._families.get(family)
            if flushes is None:
                flushes = self._families[family] = {}
                new.add(family)
            flushes[cohort] = self.position.flush + 1
            found[family] = []
        for family, cells in found.items():
            for cohort, flush in self._families[family].items():
                cells.append(Cell(cohort, flush, _encoder.encode(self._cells[cohort])))
        return found, frozenset(new)


def _put(days: Days, kind: str, day: int, vector: Vector) -> None:
    """Add to what a cell holds of a day; what comes to nothing is not held."""
    known = days.get(day)
    if known is not None:
        vector = add(kind, known, vector)
    if any(vector):
        days[day] = vector
    elif known is not None:
        del days[day]
