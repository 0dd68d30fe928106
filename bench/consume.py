"""Kafka records into projections, against a bare poll and decode of the same records."""

from __future__ import annotations

import contextlib
import gc
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator

from kafka import KafkaConsumer, TopicPartition
from pymongo import MongoClient

from bench.progress import tell
from bench.province import Province
from bench.results import Row, by_turns, shown
from bench.world import World
from services.eventkit.cloudevents import decode, encode_event, partition_of, topic_of
from services.eventkit.commits import Commit, seal
from services.eventkit.log import StoredCommit
from services.eventkit.relay.kafka import KafkaPublisher, ensure_topic
from services.kpi.collecting import seldom_collect
from services.kpi.domain.facts import SOURCES, Source
from services.kpi.domain.rules import RuleSet
from services.kpi.projection.projector import Projector, new_consumer

PARTITIONS = 6


class NothingMore:
    """A feed that has nothing: all is in the topic. `asked` says how often records seemed to be missing."""

    def __init__(self) -> None:
        self.asked = 0

    def commits(self, after: int, limit: int = 1000, wait: float = 0) -> list[Commit]:
        self.asked += 1
        return []


#: As many projectors as the table's machine has cores; each takes its share of the partitions.
WORKERS = 2


def measure(world: World) -> Row:
    facilities = 1_000 if world.quick else 5_000
    with topics(world, facilities) as told:
        works = [told.project, told.bare, lambda: told.project(1)]
        samples, floors, alone = by_turns("consume", 3 if world.quick else 5, works)
    row = Row("consume", "consume from Kafka into projections", "events/s", samples, BARE, floors)
    row.notes.append(f"{told.total:,} events of {facilities:,} facilities, {PARTITIONS} partitions")
    row.notes.append(f"by {WORKERS} projectors; by one alone {shown(alone)} events/s")
    return row.hold_ratio(
        0.45, in_ci=IN_CI, why="so few events are done in half a second, and the last flush is much of it"
    )


#: What CI asks.
ratios = measure

#: Of the floor, at the size that CI asks for (decision 0048 for the other).
IN_CI = 0.25
BARE = "bare poll + decode"


class Topics:
    """The three topics of a province, which a broker holds. Rates in events a second."""

    def __init__(self, world: World, bootstrap: str, facilities: int) -> None:
        self._world = world
        self._bootstrap = bootstrap
        self._events = _publish(bootstrap, Province(facilities))
        self.total = sum(self._events.values())

    def project(self, workers: int = WORKERS) -> float:
        """By so many projectors, side by side, into an empty database."""
        database = self._world.new_database()
        target = self._bootstrap, self._world.mongo.uri, database.name
        seconds = _side_by_side([_Worker(*target, self._events, n, workers) for n in range(workers)])
        database.client.drop_database(database.name)
        return self.total / seconds

    def bare(self) -> float:
        """Poll and decode alone."""
        with _consumer(self._bootstrap, range(PARTITIONS)) as consumer:
            gc.collect()
            started, done = time.monotonic(), 0
            while done < self.total:
                for records in consumer.poll(timeout_ms=100).values():
                    for record in records:
                        decode(record.value)
                        done += 1
            return self.total / (time.monotonic() - started)


@contextlib.contextmanager
def topics(world: World, facilities: int) -> Iterator[Topics]:
    with world.broker() as broker:
        tell(f"consume: the events of {facilities:,} facilities are published")
        yield Topics(world, broker.bootstrap, facilities)


class _Worker:
    """A projector in a process of its own, which says when it is ready and when it is done."""

    def __init__(
        self, bootstrap: str, uri: str, database: str, events: Counter[int], number: int, of: int
    ) -> None:
        numbers = range(PARTITIONS)[number::of]
        count = sum(events[n] for n in numbers)
        argv = [bootstrap, uri, database, str(count), ",".join(map(str, numbers))]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.consume", *argv],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def wait_for(self, word: str) -> None:
        if self._process.stdout is None or self._process.stdout.readline().strip() != word:
            raise RuntimeError(f"a projector ended before it was {word}")

    def go(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()

    def end(self) -> None:
        self._process.wait(30)
        if self._process.stdout is not None:
            self._process.stdout.close()


def _side_by_side(workers: list[_Worker]) -> float:
    """Seconds from the start of all to the end of the last."""
    for worker in workers:
        worker.wait_for("ready")
    started = time.monotonic()
    for worker in workers:
        worker.go()
    for worker in workers:
        worker.wait_for("done")
    seconds = time.monotonic() - started
    for worker in workers:
        worker.end()
    return seconds


def _project(bootstrap: str, uri: str, database: str, events: int, numbers: list[int]) -> None:
    seldom_collect()
    client: MongoClient[dict[str, object]] = MongoClient(uri)
    feeds = {source: NothingMore() for source in SOURCES}
    projector = Projector(client[database], RuleSet.load(), feeds, PARTITIONS)
    projector.assign(numbers)
    asked = sum(feed.asked for feed in feeds.values())
    with _consumer(bootstrap, numbers) as consumer:
        gc.collect()
        print("ready", flush=True)
        sys.stdin.read()
        done = 0
        while done < events:
            done += projector.step(consumer)
        print("done", flush=True)
    if sum(feed.asked for feed in feeds.values()) != asked:
        raise RuntimeError("the projector missed records that were in the topic")


class _consumer:
    """The projector's own consumer, given its partitions: joining a group is not what is measured."""

    def __init__(self, bootstrap: str, numbers: Iterable[int]) -> None:
        self._consumer = new_consumer(bootstrap, None)
        wanted = [TopicPartition(topic_of(s), n) for n in numbers for s in SOURCES]
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


def _publish(bootstrap: str, province: Province) -> Counter[int]:
    """How many events each partition holds."""
    for source in SOURCES:
        ensure_topic(bootstrap, topic_of(source), PARTITIONS)
    publisher = KafkaPublisher(bootstrap)
    sent: dict[tuple[str, int], int] = {}
    events: Counter[int] = Counter()
    for source, stored in sealed(province):
        for index, record in enumerate(stored.commit.events):
            number = partition_of(record.subject, PARTITIONS)
            value = encode_event(source, stored.commit, index, record, sent.get((source, number), 0))
            publisher.send(topic_of(source), number, record.subject.encode(), value)
            sent[source, number] = stored.commit.sequence(index)
            events[number] += 1
        if stored.commit.position % 1000 == 0:
            publisher.flush()
    publisher.flush()
    publisher.close()
    return events


if __name__ == "__main__":
    bootstrap, uri, name, count, numbers = sys.argv[1:]
    _project(bootstrap, uri, name, int(count), [int(number) for number in numbers.split(",")])
