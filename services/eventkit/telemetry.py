"""Logs and metrics: one JSON line an occurrence on standard error, one typed list of metric names.

Logs carry the ids of the request they belong to (bound by the HTTP edge); values under names that hold
credentials are masked, whoever logs them.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import MutableMapping
from typing import Any, Final, Literal, NamedTuple

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
)

CounterName = Literal[
    "sxsh_http_requests_total",
    "sxsh_http_problems_total",
    "sxsh_authentication_failures_total",
    "sxsh_jwks_fetches_total",
    "sxsh_log_commits_total",
    "sxsh_log_contention_total",
    "sxsh_log_conflicts_total",
    "sxsh_relay_published_total",
    "sxsh_relay_lease_changes_total",
    "sxsh_projector_events_total",
    "sxsh_projector_catchups_total",
]
HistogramName = Literal[
    "sxsh_http_request_seconds",
    "sxsh_log_append_seconds",
    "sxsh_log_group_commits",
    "sxsh_projector_batch_seconds",
]
GaugeName = Literal[
    "sxsh_relay_position",
    "sxsh_relay_lag_commits",
    "sxsh_relay_lease_held",
    "sxsh_projector_position",
    "sxsh_projector_lag_events",
    "sxsh_projector_parked_subjects",
]


class Metric(NamedTuple):
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


COUNTERS: Final[dict[CounterName, Metric]] = {
    "sxsh_http_requests_total": Metric("Requests answered", ("method", "route", "status")),
    "sxsh_http_problems_total": Metric("Problem answers by kind", ("kind",)),
    "sxsh_authentication_failures_total": Metric("Callers not believed", ("credential",)),
    "sxsh_jwks_fetches_total": Metric("Readings of the issuer's keys"),
    "sxsh_log_commits_total": Metric("Commits appended"),
    "sxsh_log_contention_total": Metric("Positions lost to another writer and tried again"),
    "sxsh_log_conflicts_total": Metric("Appends refused because the stream had moved on"),
    "sxsh_relay_published_total": Metric("Events published to Kafka"),
    "sxsh_relay_lease_changes_total": Metric("Times this relay took or lost its lease", ("change",)),
    "sxsh_projector_events_total": Metric("Events seen by the projector", ("source", "outcome")),
    "sxsh_projector_catchups_total": Metric("Gaps filled from the event feed", ("source",)),
}
HISTOGRAMS: Final[dict[HistogramName, Metric]] = {
    "sxsh_http_request_seconds": Metric("Time to answer", ("method", "route")),
    "sxsh_log_append_seconds": Metric("Time to append durably"),
    "sxsh_log_group_commits": Metric("Commits written together", (), (1, 2, 4, 8, 16, 32, 64, 128, 256)),
    "sxsh_projector_batch_seconds": Metric("Time to apply a batch"),
}
GAUGES: Final[dict[GaugeName, Metric]] = {
    "sxsh_relay_position": Metric("Last log position published"),
    "sxsh_relay_lag_commits": Metric("Commits not yet published"),
    "sxsh_relay_lease_held": Metric("1 while this process is the active relay"),
    "sxsh_projector_position": Metric("Last log position applied", ("source",)),
    "sxsh_projector_lag_events": Metric("Events not yet applied", ("source",)),
    "sxsh_projector_parked_subjects": Metric("Subjects parked behind a poison event"),
}

_counters = {name: Counter(name, metric.help, metric.labels) for name, metric in COUNTERS.items()}
_histograms = {
    name: Histogram(name, metric.help, metric.labels, buckets=metric.buckets)
    for name, metric in HISTOGRAMS.items()
}
_gauges = {
    name: Gauge(name, metric.help, metric.labels, multiprocess_mode="livemostrecent")
    for name, metric in GAUGES.items()
}


def count(name: CounterName, amount: float = 1, **labels: str) -> None:
    counter = _counters[name]
    (counter.labels(**labels) if labels else counter).inc(amount)


def observe(name: HistogramName, value: float, **labels: str) -> None:
    histogram = _histograms[name]
    (histogram.labels(**labels) if labels else histogram).observe(value)


def gauge(name: GaugeName, value: float, **labels: str) -> None:
    metric = _gauges[name]
    (metric.labels(**labels) if labels else metric).set(value)


def exposition() -> tuple[bytes, str]:
    """The metrics in Prometheus' text format and its content type; of all workers when they share a
    PROMETHEUS_MULTIPROC_DIR, else of this process."""
    registry: CollectorRegistry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry), CONTENT_TYPE_LATEST


_SECRET_WORDS = ("authorization", "api_key", "apikey", "token", "password", "secret", "master_key", "cookie")


def mask_secrets(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name in event:
        if name != "event" and any(word in name.lower() for word in _SECRET_WORDS):
            event[name] = "***"
    return event


def _dumps(event: Any, **_: Any) -> str:
    return msgspec.json.encode(event, enc_hook=repr).decode("utf-8", "replace")


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
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(numeric, logging.INFO))
