"""Kafka records into projections, against a bare poll and decode of the same records."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator

from kafka import KafkaConsumer, TopicPartition

from bench.province import Province
from bench.results import Row, interleaved
from bench.world import World
from services.eventkit.cloudevents import decode, encode_event, partition_of, topic_of
from services.eventkit.commits import Commit, seal
from services.eventkit.log import StoredCommit
from services.eventkit.relay.kafka import KafkaPublisher, ensure_topic
from services.kpi.domain.facts import SOURCES, Source
from services.kpi.domain.rules import RuleSet
from services.kpi.projection.process import seldom_collect
from services.kpi.projection.projector import Projector, new_consumer

PARTITIONS = 6


class NothingMore:
    """A feed that has nothing: all is in the topic. `asked` says how often records seemed to be missing."""

    def __init__(self) -> None:
        self.asked = 0

    def commits(self, after: int, limit: int = 1000, wait: float = 0) -> list[Commit]:
        self.asked += 1
        return []


def measure(world: World) -> Row:
    seldom_collect()
    facilities = 1_000 if world.quick else 5_000
    with world.broker() as broker:
        events = _publish(broker.bootstrap, Province(facilities))

        def project() -> float:
            database = world.new_database()
            feeds = {source: NothingMore() for source in SOURCES}
            projector = Projector(database, RuleSet.load(), feeds, PARTITIONS)
            projector.assign(range(PARTITIONS))
            asked = sum(feed.asked for feed in feeds.values())
            with _consumer(broker.bootstrap) as consumer:
                gc.collect()
                started, done = time.monotonic(), 0
                while done < events:
                    done += projector.step(consumer)
                seconds = time.monotonic() - started
            if sum(feed.asked for feed in feeds.values()) != asked:
                raise RuntimeError("the projector missed records that were in the topic")
            database.client.drop_database(database.name)
            return events / seconds

        def bare() -> float:
            with _consumer(broker.bootstrap) as consumer:
                gc.collect()
                started, done = time.monotonic(), 0
                while done < events:
                    for records in consumer.poll(timeout_ms=100).values():
                        for record in records:
                            decode(record.value)
                            done += 1
                return events / (time.monotonic() - started)

        samples, floors = interleaved(3 if world.quick else 5, project, bare)
    row = Row(
        "consume", "consume from Kafka into projections", "events/s", samples, "bare poll + decode", floors
    )
    row.notes.append(f"{events:,} events of {facilities:,} facilities, {PARTITIONS} partitions")
    return row.hold_ratio(0.7)


class _consumer:
    """The projector's own consumer, on all partitions at once: joining a group is not what is measured."""

    def __init__(self, bootstrap: str) -> None:
        self._consumer = new_consumer(bootstrap, None)
        wanted = [TopicPartition(topic_of(s), n) for s in SOURCES for n in range(PARTITIONS)]
        self._consumer.assign(wanted)
        self._consumer.seek_to_beginning()
        for partition in wanted:
            self._consumer.position(partition)

    def __enter__(self) -> KafkaConsumer:
        return self._consumer

    def __exit__(self, *_: object) -> None:
        self._consumer.close(autocommit=False)


def sealed(province: Province) -> Iterator[tuple[Source, StoredCommit]]:
    """The commits in their chains, as a log would have them."""
    from datetime import UTC, datetime

    tips: dict[Source, tuple[int, str]] = dict.fromkeys(SOURCES, (0, "0" * 64))
    now = datetime.now(UTC)
    for source, new in province.commits():
        position, prev = tips[source]
        stored = StoredCommit(*seal(new, position=position + 1, prev=prev, recorded_at=now))
        tips[source] = (position + 1, stored.hash)
        yield source, stored


def _publish(bootstrap: str, province: Province) -> int:
    for source in SOURCES:
        ensure_topic(bootstrap, topic_of(source), PARTITIONS)
    publisher = KafkaPublisher(bootstrap)
    sent: dict[tuple[str, int], int] = {}
    events = 0
    for source, stored in sealed(province):
        for index, record in enumerate(stored.commit.events):
            number = partition_of(record.subject, PARTITIONS)
            value = encode_event(source, stored.commit, index, record, sent.get((source, number), 0))
            publisher.send(topic_of(source), number, record.subject.encode(), value)
            sent[source, number] = stored.commit.sequence(index)
            events += 1
        if events % 2000 == 0:
            publisher.flush()
    publisher.flush()
    publisher.close()
    return events
