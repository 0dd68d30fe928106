"""What every request gets: an id, a trace, limits, security headers, one log line and its metrics."""

from __future__ import annotations

import re
import secrets
import time

import structlog
from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import RequestEntityTooLarge

from services.eventkit.http.access import WRITES, enforce
from services.eventkit.http.context import expected_version, idempotency_key
from services.eventkit.identity import Authenticator
from services.eventkit.ids import new_id
from services.eventkit.telemetry import metrics

log = structlog.get_logger(__name__)

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")
_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})")

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "private, no-cache",
}


def install(app: Flask, authenticator: Authenticator, max_body: int) -> None:
    """`max_body` is the most bytes a body may have; more is answered 413 and not read."""
    app.config["MAX_CONTENT_LENGTH"] = max_body + 1

    def begin() -> Response | None:
        _identify()
        _limit(request.content_length, max_body)
        if request.method == "OPTIONS" and request.url_rule is not None:
            return _options()
        enforce(authenticator)
        if request.method in WRITES:
            idempotency_key()
            expected_version()
            # Of a chunked body no length is announced: it shows only when one byte too many arrives.
            _limit(len(request.get_data(cache=True)), max_body)
        return None

    app.before_request(begin)
    app.after_request(_finish)


def _limit(length: int | None, most: int) -> None:
    if length is not None and length > most:
        raise RequestEntityTooLarge(f"Send at most {most} bytes.")


def _identify() -> None:
    g.started = time.perf_counter()
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else new_id()
    g.traceparent = child_traceparent(request.headers.get("traceparent", ""))
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id, traceparent=g.traceparent)


def child_traceparent(given: str) -> str:
    """A W3C traceparent for our part of the caller's trace; a new trace when the given one is not valid."""
    match = _TRACEPARENT.fullmatch(given)
    trace, flags = (match.group(1), match.group(2)) if match else (secrets.token_hex(16), "01")
    return f"00-{trace}-{secrets.token_hex(8)}-{flags}"


def _options() -> Response:
    allowed = sorted(request.url_rule.methods or ()) if request.url_rule else []
    response = Response(status=204, headers={"Allow": ", ".join(allowed)})
    del response.headers["Content-Type"]
    return response


def _finish(response: Response) -> Response:
    headers = response.headers
    headers["X-Request-Id"] = g.get("request_id", "")
    headers["traceparent"] = g.get("traceparent", "")
    for name, value in SECURITY_HEADERS.items():
        headers.setdefault(name, value)
    if request.is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    _record(response)
    return response


def _record(response: Response) -> None:
    route = request.url_rule.rule if request.url_rule is not None else "(none)"
    elapsed = time.perf_counter() - g.get("started", time.perf_counter())
    method = request.method if request.method in _METHODS else "OTHER"
    metrics.http_requests.labels(method, route, str(response.status_code)).inc()
    metrics.http_seconds.labels(method, route).observe(elapsed)
    caller = g.get("principal")
    level = log.debug if route in current_app.extensions["sxsh"].quiet else log.info
    level(
        "request",
        method=method,
        route=route,
        path=request.path,
        status=response.status_code,
        ms=round(elapsed * 1000, 2),
        principal=caller.id if caller is not None else None,
    )


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
