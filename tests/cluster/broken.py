"""The product's processes with one guard taken out: ``python -m tests.cluster.broken GUARD MODULE …``.

What guards against a fault is shown to be needed when the checker fails without it.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError

from services.eventkit.kafka_security import OPEN, KafkaSecurity
from services.eventkit.relay import process as relaying
from services.eventkit.relay.kafka import KafkaPublisher
from services.eventkit.relay.lease import Held, Lease
from services.eventkit.relay.relay import BATCH, Relay
from services.kpi.projection import projector as projecting
from services.kpi.projection import store as storing
from services.kpi.projection.partition import Partition
from services.kpi.projection.store import PartitionStore


def acknowledged_by_one() -> None:
    """The relay is content when the leader alone has a record."""

    class Content(KafkaPublisher):
        def __init__(self, bootstrap: str, security: KafkaSecurity = OPEN) -> None:
            super().__init__(bootstrap, security)
            self._producer.close(0)
            self._producer = _producer(bootstrap, acks=1)

    relaying.KafkaPublisher = Content


def unheard() -> None:
    """The relay goes on without hearing what became of its records."""

    class Deaf(KafkaPublisher):
        def __init__(self, bootstrap: str, security: KafkaSecurity = OPEN) -> None:
            super().__init__(bootstrap, security)
            self._producer.close(0)
            self._producer = _producer(
                bootstrap, acks="all", max_block_ms=500, request_timeout_ms=500, delivery_timeout_ms=1000
            )

        def send(self, topic: str, partition: int, key: bytes | None, value: bytes) -> None:
            try:
                super().send(topic, partition, key, value)
            except KafkaError:
                return

        def flush(self) -> None:
            self._futures.clear()

    relaying.KafkaPublisher = Deaf


def _producer(bootstrap: str, **settings: Any) -> Any:
    return KafkaProducer(
        bootstrap_servers=bootstrap, enable_idempotence=False, allow_auto_create_topics=False, **settings
    )


def marked_first() -> None:
    """The relay moves its checkpoint before it publishes."""
    step = Relay.step

    def hasty(self: Relay, held: Held) -> tuple[Held, int]:
        if commits := self._log.read(held.position, BATCH):
            self._lease.advance(held.token, commits[-1].commit.position, held.sent)
        return step(self, held)

    Relay.step = hasty


def feed_not_read() -> None:
    """The projector believes that a topic holds all there is."""
    projecting.catch_up = lambda *_, **__: 0
    projecting.Projector._miss = lambda *_: None


def unfinished() -> None:
    """The projector does not look for what a crash has left undone."""
    load = PartitionStore.load

    def careless(self: PartitionStore) -> storing.Position:
        self._partitions.update_one({"_id": self._id}, [{"$set": {"applied_flush": "$flush"}}])
        return load(self)

    PartitionStore.load = careless


def overwriting() -> None:
    """The projector writes whatever it has, also where another has gone on since."""

    def forced(partitions: Any, changes: Sequence[storing.Change]) -> None:
        for change in changes:
            document = change.store._of_intent(change)
            partitions.update_one({"_id": change.store._id}, document._doc)

    def replaced(collection: Any, documents: Iterable[Any], by: str, new: Any = None) -> None:
        for document in documents:
            collection.replace_one({"_id": document["_id"]}, document, upsert=True)

    storing._compare_and_set = forced
    storing.replace_older = replaced


def not_parked() -> None:
    """The projector drops an event that it can not apply, and goes on with the next."""
    Partition._poisoned = _drop


def _drop(
    self: Partition,
    subject: str,
    error: Exception,
    events: list[Any],
    applied: int,
    changed: dict[str, bytes],
    cells: set[Any],
) -> None:
    self._remember([subject], self.store.cards([subject]))
    self._fold(subject, events[:applied] + events[applied + 1 :], changed, cells)


def no_fence() -> None:
    """A relay renews its lease whoever holds it."""

    def forced(self: Lease, token: int, position: int, sent: dict[int, int]) -> None:
        marks = {str(partition): sequence for partition, sequence in sent.items()}
        self._leases.update_one({"_id": self._id}, {"$set": {"position": position, "sent": marks}})

    Lease.advance = forced


def nothing() -> None:
    """All guards are there."""


GUARDS: dict[str, Callable[[], None]] = {
    guard.__name__: guard
    for guard in (
        nothing, acknowledged_by_one, unheard, marked_first, feed_not_read, unfinished, overwriting,
        not_parked, no_fence,
    )
}  # fmt: skip


def freeze_at(point: str) -> None:
    """At this crash point of the projector the process stops itself, once, in place of being killed."""
    left = [point]

    def frozen(name: str) -> None:
        if name in left:
            left.remove(name)
            os.kill(os.getpid(), signal.SIGSTOP)

    storing.crash_point = frozen


def main(guard: str, module: str, *arguments: str) -> None:
    GUARDS[guard]()
    if point := os.environ.get("FREEZE_AT"):
        freeze_at(point)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
