"""Whether a new generation holds what the live one does: partition by partition, at exactly the same events.

The live partition is read as it was at one moment, by a snapshot of the database. The new one is taken on up
to there; where it is ahead, what the live one lacks is worked out in memory, and nothing of it written.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

import msgspec
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import OperationFailure

from services.eventkit.cloudevents import CloudEvent, of_commit, partition_of
from services.eventkit.commits import EVENTS_PER_COMMIT
from services.kpi.domain import cards
from services.kpi.domain.contributions import Counted
from services.kpi.domain.facts import SOURCES, Card
from services.kpi.domain.measures import MEASURES, SPREAD, Cohort, Days, Vector, add, empty, negated
from services.kpi.domain.parts import Sums
from services.kpi.domain.rules import RuleSet, add_months
from services.kpi.domain.served import Codes, codes_of
from services.kpi.projection.building import build
from services.kpi.projection.bulk.fold import POISON
from services.kpi.projection.catchup import PAGE, Feed
from services.kpi.projection.store import Intent, PartitionStore, cells_of

#: How often a partition is compared whose moment the database has forgotten meanwhile, after how many seconds
#: again, and what it says then.
TRIES, PAUSE, SNAPSHOT_TOO_OLD = 6, 0.5, 239

_days = msgspec.msgpack.Decoder(Days)
_intents = msgspec.msgpack.Decoder(Intent)


class Difference(NamedTuple):
    """`what` is a cohort's measure, or a parked subject; `on` the first month end on which the sums differ,
    or the day when they agree again before; `codes` the indicators that this sum goes into."""

    what: str
    on: date | None
    live: str
    rebuilt: str
    codes: Codes = ()

    def __str__(self) -> str:
        on = f" on {self.on}" if self.on else ""
        codes = f" [{', '.join(self.codes)}]" if self.codes else ""
        return f"{self.what}{on}: live {self.live}, rebuilt {self.rebuilt}{codes}"


def compare(
    database: Database[dict[str, Any]],
    live: str,
    new: str,
    rules: RuleSet,
    feeds: Mapping[str, Feed],
    partitions: int,
    number: int,
) -> list[Difference]:
    """How one partition of the generation `new` differs from the `live` one; nothing when that one has not
    begun. Raises what `build` does, and pymongo's.

    The database keeps a moment for some time only (usually five minutes). Then it is done again
    of a later one: what took long, to bring the new one up to there, is done by then, and the live one is
    likely to be ahead, so that little has to be worked out.
    """
    for left in reversed(range(TRIES)):
        try:
            return _compared(database, live, new, rules, feeds, partitions, number)
        except OperationFailure as error:
            if error.code != SNAPSHOT_TOO_OLD or not left:
                raise
        time.sleep(PAUSE)
    raise AssertionError("the last try returns or raises")


def _compared(
    database: Database[dict[str, Any]],
    live: str,
    new: str,
    rules: RuleSet,
    feeds: Mapping[str, Feed],
    partitions: int,
    number: int,
) -> list[Difference]:
    store = PartitionStore(database, new, number)
    with database.client.start_session(snapshot=True) as session:
        standing = _Standing(database, session, live, number, rules)
        if not standing.begun:
            return []
        at = {s: max(standing.known(s), store.load().sequences.get(s, 0)) for s in SOURCES}
        until: dict[str, int] = {source: sequence // EVENTS_PER_COMMIT for source, sequence in at.items()}
        build(database, new, rules, feeds, partitions, until=until, numbers=[number])
        for source in SOURCES:
            standing.take(source, feeds[source], until[source], partitions)
    rebuilt = {cell.cohort: _kept(_days.decode(cell.days)) for cell in store.cells()}
    return [*_parked(standing.parked, set(store.parked())), *_cells(standing.cells, rebuilt)]


class _Standing:
    """A live partition as it was at one moment, taken on in memory."""

    def __init__(
        self,
        database: Database[dict[str, Any]],
        session: ClientSession,
        generation: str,
        number: int,
        rules: RuleSet,
    ) -> None:
        self._database, self._session, self._rules = database, session, rules
        self._generation, self._number = generation, number
        mine = {"generation": generation, "partition": number}
        found = database["partitions"].find_one({"_id": f"{generation}|{number}"}, session=session)
        self.begun = found is not None
        self._sequences: dict[str, int] = dict(found["sequences"]) if found else {}
        self.cells: dict[Cohort, Days] = {
            cell.cohort: _days.decode(cell.days)
            for family in database["cells"].find(mine, {"cells": 1}, session=session)
            for cell in cells_of(family)
        }
        self.parked = {
            str(each["subject"]) for each in database["parked"].find(mine, {"subject": 1}, session=session)
        }
        self._cards: dict[str, bytes] = {}
        if found and found["applied_flush"] < found["flush"]:
            self._apply(_intents.decode(found["intent"]))

    def _apply(self, intent: Intent) -> None:
        """A flush that took effect and whose cells were being written at that moment."""
        self._cards |= intent.cards
        self.cells |= {c.cohort: _days.decode(c.days) for cells in intent.cells.values() for c in cells}
        for subject, parked in intent.parked.items():
            (self.parked.discard if parked is None else self.parked.add)(subject)

    def known(self, source: str) -> int:
        return self._sequences.get(source, 0)

    def take(self, source: str, feed: Feed, until: int, partitions: int) -> None:
        """What it lacks of a source up to a position."""
        after = max(self.known(source) // EVENTS_PER_COMMIT - 1, 0)
        while after < until:
            page = feed.commits(after, min(PAGE, until - after))
            if not page:
                return
            for commit in page:
                for index, record in enumerate(commit.events):
                    mine = partition_of(record.subject, partitions) == self._number
                    if mine and commit.sequence(index) > self.known(source):
                        self._fold(source, of_commit(source, commit, index))
            after = page[-1].position

    def _fold(self, source: str, event: CloudEvent) -> None:
        if event.subject in self.parked:
            return
        stored = self._card(event.subject)
        before = self._counted(event.subject, None if stored is None else cards.decode(stored))
        try:
            card = cards.fold(None if stored is None else cards.decode(stored), source, event)
            after = self._counted(event.subject, card)
        except POISON:
            self.parked.add(event.subject)
            return
        if card is not None:
            self._cards[event.subject] = cards.encode(card)
        self._add(before, negative=True)
        self._add(after)

    def _card(self, subject: str) -> bytes | None:
        if subject not in self._cards:
            id_ = {"_id": f"{self._generation}|{subject}"}
            found = self._database["cards"].find_one(id_, {"card": 1}, session=self._session)
            if found is None:
                return None
            self._cards[subject] = bytes(found["card"])
        return self._cards[subject]

    def _counted(self, subject: str, card: Card | None) -> list[Sums]:
        counted = Counted(card)
        return counted.after(counted.parts(subject, SOURCES), self._rules)

    def _add(self, counted: list[Sums], *, negative: bool = False) -> None:
        for part in counted:
            for cohort, days in part.items():
                into = self.cells.setdefault(cohort, {})
                for day, vector in days.items():
                    change = negated(cohort[0], vector) if negative else vector
                    known = into.get(day)
                    into[day] = change if known is None else add(cohort[0], known, change)


def _kept(days: Days) -> Days:
    return {day: vector for day, vector in days.items() if any(vector)}


def _parked(live: set[str], rebuilt: set[str]) -> list[Difference]:
    said = {True: "parked", False: "not parked"}
    return [
        Difference(subject, None, said[subject in live], said[subject in rebuilt])
        for subject in sorted(live ^ rebuilt)
    ]


def _cells(live: Mapping[Cohort, Days], rebuilt: Mapping[Cohort, Days]) -> list[Difference]:
    found: list[Difference] = []
    for cohort in sorted(live.keys() | rebuilt.keys()):
        ours, theirs = _kept(live.get(cohort, {})), _kept(rebuilt.get(cohort, {}))
        if ours != theirs:
            found += _of_cohort(cohort, ours, theirs)
    return found


def _of_cohort(cohort: Cohort, live: Days, rebuilt: Days) -> list[Difference]:
    kind = cohort[0]
    changes = sorted(day for day in live.keys() | rebuilt.keys() if live.get(day) != rebuilt.get(day))
    days = [*dict.fromkeys(month_end(day) for day in changes), *changes]
    sums = {day: (_sum(kind, live, day), _sum(kind, rebuilt, day)) for day in days}
    if kind == SPREAD:
        on = next(day for day in days if sums[day][0] != sums[day][1])
        ours, theirs = (f"{len(each) // 2} values" for each in sums[on])
        return [Difference(" ".join(cohort), date.fromordinal(on), ours, theirs, codes_of(cohort))]
    found = []
    for measure in MEASURES[kind]:
        for day in days:
            ours, theirs = (str(each[measure]) for each in sums[day])
            if ours != theirs:
                what = f"{' '.join(cohort)} {measure.name.lower()}"
                codes = codes_of(cohort, measure)
                found.append(Difference(what, date.fromordinal(day), ours, theirs, codes))
                break
    return found


def _sum(kind: str, days: Days, on: int) -> Vector:
    total = empty(kind)
    for day, vector in days.items():
        if day <= on:
            total = add(kind, total, vector)
    return total


def month_end(day: int) -> int:
    """The last day of a day's month, as ordinals."""
    first = date.fromordinal(day).replace(day=1).toordinal()
    return add_months(first, 1) - 1
