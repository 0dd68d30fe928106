"""A log on real mongod, two relays, a topic in memory and two projectors, each stepped by the test.

Beside it the same numbers, worked out by plainly folding the log.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import msgspec
from pymongo.database import Database

from services.eventkit.cloudevents import CloudEvent, of_commit, partition_of
from services.eventkit.commits import Commit, NewCommit
from services.eventkit.events import EventRecord
from services.eventkit.ids import new_id
from services.eventkit.log import EventLog
from services.eventkit.memory_log import MemoryLog
from services.eventkit.mongo_log import MongoLog
from services.eventkit.relay.lease import Held, Lease, LeaseLost
from services.eventkit.relay.relay import Relay
from services.kpi.domain import cards
from services.kpi.domain.contributions import contributions
from services.kpi.domain.measures import Days, add, empty
from services.kpi.domain.rules import RuleSet
from services.kpi.projection.bulk.gather import Line
from services.kpi.projection.projector import Projector
from services.kpi.projection.store import Overtaken, PartitionStore

PARTITIONS = 2
RULES = RuleSet.load("sxsh-2016")
#: (topic, partition, value), as Kafka gives them.
Record = tuple[str, int, bytes]


def fact(subject: str, type_: str, day: str = "2018-01-01", **data: Any) -> EventRecord:
    return EventRecord(
        id=new_id(),
        type=type_,
        schema=1,
        subject=subject,
        occurred_on=date.fromisoformat(day),
        data=msgspec.Raw(msgspec.json.encode({"occurred_on": day, **data})),
    )


def registered(subject: str, day: str = "2016-01-01", unit: str = "nho-quan") -> EventRecord:
    industry = {"version": 2018, "code": "10620"}
    return fact(subject, "facility.registered", day, kind="enterprise", unit_id=unit, industry=industry)


def commit(stream: str, version: int, *events: EventRecord) -> NewCommit:
    id_ = new_id()
    return NewCommit(
        stream=stream, version=version, events=events, command_id=id_, fingerprint=id_, actor="a"
    )


class LogFeed:
    def __init__(self, log: EventLog) -> None:
        self._log = log

    def commits(self, after: int, limit: int = 1000, wait: float = 0.0) -> list[Commit]:
        return [stored.commit for stored in self._log.read(after, limit)]

    def linked(self, after: int, limit: int, decoder: msgspec.json.Decoder[Line]) -> list[tuple[bytes, Line]]:
        return [(body, decoder.decode(body)) for body in self._log.bodies(after, limit)]

    @property
    def head(self) -> int:
        return self._log.head()


class Lost(Exception):
    """The broker did not acknowledge what was sent."""


class Topic:
    """`keeps` decides, once, how much of the next batch arrives before the broker fails."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.keeps: Callable[[int], int] | None = None
        self._sent: list[Record] = []

    def send(self, topic: str, partition: int, key: bytes | None, value: bytes) -> None:
        self._sent.append((topic, partition, value))

    def flush(self) -> None:
        sent, self._sent = self._sent, []
        keeps, self.keeps = self.keeps, None
        self.records += sent if keeps is None else sent[: keeps(len(sent))]
        if keeps is not None:
            raise Lost


class RelayProcess:
    """Steps as the process does; `held` is None while it waits for the lease."""

    def __init__(
        self,
        database: Database[dict[str, Any]],
        log: EventLog,
        topic: Topic,
        name: str,
        partitions: int = PARTITIONS,
    ) -> None:
        ticks = itertools.count(1)
        self.lease = Lease(database, name, partitions=partitions, seconds=3600)
        self.held: Held | None = None
        self._relay = Relay(log, self.lease, topic, partitions, clock=lambda: 10.0 * next(ticks))

    def step(self) -> int:
        """How many commits were published; a failure of the broker ends the process without a word."""
        self.held = self.held or self.lease.acquire()
        if self.held is None:
            return 0
        try:
            self.held, published = self._relay.step(self.held)
        except (Lost, LeaseLost):
            self.held = None
            return 0
        return published


class Worker:
    """A projector process with its place in the topic. Overtaken by another, it loads again."""

    def __init__(
        self, database: Database[dict[str, Any]], feeds: dict[str, LogFeed], partitions: int = PARTITIONS
    ) -> None:
        self.offset = 0
        self._database, self._feeds, self._partitions = database, feeds, partitions
        self.projector = self.started()

    def started(self) -> Projector:
        projector = Projector(self._database, RULES, self._feeds, self._partitions)
        projector.assign(range(self._partitions))
        return projector

    def crash(self) -> None:
        self.projector = self.started()

    def does(self, action: Callable[[Projector], object]) -> None:
        try:
            action(self.projector)
        except Overtaken:
            self.projector.reload()


class World:
    def __init__(
        self, database: Database[dict[str, Any]], partitions: int = PARTITIONS, topic: Topic | None = None
    ) -> None:
        self.database, self.partitions = database, partitions
        self.writers = [MongoLog(database, "registry"), MongoLog(database, "registry")]
        self.log = self.writers[0]
        self.log.prepare()
        self.topic = topic or Topic()
        self.relays = [
            RelayProcess(database, self.log, self.topic, name, partitions) for name in ("one", "two")
        ]
        self.feeds = {
            "registry": LogFeed(self.log),
            "audits": LogFeed(MemoryLog("audits")),
            "training": LogFeed(MemoryLog("training")),
        }
        self.workers = [Worker(database, self.feeds, partitions) for _ in range(2)]

    def lease_ends(self) -> None:
        """As if its holder had been stopped for longer than its lease."""
        self.database["relay"].update_many({}, {"$set": {"until": datetime(2000, 1, 1, tzinfo=UTC)}})

    def checkpoint(self) -> dict[str, Any] | None:
        return self.database["relay"].find_one({}, {"until": 0})

    def drain(self, by: int = 0) -> None:
        """Everything published, and taken by one of the workers."""
        self.drain_relay()
        worker = self.workers[by]
        worker.does(lambda projector: projector.handle(self.topic.records[worker.offset :]))
        worker.does(lambda projector: projector.handle(self.topic.records))
        worker.offset = len(self.topic.records)

    def drain_relay(self) -> None:
        self.lease_ends()
        for relay in self.relays:
            relay.held = None
        while self.relays[0].step():
            pass

    def generation(self) -> str:
        return self.workers[0].projector.generation

    def stored(self) -> dict[str, Any]:
        """All that the projection holds: cells without empty days, parked events, what is applied."""
        cells: dict[Any, tuple[int, ...]] = {}
        parked: dict[str, list[str]] = {}
        positions = []
        for number in range(self.partitions):
            store = PartitionStore(self.database, self.generation(), number)
            for cohort, _, days in store.cells():
                for day, vector in msgspec.msgpack.decode(days, type=Days).items():
                    sums = cells.get((cohort, day), empty(cohort[0]))
                    cells[cohort, day] = add(cohort[0], sums, vector)
            for subject, ((_, _, events), _) in store.parked().items():
                parked[subject] = [event_id(value) for _, value in events]
            positions.append(store.load())
        return {
            "cells": {key: sums for key, sums in cells.items() if any(sums)},
            "parked": parked,
            "positions": positions,
        }

    def folded(self) -> dict[str, Any]:
        """The same from the log alone: each subject's events in order, up to the first unreadable one."""
        by_subject: dict[str, list[CloudEvent]] = defaultdict(list)
        for event in events_of(stored.commit for stored in self.log.read(0, 10_000)):
            by_subject[event.subject].append(event)
        cells: dict[Any, tuple[int, ...]] = {}
        parked: dict[str, list[str]] = {}
        for subject, events in by_subject.items():
            card = None
            for index, event in enumerate(events):
                try:
                    card = cards.fold(card, "registry", event)
                except ValueError:
                    parked[subject] = [later.id for later in events[index:]]
                    break
            for key, vector in ({} if card is None else contributions(card, RULES)).items():
                sums = cells.get(key, empty(key[0][0]))
                cells[key] = add(key[0][0], sums, vector)
        return {"cells": {key: sums for key, sums in cells.items() if any(sums)}, "parked": parked}


def event_id(value: bytes) -> str:
    return str(msgspec.json.decode(value)["id"])


def events_of(commits: Iterable[Commit]) -> Iterator[CloudEvent]:
    for each in commits:
        for index in range(len(each.events)):
            yield of_commit("registry", each, index)


def number_of(event: CloudEvent) -> int:
    return partition_of(event.subject, PARTITIONS)
