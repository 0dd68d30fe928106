"""Traces: one for one change, from its request through log, topic and projection to the read that shows it.

Told to an OpenTelemetry collector where the settings name one. Else nothing of it is imported, and each
place that would tell something looks at one variable. All that follows from a request names it as its parent,
by the traceparent that its commit carries (decision 0041).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from services.eventkit.settings import Settings

if TYPE_CHECKING:
    from services.eventkit.otel import Teller

#: None while nothing is told.
teller: Teller | None = None

#: Traces that one batch tells of at most, however many changes it carries.
MOST = 500

#: The last digit of flags with the bit of W3C Trace Context that says so.
_SAMPLED = frozenset("13579bdf")
_NOTHING: AbstractContextManager[None] = nullcontext()


def start(settings: Settings, process: str) -> None:
    """Tell from now on, as `process`, what the settings ask for; once a process, after its fork."""
    global teller
    if settings.otel_exporter_otlp_endpoint is None or teller is not None:
        return
    from services.eventkit.otel import Teller

    teller = Teller(process, settings.otel_exporter_otlp_endpoint, settings.otel_traces_sampler_arg)


def stop() -> None:
    """Tell what is still to be told, and nothing more. At the end of a process this is done by itself."""
    global teller
    told, teller = teller, None
    if told is not None:
        told.close()


def is_sampled(traceparent: str | None) -> bool:
    return traceparent is not None and traceparent[-1:] in _SAMPLED


def span(name: str, traceparent: str | None, **attributes: str) -> AbstractContextManager[None]:
    """What is done within takes part in the trace, if that is one that is told."""
    if teller is None or not is_sampled(traceparent):
        return _NOTHING
    return teller.span(name, str(traceparent), attributes)


class Batch:
    """The changes that a batch carries, told together once it is done. Ask for it while something is told."""

    def __init__(self, name: str, kind: str) -> None:
        self._name, self._kind = name, kind
        self._began = 0
        #: By traceparent, what is said of it.
        self._changes: dict[str, Mapping[str, str]] = {}

    def add(self, traceparent: str | None, attributes: Mapping[str, str]) -> None:
        if traceparent is None or not is_sampled(traceparent) or len(self._changes) >= MOST:
            return
        if not self._changes:
            self._began = time.time_ns()
        self._changes.setdefault(traceparent, attributes)

    def tell(self) -> None:
        changes, self._changes = self._changes, {}
        if changes and teller is not None:
            teller.batch(self._name, self._kind, changes, self._began)


def batch(name: str, kind: str) -> Batch | None:
    """None while nothing is told, so that it costs nothing to ask."""
    return None if teller is None else Batch(name, kind)


def add_all(batch: Batch | None, traceparents: Iterable[str | None], **attributes: str) -> None:
    if batch is not None:
        for traceparent in traceparents:
            batch.add(traceparent, attributes)
