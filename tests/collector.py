"""A collector of traces as a deployment has one: it takes what is exported (OTLP over HTTP) and keeps it."""

from __future__ import annotations

import gzip
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from flask import Flask, Response, request
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from tests.serving import served


class Told(NamedTuple):
    """A span; ids in hexadecimal, times in ns since 1970."""

    service: str
    name: str
    trace: str
    id: str
    parent: str
    began: int
    ended: int
    attributes: dict[str, Any]


class Collector:
    """`url` is what OTEL_EXPORTER_OTLP_ENDPOINT names while it is `serving`."""

    def __init__(self) -> None:
        self.url = ""
        self.spans: list[Told] = []
        self._app = Flask("collector")
        self._app.post("/v1/traces")(self._take)

    def of(self, trace: str) -> list[Told]:
        return [span for span in self.spans if span.trace == trace]

    def wait(self, trace: str, names: Collection[str], seconds: float = 20) -> dict[str, Told]:
        """By name, the spans of a trace, once all of these are there."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = {span.name: span for span in self.of(trace)}
            if set(names) <= set(found):
                return found
            time.sleep(0.05)
        raise AssertionError(f"{sorted(set(names) - {s.name for s in self.of(trace)})} were not told")

    def _take(self) -> Response:
        raw = request.get_data()
        if request.headers.get("Content-Encoding") == "gzip":
            raw = gzip.decompress(raw)
        for resource in ExportTraceServiceRequest.FromString(raw).resource_spans:
            service = next(
                a.value.string_value for a in resource.resource.attributes if a.key == "service.name"
            )
            for scope in resource.scope_spans:
                self.spans += [_told(service, span) for span in scope.spans]
        return Response(ExportTraceServiceResponse().SerializeToString(), mimetype="application/x-protobuf")

    @contextmanager
    def serving(self) -> Iterator[Collector]:
        with served(self._app) as self.url:
            yield self


def _told(service: str, span: Any) -> Told:
    said = {a.key: getattr(a.value, a.value.WhichOneof("value")) for a in span.attributes}
    return Told(
        service=service,
        name=span.name,
        trace=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        began=span.start_time_unix_nano,
        ended=span.end_time_unix_nano,
        attributes=said,
    )
