"""What every request gets: an id, a trace, limits, security headers, one log line and its metrics.

This stands on the path of every read, so it reads the WSGI environment and writes headers as plain lists.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import structlog
from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import RequestEntityTooLarge

from services.eventkit import tracing
from services.eventkit.http.access import WRITES, body_is_streamed, enforce
from services.eventkit.http.context import expected_version, idempotency_key
from services.eventkit.http.health import ROUTES
from services.eventkit.http.rates import Rates
from services.eventkit.identity import Authenticator
from services.eventkit.ids import new_id
from services.eventkit.telemetry import metrics

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger(__name__)

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")
_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})")

#: Put on every answer that does not set them itself.
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "private, no-cache",
}
_SECURITY = [(name, value, name.lower()) for name, value in SECURITY_HEADERS.items()]
_HSTS = ("Strict-Transport-Security", "max-age=31536000")

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def install(
    app: Flask,
    authenticator: Authenticator,
    max_body: int,
    max_upload: int,
    cookie: str | None = None,
    rates: Rates | None = None,
) -> None:
    """`cookie` is the name of the one in which a browser keeps its token, if any may. `max_body` is the most
    bytes a body may have, `max_upload` one that its view reads as a stream; more is answered 413, unread.
    """
    # One more than allowed: so that a body of unannounced length is seen to be too long, not cut short.
    app.config["MAX_CONTENT_LENGTH"] = max_body + 1

    def begin() -> Response | None:
        g.started = time.perf_counter()
        g.request_id = request.environ["sxsh.request_id"]
        g.traceparent = request.environ["sxsh.traceparent"]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id, traceparent=g.traceparent)
        if request.url_rule is None:
            return None
        streamed = body_is_streamed(current_app.view_functions[request.endpoint or ""])
        most = max_upload if streamed else max_body
        _limit(request.content_length, most)
        if streamed:
            request.max_content_length = max_upload + 1
        if request.method == "OPTIONS":
            return _options()
        enforce(authenticator, cookie, rates)
        if request.method in WRITES:
            idempotency_key()
            expected_version()
            if not streamed:
                _limit(len(request.get_data(cache=True)), max_body)
        return None

    app.before_request(begin)
    app.after_request(_record)
    app.wsgi_app = _Edge(app.wsgi_app)  # type: ignore[method-assign]


class _Edge:
    """Gives each request its ids, and each answer these and the security headers."""

    def __init__(self, inner: WSGIApplication) -> None:
        self._inner = inner

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        given = environ.get("HTTP_X_REQUEST_ID", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else new_id()
        teller, given = tracing.teller, environ.get("HTTP_TRACEPARENT", "")
        if teller is None or environ.get("PATH_INFO") in ROUTES:
            traceparent = child_traceparent(given)
        else:
            valid = given if _TRACEPARENT.fullmatch(given) else None
            environ["sxsh.span"], traceparent = teller.request(environ["REQUEST_METHOD"], valid)
        environ["sxsh.request_id"] = request_id
        environ["sxsh.traceparent"] = traceparent

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            present = {name.lower() for name, _ in headers}
            headers = headers + [(name, value) for name, value, low in _SECURITY if low not in present]
            headers += [("X-Request-Id", request_id), ("traceparent", traceparent)]
            if environ.get("wsgi.url_scheme") == "https":
                headers.append(_HSTS)
            return start_response(status, headers, exc_info)

        return self._inner(environ, start)


def child_traceparent(given: str) -> str:
    """A W3C traceparent for our part of the caller's trace; a new trace when the given one is not valid."""
    match = _TRACEPARENT.fullmatch(given)
    trace, flags = (match.group(1), match.group(2)) if match else (secrets.token_hex(16), "01")
    return f"00-{trace}-{secrets.token_hex(8)}-{flags}"


def _limit(length: int | None, most: int) -> None:
    if length is not None and length > most:
        raise RequestEntityTooLarge(f"Send at most {most} bytes.")


def _options() -> Response:
    adapter = current_app.create_url_adapter(request)
    allowed = sorted(adapter.allowed_methods()) if adapter is not None else []
    response = Response(status=204, headers={"Allow": ", ".join(allowed)})
    del response.headers["Content-Type"]
    return response


def _record(response: Response) -> Response:
    route = request.url_rule.rule if request.url_rule is not None else "(none)"
    elapsed = time.perf_counter() - g.started
    method = request.method if request.method in _METHODS else "OTHER"
    status = response.status_code
    metrics.http_requests.labels(method, route, str(status)).inc()
    metrics.http_seconds.labels(method, route).observe(elapsed)
    span, teller = request.environ.get("sxsh.span"), tracing.teller
    if span is not None and teller is not None:
        told = route if request.url_rule is not None else None
        teller.answered(span, method, told, status, request.path, g.request_id)
    caller = g.get("principal")
    level = log.debug if route in current_app.extensions["sxsh"].quiet else log.info
    level(
        "request",
        method=method,
        route=route,
        path=request.path,
        status=status,
        ms=round(elapsed * 1000, 2),
        principal=caller.id if caller is not None else None,
    )
    return response
