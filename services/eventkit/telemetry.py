"""Logs and metrics: one JSON line an occurrence on standard error, one typed list of metric names.

Logs carry the ids of the request they belong to (bound by the HTTP edge); values under names that hold
credentials are masked, whoever logs them.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any, TextIO, cast

import msgspec
import structlog
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
    start_http_server,
)

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


def _counter(name: str, help_: str, *labels: str) -> Counter:
    return Counter(f"sxsh_{name}", help_, labels)


def _histogram(name: str, help_: str, *labels: str, buckets: tuple[float, ...] = _SECONDS) -> Histogram:
    return Histogram(f"sxsh_{name}", help_, labels, buckets=buckets)


def _gauge(name: str, help_: str, *labels: str) -> Gauge:
    return Gauge(f"sxsh_{name}", help_, labels, multiprocess_mode="livemostrecent")


class Metrics:
    """Every metric of the system, once. Use: ``metrics.log_contention.labels("registry").inc()``."""

    http_requests = _counter("http_requests", "Requests answered", "method", "route", "status")
    http_seconds = _histogram("http_request_seconds", "Time to answer", "method", "route")
    http_problems = _counter("http_problems", "Problem answers by kind", "kind")
    authentication_failures = _counter("authentication_failures", "Callers not believed", "credential")
    jwks_fetches = _counter("jwks_fetches", "Readings of the issuer's keys", "outcome")

    log_group_size = _histogram("log_group_size", "Commits written together", "source", buckets=_SIZES)
    log_append_seconds = _histogram("log_append_seconds", "Time to append durably", "source")
    log_contention = _counter("log_contention", "Positions lost to another writer and tried again", "source")
    log_waiting = _gauge("log_waiting_commits", "Commits that wait to be written", "source")
    log_refused = _counter("log_refused", "Appends not taken because too many wait", "source")
    log_conflicts = _counter("log_conflicts", "Appends refused because the stream had moved on", "source")

    log_position = _gauge("log_position", "Last position of a log", "source")

    checkpoint_position = _gauge("checkpoint_position", "Commits under the last signature", "source")
    checkpoint_at = _gauge("checkpoint_timestamp_seconds", "When a log was last signed", "source")

    relay_published = _counter("relay_published", "Events published to Kafka", "source")
    relay_position = _gauge("relay_position", "Last log position published", "source")
    relay_lease_held = _gauge("relay_lease_held", "1 while this process is the active relay", "source")
    relay_lease_changes = _counter("relay_lease_changes", "Leases taken and lost", "source", "change")

    projector_events = _counter("projector_events", "Events seen by the projector", "source", "outcome")
    projector_catchups = _counter("projector_catchups", "Gaps filled from the event feed", "source")
    projector_position = _gauge(
        "projector_position", "Log position up to which all of the own partitions are applied", "source"
    )
    projector_round = _gauge("projector_last_round_timestamp_seconds", "When the projector last went round")
    projector_batch_seconds = _histogram("projector_batch_seconds", "Time to apply a batch")
    projector_parked = _gauge("projector_parked_subjects", "Subjects parked behind a poison event")

    live_streams = _gauge("live_streams", "Open pages that are told what is new")


metrics = Metrics()


def exposition() -> tuple[bytes, str]:
    """The metrics in Prometheus' text format and its content type; of all workers when they share a
    PROMETHEUS_MULTIPROC_DIR, else of this process."""
    registry: CollectorRegistry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry), CONTENT_TYPE_LATEST


def serve_metrics(bind: str | None) -> None:
    """Answer GET /metrics at ``<address>:<port>``, of a process that serves nothing else; None does nothing.
    Raises OSError when the port is taken."""
    if bind is not None:
        address, _, port = bind.rpartition(":")
        start_http_server(int(port), address)


_SECRET_WORDS = ("authorization", "api_key", "apikey", "token", "password", "secret", "master_key", "cookie")


def mask_secrets(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name in event:
        if _holds_secret(name):
            event[name] = "***"
    return event


@lru_cache(maxsize=1024)
def _holds_secret(name: str) -> bool:
    return name != "event" and any(word in name.lower() for word in _SECRET_WORDS)


def _dumps(event: Any, **_: Any) -> str:
    return msgspec.json.encode(event, enc_hook=repr).decode("utf-8", "replace")


class _StandardError:
    """Standard error as it is at the moment of writing: it may be replaced while the process runs."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def configure_logging(service: str, level: str = "INFO") -> None:
    """Send structlog and the standard library's logging to standard error as JSON lines. May be repeated."""

    def add_service(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"] = service
        return event

    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_service,
        mask_secrets,
        structlog.processors.format_exc_info,
    ]
    renderer = structlog.processors.JSONRenderer(serializer=_dumps)
    numeric = getattr(logging, level)
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(numeric),
        logger_factory=structlog.WriteLoggerFactory(file=cast(TextIO, _StandardError())),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(_StandardError())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(numeric, logging.INFO))
