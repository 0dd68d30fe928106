"""A history told again: the events of one or more logs in the order they were recorded, at a pace.

It is told at least once and in order for each subject. What was told is remembered after the broker has
acknowledged it, so whoever goes on after a crash may repeat the last few.
"""

from __future__ import annotations

import heapq
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgspec
from kafka.admin import KafkaAdminClient, NewTopic  # type: ignore[attr-defined]

from deploy.sxsh.trouble import Trouble
from deploy.sxsh.workspace import write_private
from services.eventkit.cloudevents import partition_of
from services.eventkit.commits import EVENTS_PER_COMMIT
from services.eventkit.relay.kafka import FOUND_IN

#: Events until the broker is asked whether it has them, and seconds of silence.
BATCH, PAUSE = 1000, 0.2

#: What is asked of a feed beside where to begin: the parameters of ``GET /events``.
Question = Mapping[str, object]


class Told(NamedTuple):
    """`value` is the CloudEvent, as the feed gave it."""

    at: datetime
    source: str
    sequence: int
    subject: str
    value: bytes


class Page(NamedTuple):
    """`position`: how far a log was looked through; `head`: how far it goes."""

    events: list[Told]
    position: int
    head: int


class Feeds(Protocol):
    def page(self, source: str, after: int, question: Question) -> Page: ...


class Publisher(Protocol):
    def send(self, topic: str, partition: int, key: bytes | None, value: bytes) -> None: ...

    def flush(self) -> None: ...


class Memory:
    """How far each log was told to a topic, in a file; and of which question, for another is another history.

    Raises `Trouble` when the file is of another question.
    """

    def __init__(self, file: Path, question: Question, *, anew: bool = False) -> None:
        self._file = file
        self._question = {name: value for name, value in question.items() if value}
        self.sequences: dict[str, int] = {}
        if not file.exists() or anew:
            return
        kept = json.loads(file.read_text("utf-8"))
        if kept["question"] != json.loads(json.dumps(self._question)):
            raise Trouble(
                f"This topic was told another history before: {kept['question']}. Ask the same to go on with "
                "it, name another topic, or begin again with --restart."
            )
        self.sequences = kept["sequences"]

    def keep(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        kept = {"question": self._question, "sequences": self.sequences}
        write_private(self._file, json.dumps(kept, indent=2) + "\n")


def history(
    feeds: Feeds,
    source: str,
    question: Question,
    told: int,
    looked: Callable[[str, int, int], object] = lambda source, position, head: None,
) -> Iterator[Told]:
    """The events of one log beyond the sequence `told`, until it is up to date. `looked` is told the source,
    the position reached and the last there is."""
    after = max(told // EVENTS_PER_COMMIT - 1, 0)
    while True:
        page = feeds.page(source, after, question)
        yield from (event for event in page.events if event.sequence > told)
        looked(source, page.position, page.head)
        if page.position >= page.head or page.position == after:
            return
        after = page.position


def merged(histories: Iterable[Iterator[Told]]) -> Iterator[Told]:
    """By when they were recorded; those of one log in its own order."""
    return heapq.merge(*histories, key=lambda event: (event.at, event.source, event.sequence))


class Teller:
    """Publishes a history. `speed`: how many times faster than it was recorded; None: as fast as can be."""

    def __init__(
        self,
        publisher: Publisher,
        topic: str,
        partitions: int,
        memory: Memory,
        speed: float | None,
        stop: threading.Event,
    ) -> None:
        self._publisher, self._topic, self._partitions = publisher, topic, partitions
        self._memory = memory
        self._speed = speed
        self._stop = stop
        self._unsure: dict[str, int] = {}
        self._waiting = 0
        self._began: tuple[float, datetime] | None = None

    def tell(self, events: Iterable[Told], progress: Callable[[Told], object] = lambda event: None) -> int:
        """How many were told, until the end or until it is stopped; raises what the publisher raises."""
        count = 0
        try:
            for event in events:
                if not self._due(event.at):
                    break
                partition = partition_of(event.subject, self._partitions)
                self._publisher.send(self._topic, partition, event.subject.encode(), event.value)
                self._unsure[event.source] = event.sequence
                self._waiting += 1
                count += 1
                progress(event)
                if self._waiting >= BATCH:
                    self._settle()
        finally:
            self._settle()
        return count

    def _due(self, at: datetime) -> bool:
        """Wait until it is its turn; False when told to stop."""
        if self._speed is not None:
            began, first = self._began or (time.monotonic(), at)
            self._began = began, first
            left = began + (at - first).total_seconds() / self._speed - time.monotonic()
            if left > PAUSE:
                self._settle()
            if left > 0:
                self._stop.wait(left)
        return not self._stop.is_set()

    def _settle(self) -> None:
        if not self._waiting:
            return
        waiting, self._waiting = self._unsure, 0
        self._unsure = {}
        self._publisher.flush()
        self._memory.sequences |= waiting
        self._memory.keep()


class _Line(msgspec.Struct):
    time: datetime
    sequence: int
    subject: str


_batch = msgspec.json.Decoder(list[msgspec.Raw])
_line = msgspec.json.Decoder(_Line)


def told_of(source: str, batch: bytes) -> list[Told]:
    """Of a CloudEvents batch. Raises `msgspec.DecodeError`."""
    events = []
    for raw in _batch.decode(batch):
        line = _line.decode(raw)
        events.append(Told(line.time, source, line.sequence, line.subject, bytes(raw)))
    return events


def topic_of(bootstrap: str, topic: str, wanted: int) -> tuple[int, bool]:
    """(how many partitions the topic has, whether it was there before). Raises `KafkaError`."""
    admin: Any = KafkaAdminClient(
        bootstrap_servers=bootstrap, request_timeout_ms=10_000, bootstrap_timeout_ms=FOUND_IN
    )
    try:
        there = topic in admin.list_topics()
        if not there:
            admin.create_topics([NewTopic(topic, num_partitions=wanted, replication_factor=-1)])
        [described] = admin.describe_topics([topic])
        return len(described["partitions"]) or wanted, there
    finally:
        admin.close()
