"""What is told to a collector of traces of a request, and that nothing is where none is named."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from services.eventkit import tracing
from services.eventkit.settings import Settings
from tests.collector import Collector
from tests.unit.eventkit_http.conftest import NOTE

NOTES = "/api/v1/notes"
TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """Of a process that tells none of its own traces."""
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
    with Collector().serving() as found:
        settings = Settings(
            service="notes",
            mongodb_uri="mongodb://unused",
            mongodb_database="notes",
            otel_exporter_otlp_endpoint=found.url,
            otel_traces_sampler_arg=0.0,
        )
        tracing.start(settings, "notes")
        try:
            yield found
        finally:
            tracing.stop()


def traced(flags: str) -> dict[str, str]:
    return {"traceparent": f"00-{TRACE}-{CALLER}-{flags}"}


def test_a_request_is_told_with_what_became_of_it(
    collector: Collector, client: FlaskClient, registrar: dict[str, str]
) -> None:
    bad = client.post(NOTES, json={**NOTE, "text": ""}, headers={**registrar, **traced("01")})
    crash = client.get(f"{NOTES}/crash", headers={**registrar, **traced("01")})
    unseen = client.get(NOTES, headers={**registrar, **traced("00")})
    assert unseen.headers["traceparent"].startswith(f"00-{TRACE}-")
    assert unseen.headers["traceparent"].endswith("-00")
    assert not tracing.is_sampled(client.get(NOTES, headers=registrar).headers["traceparent"])
    client.get("/healthz", headers=traced("01"))
    told = collector.wait(TRACE, [f"POST {NOTES}", f"GET {NOTES}/crash"])
    tracing.stop()
    assert len(collector.spans) == 2
    post = told[f"POST {NOTES}"]
    assert bad.headers["traceparent"] == f"00-{TRACE}-{post.id}-01"
    assert (post.service, post.parent) == ("notes", CALLER)
    assert post.attributes == {
        "http.request.method": "POST",
        "http.response.status_code": 422,
        "http.route": NOTES,
        "url.path": NOTES,
        "sxsh.request_id": bad.headers["X-Request-Id"],
    }
    assert told[f"GET {NOTES}/crash"].attributes["http.response.status_code"] == crash.status_code == 500
    # Nothing of the bodies, the callers or their credentials is in a trace.
    assert "alice" not in repr(collector.spans) and "hunter2" not in repr(collector.spans)


def test_a_collector_that_is_away_holds_up_no_request(client: FlaskClient, registrar: dict[str, str]) -> None:
    settings = Settings(
        service="notes",
        mongodb_uri="mongodb://unused",
        mongodb_database="notes",
        otel_exporter_otlp_endpoint="http://127.0.0.1:9",
    )
    tracing.start(settings, "notes")
    try:
        assert client.get(NOTES, headers=registrar).status_code == 200
    finally:
        tracing.stop()


def test_a_batch_tells_each_change_that_is_sampled_once(collector: Collector) -> None:
    told = tracing.batch("project", "consumer")
    assert told is not None
    for number in (1, 2, 1):
        told.add(f"00-{TRACE}-{number:016x}-01", {"log": "notes"})
    told.add(f"00-{TRACE}-{9:016x}-00", {"log": "notes"})
    for none in (None, "", "1", "x-y-z-01", f"00-{TRACE}-{3:016x}-01-x1"):
        told.add(none, {"log": "notes"})
    told.tell()
    told.tell()
    collector.wait(TRACE, ["project"])
    tracing.stop()
    assert sorted(span.parent for span in collector.spans) == [f"{1:016x}", f"{2:016x}"]


def test_without_a_collector_nothing_of_it_is_loaded() -> None:
    """And what would be told is not even gathered."""
    code = (
        "import sys; from services.eventkit import tracing; import services.eventkit.http\n"
        "import services.eventkit.relay, services.eventkit.mongo_log\n"
        "assert tracing.batch('x', 'producer') is None\n"
        "sys.exit([name for name in sys.modules if name.startswith('opentelemetry')] != [])"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
