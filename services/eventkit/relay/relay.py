"""One round of the relay: read what is new, publish it in order, move the checkpoint."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from services.eventkit import tracing
from services.eventkit.cloudevents import encode_event, encode_watermark, partition_of, topic_of
from services.eventkit.crash import crash_point
from services.eventkit.log import EventLog
from services.eventkit.relay.lease import Held, Lease
from services.eventkit.telemetry import metrics

#: Commits published per round.
BATCH = 1000


class Publisher(Protocol):
    """Sends records in order per partition; `flush` returns once all are acknowledged by all replicas."""

    def send(self, topic: str, partition: int, key: bytes | None, value: bytes) -> None: ...

    def flush(self) -> None:
        """Raises what hindered a record; then any of those sent since the last flush may be missing."""
        ...


class Relay:
    """Publishes one log. Not thread-safe. `step` raises `LeaseLost`, or what the publisher raises."""

    def __init__(
        self,
        log: EventLog,
        lease: Lease,
        publisher: Publisher,
        partitions: int,
        *,
        watermark_seconds: float = 1.0,
        checkpoint_seconds: float = 0.1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log = log
        self._lease = lease
        self._publisher = publisher
        self._partitions = partitions
        self._topic = topic_of(log.source)
        self._every = watermark_seconds
        self._clock = clock
        self._watermark_at = 0.0
        self._checkpoint_every = checkpoint_seconds
        self._checkpoint_at = 0.0
        self._unmarked = False

    def step(self, held: Held) -> tuple[Held, int]:
        """Publish one batch: (where publishing stands now, commits published; 0 when up to date).

        The checkpoint follows after at most `checkpoint_seconds`: what lies between is published again
        after a crash, and the durable write of the checkpoint delays no event.
        """
        commits = self._log.read(held.position, BATCH)
        now = self._clock()
        if not commits:
            if now >= self._watermark_at:
                self._publish_watermark(held.position, held.sent)
                self._publisher.flush()
                self._unmarked = True
            if self._unmarked:
                self._checkpoint(held)
            return held, 0
        crash_point("relay.before_publish")
        told = tracing.batch(f"publish {self._topic}", "producer")
        tracing.add_all(told, (stored.commit.traceparent for stored in commits), log=self._log.source)
        sent = dict(held.sent)
        events = 0
        for stored in commits:
            for index, record in enumerate(stored.commit.events):
                partition = partition_of(record.subject, self._partitions)
                value = encode_event(
                    self._log.source, stored.commit, index, record, sent.get(partition, 0), self._partitions
                )
                self._publisher.send(self._topic, partition, record.subject.encode(), value)
                sent[partition] = stored.commit.sequence(index)
                events += 1
        position = commits[-1].commit.position
        if len(commits) < BATCH:
            self._publish_watermark(position, sent)
        self._publisher.flush()
        if told is not None:
            told.tell()
        crash_point("relay.after_publish")
        held = Held(held.token, position, sent)
        self._unmarked = True
        if now >= self._checkpoint_at:
            self._checkpoint(held)
        metrics.relay_published.labels(self._log.source).inc(events)
        metrics.relay_position.labels(self._log.source).set(position)
        return held, len(commits)

    def _checkpoint(self, held: Held) -> None:
        self._lease.advance(held.token, held.position, held.sent)
        crash_point("relay.after_checkpoint")
        self._unmarked = False
        self._checkpoint_at = self._clock() + self._checkpoint_every

    def _publish_watermark(self, position: int, sent: dict[int, int]) -> None:
        for partition in range(self._partitions):
            value = encode_watermark(self._log.source, position, sent.get(partition, 0), self._partitions)
            self._publisher.send(self._topic, partition, None, value)
        self._watermark_at = self._clock() + self._every
