"""Every error becomes RFC 9457 problem+json here, and nowhere else.

An expected error says what is wrong and how to mend it. An unexpected one says only that it is ours, with
the request id under which the log tells the rest.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import msgspec
import pymongo.errors as mongo
import structlog
from flask import Flask, Response, g, request
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException

from services.eventkit.errors import SxshError, TooManyRequests, Unauthenticated, Unavailable
from services.eventkit.telemetry import metrics

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"

#: `type` of a problem is this followed by its slug: the docs page explains each there.
TYPE_BASE = "/api/v1/docs#problem-"

#: Errors of the driver that pass by themselves: no primary, no connection, too slow.
PASSING = (mongo.ConnectionFailure, mongo.ExecutionTimeout, mongo.WTimeoutError, mongo.WaitQueueTimeoutError)

#: Slug and title of the errors that HTTP itself has.
HTTP_WORDS: dict[int, tuple[str, str]] = {
    400: ("bad-request", "The request cannot be read"),
    404: ("not-found", "Not found"),
    405: ("method-not-allowed", "This address does not take that method"),
    413: ("body-too-large", "The body is too large"),
    415: ("unsupported-media-type", "The body is of a type that is not taken here"),
    422: ("invalid-input", "The input is not valid"),
}

_HINTS: dict[int, str] = {
    404: "There is nothing at this address. /api/v1/docs lists what there is.",
    405: "Use one of the methods that the Allow header names.",
}

_LOCATIONS = {"json": "body", "query": "query", "querystring": "query", "path": "path", "view_args": "path"}


def install(app: Flask) -> None:
    app.register_error_handler(SxshError, from_domain)
    app.register_error_handler(ValidationError, from_validation)
    app.register_error_handler(HTTPException, from_http)
    app.register_error_handler(mongo.PyMongoError, from_mongo)
    app.register_error_handler(Exception, from_unexpected)


def problem(
    status: int,
    slug: str,
    title: str,
    detail: str,
    *,
    errors: Sequence[dict[str, Any]] = (),
    headers: dict[str, str] | None = None,
    **members: Any,
) -> Response:
    """One problem answer. `members` are extension members of the document."""
    metrics.http_problems.labels(slug).inc()
    body: dict[str, Any] = {
        "type": TYPE_BASE + slug,
        "title": title,
        "status": status,
        "detail": detail,
        "instance": quote(request.path, errors="replace"),
        "request_id": g.get("request_id", ""),
        **members,
    }
    if errors:
        body["errors"] = list(errors)
    return Response(msgspec.json.encode(body), status, headers, content_type=MEDIA_TYPE)


def from_domain(error: SxshError) -> Response:
    headers: dict[str, str] = {}
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = _challenge(error.detail)
    if isinstance(error, Unavailable | TooManyRequests):
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after)))
    if error.status >= 500:
        log.warning("request_failed", slug=error.slug, reason=error.detail)
    errors = [{"field": each["field"], "in": "body", "detail": each["detail"]} for each in error.errors]
    return problem(error.status, error.slug, error.title, error.detail, errors=errors, headers=headers)


def _challenge(detail: str) -> str:
    """RFC 6750: the error is named only when something was shown."""
    challenge = 'Bearer realm="sxsh"'
    if "Authorization" in request.headers:
        challenge += f', error="invalid_token", error_description="{detail}"'
    return challenge


def from_validation(error: ValidationError) -> Response:
    """A marshmallow error outside of argument parsing, so concerning the body."""
    return _invalid(list(field_errors(error.messages, "body")))


def from_http(error: HTTPException) -> Response:
    """Errors of routing and parsing: werkzeug's own, and webargs' with the messages of the schema."""
    if error.response is not None and isinstance(error.response, Response):
        return error.response
    status = error.code or 500
    messages = (getattr(error, "data", None) or {}).get("messages")
    if status == 422 and isinstance(messages, dict):
        return _invalid(
            [
                each
                for location, tree in messages.items()
                for each in field_errors(tree, _LOCATIONS.get(str(location), "body"))
            ]
        )
    if status >= 500:
        return from_unexpected(error)
    phrase = HTTPStatus(status).phrase
    slug, title = HTTP_WORDS.get(status, (phrase.lower().replace(" ", "-"), phrase))
    detail = _HINTS.get(status) or str(error.description)
    return problem(status, slug, title, detail, headers=_own_headers(error))


def _own_headers(error: HTTPException) -> dict[str, str]:
    """What belongs to the error (Allow, Retry-After, Location), without the media type of an HTML page."""
    return {name: value for name, value in error.get_headers() if name != "Content-Type"}


def _invalid(errors: list[dict[str, Any]]) -> Response:
    slug, title = HTTP_WORDS[422]
    count = len(errors)
    fields = "1 field is" if count == 1 else f"{count} fields are"
    return problem(422, slug, title, f"{fields} wrong; `errors` names each.", errors=errors)


def field_errors(tree: Any, location: str, pointer: str = "") -> Iterator[dict[str, Any]]:
    """Marshmallow's tree of messages as one entry a wrong field, each a JSON pointer within `location`."""
    if isinstance(tree, dict):
        for name, below in tree.items():
            here = pointer if name == "_schema" else f"{pointer}/{_escape(str(name))}"
            yield from field_errors(below, location, here)
    else:
        messages = tree if isinstance(tree, list | tuple) else [tree]
        yield {"field": pointer, "in": location, "detail": " ".join(str(message) for message in messages)}


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def from_mongo(error: mongo.PyMongoError) -> Response:
    if isinstance(error, PASSING) or error.timeout:
        log.warning("database_unavailable", error=type(error).__name__)
        return from_domain(Unavailable("The database does not answer. Try again shortly.", retry_after=2))
    return from_unexpected(error)


def from_unexpected(error: Exception) -> Response:
    log.error("unexpected_error", error=type(error).__name__, exc_info=error)
    detail = "Something went wrong on our side. Give the request id when you report it."
    return problem(500, SxshError.slug, SxshError.title, detail)
