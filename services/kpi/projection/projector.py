"""The projector's loop: Kafka for speed, the feeds for truth.

Offsets are a hint. What a partition has taken stands beside its state (`store`), so records that come again
are dropped, and records that are missing are noticed by `prevsequence` and fetched from the feed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import structlog
from kafka import KafkaConsumer
from kafka.errors import KafkaError
from pymongo.database import Database

from services.eventkit import tracing
from services.eventkit.cloudevents import WATERMARK, decode, topic_of
from services.eventkit.commits import EVENTS_PER_COMMIT
from services.eventkit.crash import crash_point
from services.eventkit.errors import Unavailable
from services.eventkit.kafka_security import OPEN, KafkaSecurity
from services.eventkit.telemetry import metrics
from services.kpi.domain.facts import SOURCES, Source
from services.kpi.domain.rules import RuleSet
from services.kpi.projection.catchup import Feed, catch_up
from services.kpi.projection.flushing import Flusher
from services.kpi.projection.generations import Generations
from services.kpi.projection.partition import Partition
from services.kpi.projection.store import PartitionStore

LOG = structlog.get_logger("projector")

GROUP = "sxsh-kpi"
#: Seconds between looks at the pointer, at redrives asked for, and commits of offsets.
HOUSEKEEPING = 1.0
#: A relay sends a watermark every second. A topic silent for `SILENCE` seconds is made up for from the feed;
#: when all are, for `DEAF` seconds, the consumer is made anew (a broker lost its topics, or our membership).
SILENCE, DEAF = 5.0, 12.0
#: Seconds for which a feed may lack what the topic tells of.
BEHIND = 10.0
#: Milliseconds that the broker may hold an answer back while it has nothing. tansu tells late of what came
#: meanwhile, by some 20 ms, Apache Kafka does not; where records come often neither waits.
FETCH_WAIT = 100
#: A poll that brings this many records says that there are more.
PLENTY = 500
#: Seconds after a flush of fewer in which more may gather: each flush costs the database the same.
PACE = 0.03

#: What a change becomes part of here is called so in its trace, whichever way it came.
_PROJECT = ("project", "consumer")

_SOURCES: dict[str, Source] = {topic_of(source): source for source in SOURCES}


class Projector:
    """Owns the partitions that `assign` names. `handle` takes Kafka records as (topic, partition, value)."""

    def __init__(
        self,
        database: Database[dict[str, Any]],
        rules: RuleSet,
        feeds: Mapping[str, Feed],
        partitions: int,
        go_on: Callable[[], bool] = lambda: True,
    ) -> None:
        self._database = database
        self._rules = rules
        self._feeds = feeds
        self._partitions = partitions
        self._go_on = go_on
        self._generations = Generations(database)
        self.generation = self._generations.active(rules, partitions)
        self.owned: dict[int, Partition] = {}
        self._flusher = Flusher()
        #: What was taken from topics since the last flush that was waited for, while traces are told.
        self._told = tracing.batch(*_PROJECT)
        #: When the topic of each source last brought a record.
        self.heard: dict[Source, float] = {}
        #: Records of the last poll that were shared out among another number of partitions.
        self._foreign: dict[Source, int] = {}
        #: Seconds that may pass before the next step, so that more records gather.
        self.pace = 0.0

    def assign(self, numbers: Iterable[int]) -> None:
        """Own exactly these partitions, up to date with the feeds."""
        self._flusher.join()
        wanted = set(numbers)
        new = wanted - self.owned.keys()
        self.owned = {number: p for number, p in self.owned.items() if number in wanted}
        for number in sorted(new):
            store = PartitionStore(self._database, self.generation, number)
            self.owned[number] = Partition(store, self._rules)
        for source in SOURCES if new else ():
            self._catch_up(source, {number: self.owned[number] for number in new})

    def reload(self) -> None:
        """Forget what is in memory and load it again (after a failure, or when the pointer moved)."""
        numbers = list(self.owned)
        self.owned = {}
        self.generation = self._generations.active(self._rules, self._partitions)
        self.assign(numbers)

    def handle(self, records: Iterable[tuple[str, int, bytes]]) -> int:
        """Take and flush a batch; how many events took effect. Records of partitions not owned are left."""
        return self.take(records) + self.flush()

    def take(self, records: Iterable[tuple[str, int, bytes]]) -> int:
        """Take a batch into memory; how many events took effect already, because a partition was full."""
        done = 0
        owned, sources, told = self.owned, _SOURCES, self._told
        for topic, number, value in records:
            partition = owned.get(number)
            if partition is None:
                continue
            source = sources[topic]
            try:
                event = decode(value)
            except ValueError as error:  # of msgspec, or of text that is not UTF-8
                LOG.error("not an event, skipped", topic=topic, partition=number, error=str(error))
                metrics.projector_events.labels(source, "unreadable").inc()
                continue
            if event.partitions is not None and event.partitions != self._partitions:
                # Of a relay that shares out otherwise: what it sends there is not what belongs here.
                self._foreign[source] = self._foreign.get(source, 0) + 1
                continue
            known = partition.known(source)
            if event.sequence <= known:
                continue
            if event.prevsequence > known:
                self._miss(source, number, partition, event.prevsequence)
                if event.sequence <= partition.known(source):
                    continue
            if event.type == WATERMARK:
                partition.complete(source, event.sequence // EVENTS_PER_COMMIT)
            else:
                partition.take(source, event)
                if told is not None:
                    told.add(event.traceparent, {"log": source})
                if partition.full:
                    done += self._flusher.flush(owned.values(), wait=False)
        return done

    def flush(self) -> int:
        """Make all that was taken durable and visible; how many events that were."""
        done = self._flusher.flush(self.owned.values())
        if self._told is not None:
            self._told.tell()
        return done

    def flush_when_due(self) -> int:
        """While more is coming: gather on, for a bounded time."""
        due = self._flusher.due(self.owned.values())
        return self._flusher.flush(self.owned.values(), wait=False) if due else 0

    def step(self, consumer: KafkaConsumer) -> int:
        """Own what the consumer is assigned, poll it once, take what came; how many events took effect.

        While records come in plenty they are gathered, so that a subject that many of them concern is
        written once. Otherwise what came is flushed at once.
        """
        polled = consumer.poll(timeout_ms=100)
        assigned = {tp.partition for tp in consumer.assignment() if tp.partition < self._partitions}
        if assigned != self.owned.keys():
            LOG.info("partitions assigned", partitions=sorted(assigned))
            self.assign(assigned)
        self._foreign.clear()
        done = self.take((r.topic, r.partition, r.value) for rs in polled.values() for r in rs)
        self._hear(polled)
        plenty = sum(map(len, polled.values())) >= PLENTY
        self.pace = 0.0 if plenty or not polled else PACE
        return done + (self.flush_when_due() if plenty else self.flush())

    def _hear(self, polled: Mapping[Any, Sequence[Any]]) -> None:
        """A topic that brings nothing but what is shared out otherwise is as good as silent."""
        now, came = time.monotonic(), dict[Source, int]()
        for tp, records in polled.items():
            source = _SOURCES[tp.topic]
            came[source] = came.get(source, 0) + len(records)
        self.heard.update((s, now) for s, records in came.items() if records > self._foreign.get(s, 0))

    def _miss(self, source: str, number: int, partition: Partition, wanted: int) -> None:
        """Take from the feed what stands before a record. A feed may be behind for a moment: its primary may
        not know yet that it is none. Raises `Unavailable` while it lacks what the topic tells of."""
        known = partition.known(source)
        LOG.warning("records are missing, reading the feed", source=source, partition=number, known=known)
        self._flusher.join()
        end = time.monotonic() + BEHIND
        self._catch_up(source, {number: partition})
        while partition.known(source) < wanted:
            if not self._go_on() or time.monotonic() > end:
                raise Unavailable(
                    f"The topic of {source} tells of events up to {wanted // EVENTS_PER_COMMIT}, which its "
                    "feed has not. Was an older log restored? Then delete the topic: it is filled anew."
                )
            time.sleep(0.2)
            self._catch_up(source, {number: partition})

    def look_at_feed(self, source: str) -> None:
        """Take what the feed has, once; for a topic that has fallen silent."""
        self._flusher.join()
        try:
            self._read_feed(source, self.owned)
        except Unavailable as error:
            LOG.warning("topic silent and feed not answering", source=source, error=error.detail)

    def _catch_up(self, source: str, owned: Mapping[int, Partition]) -> None:
        """Until the feed has answered: without it, what comes next can not be taken."""
        while self._go_on():
            try:
                self._read_feed(source, owned)
                return
            except Unavailable as error:
                LOG.warning("the feed does not answer, trying again", source=source, error=error.detail)
                time.sleep(min(error.retry_after, 2.0))

    def _read_feed(self, source: str, owned: Mapping[int, Partition]) -> None:
        told = tracing.batch(*_PROJECT)
        catch_up(source, self._feeds[source], owned, self._partitions, go_on=self._go_on, told=told)

    def housekeeping(self) -> None:
        """Follow the pointer, try again what an operator asked for; first, what was taken is flushed."""
        self.flush()
        self._measure()
        if self._generations.active(self._rules, self._partitions) != self.generation:
            LOG.info("switched to another generation")
            self.reload()
        if self._generations.redrive_asked(self.generation):
            for partition in self.owned.values():
                partition.redrive()

    def _measure(self) -> None:
        for source in SOURCES if self.owned else ():
            complete = min(partition.position.complete.get(source, 0) for partition in self.owned.values())
            metrics.projector_position.labels(source).set(complete)
        metrics.projector_parked.set(sum(partition.parked for partition in self.owned.values()))
        metrics.projector_round.set_to_current_time()


def new_consumer(
    bootstrap: str, group: str | None, session_seconds: float = 6.0, security: KafkaSecurity = OPEN
) -> KafkaConsumer:
    """Polls large: what is taken at once is flushed at once."""
    return KafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=group,
        enable_auto_commit=False,
        allow_auto_create_topics=False,
        auto_offset_reset="earliest",
        max_poll_records=5000,
        fetch_max_wait_ms=FETCH_WAIT,
        max_partition_fetch_bytes=4 * 1024 * 1024,
        session_timeout_ms=int(session_seconds * 1000),
        heartbeat_interval_ms=int(session_seconds * 1000 / 3),
        metadata_max_age_ms=10_000,
        **security.options(),
    )


def consume(
    projector: Projector,
    bootstrap: str,
    stop: threading.Event,
    session_seconds: float = 6.0,
    security: KafkaSecurity = OPEN,
) -> None:
    """Feed the projector from Kafka until `stop` is set. Raises `KafkaError` when the broker is lost,
    `store.Overtaken` when another worker took a partition; call again after a pause."""
    consumer = new_consumer(bootstrap, GROUP, session_seconds, security)
    next_look = 0.0
    projector.heard = dict.fromkeys(SOURCES, time.monotonic())
    try:
        consumer.subscribe([topic_of(source) for source in SOURCES])
        while not stop.is_set():
            done = projector.step(consumer)
            if done:
                metrics.projector_events.labels("all", "applied").inc(done)
            if projector.pace:
                stop.wait(projector.pace)
            if time.monotonic() >= next_look:
                projector.flush()
                _commit_offsets(consumer)
                crash_point("projector.after_offsets")
                projector.housekeeping()
                _mind_silence(projector)
                next_look = time.monotonic() + HOUSEKEEPING
    finally:
        consumer.close(autocommit=False)


def _mind_silence(projector: Projector) -> None:
    now, heard = time.monotonic(), projector.heard
    for source, at in heard.items():
        if now - at > SILENCE:
            projector.look_at_feed(source)
    if now - max(heard.values()) > DEAF:
        raise KafkaError(f"nothing heard from any topic for {DEAF:.0f} s, connecting anew")


def _commit_offsets(consumer: KafkaConsumer) -> None:
    """A hint that saves reading again; when it fails nothing is lost."""
    try:
        if consumer.assignment():
            consumer.commit_async()
    except KafkaError as error:
        LOG.info("offsets not committed", error=repr(error))
