"""The publisher on Kafka: acks from all replicas, idempotent producer, topics made when missing."""

from __future__ import annotations

import contextlib
from typing import Any

import structlog
from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient, NewPartitions, NewTopic  # type: ignore[attr-defined]
from kafka.errors import IncompatibleBrokerVersion, KafkaError, TopicAlreadyExistsError

from services.eventkit.kafka_security import OPEN, KafkaSecurity

LOG = structlog.get_logger("relay")

#: Milliseconds in which a broker must be found: who waits for one that is down is told, and may stop, soon.
FOUND_IN = 5_000
#: Copies of a topic, where there are as many brokers; what all but one of them have taken is acknowledged.
COPIES = 3
#: When a record came, by the broker's clock: one dated by a relay whose clock is an hour ahead would be
#: refused, and one that is dated a week ago dropped. Events carry their own times.
DATED = {"message.timestamp.type": "LogAppendTime"}


def ensure_topic(bootstrap: str, topic: str, partitions: int, security: KafkaSecurity = OPEN) -> None:
    """Make the topic if it is missing, with at least `partitions`, on three brokers where there are three.
    Where it is whole, no right but to describe it is needed.

    One with fewer (a broker made it unasked, or the setting grew) is enlarged, or made anew where the broker
    can not enlarge: it is a cache of the log, and readers take what they then lack from the feed.
    Raises `KafkaError`.
    """
    admin = KafkaAdminClient(
        bootstrap_servers=bootstrap,
        request_timeout_ms=10_000,
        bootstrap_timeout_ms=FOUND_IN,
        **security.options(),
    )
    try:
        if _partitions_of(admin, topic) >= partitions:
            return
        # Those that are down for the moment count: a copy is theirs once they are back.
        copies = min(COPIES, max(1, len(admin.describe_cluster()["brokers"])))
        configs = dict(DATED)
        if copies == COPIES:
            configs["min.insync.replicas"] = str(copies - 1)
        wanted = NewTopic(topic, partitions, copies, topic_configs=configs)
        with contextlib.suppress(TopicAlreadyExistsError):
            admin.create_topics([wanted])
        if 0 < _partitions_of(admin, topic) < partitions:
            LOG.warning("topic has too few partitions, enlarging it", topic=topic, wanted=partitions)
            try:
                admin.create_partitions({topic: NewPartitions(partitions)})
            except IncompatibleBrokerVersion:
                admin.delete_topics([topic])
                admin.create_topics([wanted])
    finally:
        admin.close()


def _partitions_of(admin: KafkaAdminClient, topic: str) -> int:
    """0 where there is no such topic, or none that this user may see."""
    described = admin.describe_topics([topic])
    return len(described[0]["partitions"]) if described else 0


class KafkaPublisher:
    """Create it after a fork, in the process that uses it. The constructor raises when no broker answers."""

    def __init__(self, bootstrap: str, security: KafkaSecurity = OPEN) -> None:
        self._producer = KafkaProducer(
            bootstrap_servers=bootstrap,
            acks="all",
            enable_idempotence=True,
            allow_auto_create_topics=False,
            linger_ms=0,
            max_block_ms=10_000,
            bootstrap_timeout_ms=FOUND_IN,
            request_timeout_ms=10_000,
            delivery_timeout_ms=20_000,
            **security.options(),
        )
        self._futures: list[Any] = []

    def send(self, topic: str, partition: int, key: bytes | None, value: bytes) -> None:
        self._futures.append(self._producer.send(topic, value=value, key=key, partition=partition))

    def flush(self) -> None:
        futures, self._futures = self._futures, []
        self._producer.flush(timeout=20)
        for future in futures:
            if not future.is_done:
                raise KafkaError("a record was not acknowledged in time")
            if future.exception is not None:
                raise future.exception

    def close(self) -> None:
        with contextlib.suppress(KafkaError, TimeoutError):
            self._producer.close(timeout=2)
