"""Tells traces to an OpenTelemetry collector (OTLP over HTTP). Imported by `tracing.start` alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

#: Seconds for which a batch of spans is tried, so also that the end of a process waits for a collector.
_PATIENCE = 1.0
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_KINDS = {"producer": SpanKind.PRODUCER, "consumer": SpanKind.CONSUMER}


class Teller:
    """Spans are sent in batches by a thread of its own: a collector that is away costs spans, and no request.

    `ratio` of the traces that begin here are told; one that a caller has begun goes on as the caller says.
    """

    def __init__(self, process: str, endpoint: str, ratio: float) -> None:
        resource = Resource.create({"service.namespace": "sxsh", "service.name": process})
        self._provider = TracerProvider(sampler=ParentBased(TraceIdRatioBased(ratio)), resource=resource)
        exporter = OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces", timeout=_PATIENCE)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("sxsh")

    def close(self) -> None:
        self._provider.shutdown()

    def request(self, method: str, given: str | None) -> tuple[Span, str]:
        """A request that begins, and its traceparent. `given` is its caller's, valid, if any."""
        span = self._tracer.start_span(method, _parent(given), SpanKind.SERVER)
        return span, _traceparent(span.get_span_context())

    def answered(self, span: Span, method: str, route: str | None, status: int, path: str, id_: str) -> None:
        if span.is_recording():
            span.update_name(method if route is None else f"{method} {route}")
            span.set_attributes(
                {
                    "http.request.method": method,
                    "http.response.status_code": status,
                    "url.path": path,
                    "sxsh.request_id": id_,
                    **({} if route is None else {"http.route": route}),
                }
            )
            if status >= 500:
                span.set_status(StatusCode.ERROR)
        span.end()

    @contextmanager
    def span(self, name: str, traceparent: str, attributes: Mapping[str, str]) -> Iterator[None]:
        span = self._tracer.start_span(name, _parent(traceparent), attributes=dict(attributes))
        try:
            yield
        except Exception as error:
            # The type alone: a message may hold what a trace must not.
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(StatusCode.ERROR)
            raise
        finally:
            span.end()

    def batch(self, name: str, kind: str, changes: Mapping[str, Mapping[str, str]], began: int) -> None:
        """One span for each change of a batch that began at `began` (ns since 1970) and is done now."""
        for traceparent, attributes in changes.items():
            parent, more = _parent(traceparent), dict(attributes)
            if parent is not None:
                self._tracer.start_span(name, parent, _KINDS[kind], attributes=more, start_time=began).end()


def _parent(traceparent: str | None) -> Context | None:
    """None for what is no traceparent: one that a record brings may be anything."""
    match = _TRACEPARENT.fullmatch(traceparent or "")
    if match is None:
        return None
    trace, span, flags = (int(part, 16) for part in match.groups())
    context = SpanContext(trace, span, is_remote=True, trace_flags=TraceFlags(flags))
    return set_span_in_context(NonRecordingSpan(context))


def _traceparent(context: SpanContext) -> str:
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
