"""The other services' APIs, asked as the caller: what they may not read or do there, they may not here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import urlencode

import msgspec
import urllib3
from urllib3.exceptions import HTTPError

from services.eventkit.errors import (
    CommandReused,
    FieldError,
    Forbidden,
    InvalidInput,
    NotFound,
    PreconditionFailed,
    Refused,
    SxshError,
    Unauthenticated,
    Unavailable,
)

#: What a request of its caller may carry on: problems name it, and a trace goes through it.
Headers = Mapping[str, str]


#: What another service says no with, in the same words here.
_REFUSALS: Mapping[int, type[SxshError]] = {
    400: InvalidInput,
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    412: PreconditionFailed,
    422: InvalidInput,
}


#: Seconds that a service may take over a file; bytes of one that are handed on at once.
FILE, PIECE = 120.0, 64 * 1024


@dataclass(frozen=True)
class File:
    headers: Mapping[str, str]
    pieces: Iterator[bytes]


@dataclass(frozen=True)
class Answer:
    """`body` is the decoded JSON (None when there is none); header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: Any


class Neighbours:
    """`urls` are base addresses by service. Safe to share between threads; create it after a fork."""

    def __init__(self, urls: Mapping[str, str], timeout: float = 5.0) -> None:
        self._urls = {service: url.rstrip("/") for service, url in urls.items()}
        self._timeout = urllib3.Timeout(connect=2.0, read=timeout)
        self._pool = urllib3.PoolManager(maxsize=8, retries=False)

    def get(self, service: str, path: str, headers: Headers, **query: str | Sequence[str]) -> Answer:
        """`GET /api/v1{path}` of a service; a parameter of several values is given again for each.

        Raises what it refuses with, and `Unavailable`.
        """
        return self._ask(service, "GET", path, headers, query=query)

    def send(
        self,
        service: str,
        path: str,
        headers: Headers,
        body: Mapping[str, Any],
        *,
        method: str = "POST",
        key: str | None = None,
        version: str | None = None,
    ) -> Answer:
        """Ask for a change. `key` is an Idempotency-Key, `version` the ETag it was decided on.

        Raises what it refuses with, and `Unavailable`; after the latter, nobody knows whether it was done:
        with the same `key` it may be sent again.
        """
        extra = {"Content-Type": "application/json"}
        if key is not None:
            extra["Idempotency-Key"] = key
        if version is not None:
            extra["If-Match"] = version
        return self._ask(service, method, path, {**headers, **extra}, body=msgspec.json.encode(body))

    def upload(
        self, service: str, path: str, headers: Headers, content: IO[bytes], size: int, key: str, **query: str
    ) -> Answer:
        """Send a file of `size` bytes as it is, a piece at a time. Raises as `send` does."""
        given = {
            **headers,
            "Content-Type": "application/octet-stream",
            "Content-Length": str(size),
            "Idempotency-Key": key,
        }
        return self._ask(service, "POST", path, given, query=query, body=content, patience=FILE)

    def download(self, service: str, path: str, headers: Headers, **query: str) -> File:
        """A file, a piece at a time. Raises as `get` does."""
        answer = self._open(service, "GET", path, headers, query=query, patience=FILE, stream=True)
        if answer.status >= 400:
            raise _refusal(service, answer.status, _decoded(service, answer.status, answer.data))
        return File({name.lower(): value for name, value in answer.headers.items()}, answer.stream(PIECE))

    def _ask(
        self,
        service: str,
        method: str,
        path: str,
        headers: Headers,
        *,
        query: Mapping[str, str | Sequence[str]] | None = None,
        body: bytes | IO[bytes] | None = None,
        patience: float | None = None,
    ) -> Answer:
        answer = self._open(service, method, path, headers, query=query, body=body, patience=patience)
        told = _decoded(service, answer.status, answer.data)
        if answer.status >= 400:
            raise _refusal(service, answer.status, told)
        return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, told)

    def _open(
        self,
        service: str,
        method: str,
        path: str,
        headers: Headers,
        *,
        query: Mapping[str, str | Sequence[str]] | None = None,
        body: bytes | IO[bytes] | None = None,
        patience: float | None = None,
        stream: bool = False,
    ) -> urllib3.BaseHTTPResponse:
        timeout = urllib3.Timeout(connect=2.0, read=patience) if patience else self._timeout
        url = f"{self._urls[service]}/api/v1{path}"
        target = f"{url}?{urlencode(query, doseq=True)}" if query else url
        try:
            return self._pool.urlopen(
                method, target, body=body, headers=headers, timeout=timeout, preload_content=not stream
            )
        except HTTPError as error:
            raise Unavailable(
                f"The {service} service does not answer ({type(error).__name__}). Try again shortly."
            ) from error


def _decoded(service: str, status: int, body: bytes) -> Any:
    try:
        return msgspec.json.decode(body) if body else None
    except ValueError as error:
        raise Unavailable(f"The {service} service answered {status} without JSON.") from error


def _refusal(service: str, status: int, told: Any) -> SxshError:
    problem = told if isinstance(told, Mapping) else {}
    detail = str(problem.get("detail") or f"The {service} service answered {status}.")
    if status == 429 or status >= 500:
        return Unavailable(detail)
    if str(problem.get("type", "")).endswith(CommandReused.slug):
        return CommandReused(detail)
    wrong = [
        FieldError(field=str(each.get("field", "")), detail=str(each.get("detail", "")))
        for each in problem.get("errors", ())
    ]
    return _REFUSALS.get(status, Refused)(detail, errors=wrong)
