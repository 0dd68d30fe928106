"""The relay as a process: waits for the lease, publishes until told to stop, survives a lost broker."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

import structlog
from kafka.errors import KafkaError
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from services.eventkit import tracing
from services.eventkit.blocks import Blocks
from services.eventkit.cloudevents import topic_of
from services.eventkit.errors import SxshError
from services.eventkit.log import EventLog
from services.eventkit.relay.kafka import KafkaPublisher, ensure_topic
from services.eventkit.relay.lease import Held, Lease, LeaseLost
from services.eventkit.relay.relay import BATCH, Relay
from services.eventkit.relay.signing import checkpointer_of
from services.eventkit.settings import Settings
from services.eventkit.telemetry import metrics, serve_metrics

LOG = structlog.get_logger("relay")

#: Seconds to the next look at the log: after a batch (more may gather: each costs the broker the same), then
#: rising in two seconds to those of an idle log, which is looked at seldom; and after a failure.
PACE, IDLE, PAUSE = 0.04, 0.2, 1.0
#: Seconds after which a thread that only computes lets another on. Publishing hands over to the producer's
#: threads a dozen times a batch: at Python's own 5 ms each, what is done beside it would hold it up for long.
HANDS_OVER = 0.0005


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def run_relay(
    *,
    log: EventLog,
    settings: Settings,
    on_idle: Callable[[], object] | None = None,
    stop: threading.Event | None = None,
    lease_seconds: float = 5.0,
) -> None:
    """Publish `log` until SIGTERM. `on_idle` runs every second beside it, in a thread of its own
    (keeps query models and directories warm); its errors are logged and do not stop the relay. While it
    holds the lease it keeps the log's blocks, and signs checkpoints when the settings name a key for that."""
    stop = stop or stop_on_signals()
    tracing.start(settings, f"{log.source}-relay")
    serve_metrics(settings.metrics_bind)
    bootstrap, partitions = settings.need("kafka_bootstrap_servers"), settings.topic_partitions
    client: MongoClient[dict[str, Any]] = MongoClient(settings.mongodb_uri)
    database = client[settings.mongodb_database]
    owner = f"{socket.gethostname()}:{os.getpid()}"
    lease = Lease(database, owner, partitions=partitions, seconds=lease_seconds)
    leading = threading.Event()
    checkpoints = checkpointer_of(settings, log, database)
    signing = checkpoints.make if checkpoints is not None else None
    blocks = Blocks(log, database)
    blocks.prepare()
    beside = [
        _beside(on_idle, 1.0, stop, None),
        _beside(lambda: metrics.log_position.labels(log.source).set(log.head()), 1.0, stop, None),
        _beside(blocks.extend, 1.0, stop, leading),
        _beside(signing, settings.checkpoint_seconds, stop, leading),
    ]
    LOG.info("relay started", topic=topic_of(log.source), bootstrap=bootstrap, owner=owner)
    # What is held by now is held to the end: no collection need look at it, least of all the last.
    gc.freeze()
    sys.setswitchinterval(HANDS_OVER)
    while not stop.is_set():
        publisher = held = None
        try:
            held = lease.acquire()
            if held is None:
                stop.wait(PAUSE)
                continue
            metrics.relay_lease_held.labels(log.source).set(1)
            metrics.relay_position.labels(log.source).set(held.position)
            metrics.relay_lease_changes.labels(log.source, "taken").inc()
            leading.set()
            ensure_topic(bootstrap, topic_of(log.source), partitions, settings.kafka_security)
            publisher = KafkaPublisher(bootstrap, settings.kafka_security)
            _publish(Relay(log, lease, publisher, partitions), held, stop)
        except LeaseLost as lost:
            metrics.relay_lease_changes.labels(log.source, "lost").inc()
            LOG.warning("lease lost", detail=str(lost))
        except KafkaError as error:
            LOG.warning("the broker does not answer, trying again", bootstrap=bootstrap, error=repr(error))
        except PyMongoError as error:
            LOG.warning("MongoDB does not answer, trying again", error=type(error).__name__)
        finally:
            metrics.relay_lease_held.labels(log.source).set(0)
            leading.clear()
            if publisher is not None:
                publisher.close()
            if held is not None:
                _release(lease, held)
        stop.wait(PAUSE)
    for thread in beside:
        thread.join(timeout=2)
    LOG.info("relay stopped")


def _publish(relay: Relay, held: Held, stop: threading.Event) -> None:
    pause = IDLE
    while not stop.is_set():
        held, published = relay.step(held)
        pause = PACE if published else min(pause * 1.1, IDLE)
        if published < BATCH:
            stop.wait(pause)


def _release(lease: Lease, held: Held) -> None:
    try:
        lease.release(held.token)
    except PyMongoError as error:
        LOG.warning("the lease was not released; it ends by itself", error=type(error).__name__)


def _beside(
    action: Callable[[], object] | None, seconds: float, stop: threading.Event, only: threading.Event | None
) -> threading.Thread:
    """A thread that does `action` every so many seconds, while `only` is set if it is given."""

    def work() -> None:
        while action is not None and not stop.wait(seconds):
            if only is not None and not only.is_set():
                continue
            try:
                action()
            except (SxshError, PyMongoError, KafkaError, OSError, ValueError) as error:
                LOG.warning("work beside the relay failed, trying again", error=repr(error))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread
