"""What the headers of a write say: its idempotency key, the version it was decided on, its trace."""

from __future__ import annotations

import hashlib
import re

import msgspec
from flask import g, request
from werkzeug.exceptions import BadRequest

from services.eventkit.commands import CommandContext
from services.eventkit.http.access import principal
from services.eventkit.http.parsing import parse_json
from services.eventkit.ids import new_id

#: Printable ASCII that does not begin or end with a space (HTTP takes those off).
KEY_PATTERN = "[!-~]([ -~]{0,126}[!-~])?"
ETAG_PATTERN = r'(\*|"(0|[1-9][0-9]{0,17})")'

_KEY = re.compile(KEY_PATTERN)
_ETAG = re.compile(ETAG_PATTERN)

_encoder = msgspec.json.Encoder(order="sorted")


def idempotency_key() -> str | None:
    """The `Idempotency-Key` of the request, if any. Raises BadRequest unless it is 1–128 printable ASCII."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _KEY.fullmatch(key):
        raise BadRequest("Idempotency-Key must be 1 to 128 printable ASCII characters.")
    return key


def command_context(suffix: str = "", key: str | None = None) -> CommandContext:
    """The context of a command made from this request.

    The key counts within its principal, so that nobody can meet another's; without one a fresh id is made up.
    `key` stands in its place for a form, whose field it is. `suffix` tells apart several commands of one
    request. The fingerprint covers method, address and body, the body by value: another order of its names
    is the same request.
    """
    caller = principal()
    key = key or idempotency_key() or new_id()
    return CommandContext(
        actor=caller.id,
        command_id=f"{caller.id}:{key}" + (f":{suffix}" if suffix else ""),
        fingerprint=_fingerprint(),
        correlation_id=g.get("request_id"),
        traceparent=g.get("traceparent"),
    )


def _fingerprint() -> str:
    digest = hashlib.sha256(f"{request.method} {request.path}\n".encode("utf-8", "surrogateescape"))
    if request.query_string:
        digest.update(b"?" + request.query_string + b"\n")
    raw = request.get_data(cache=True)
    if raw and request.is_json:
        raw = _encoder.encode(parse_json(raw))
    digest.update(raw)
    return digest.hexdigest()


def expected_version() -> int | None:
    """The version in `If-Match` (``"3"`` gives 3); None without the header or with ``*``.

    Raises BadRequest for anything else: weak tags and lists of tags name no one version.
    """
    header = request.headers.get("If-Match")
    if header is None:
        return None
    match = _ETAG.fullmatch(header)
    if match is None:
        raise BadRequest('If-Match must be the ETag of one version as it was answered, e.g. "3".')
    return None if match.group(2) is None else int(match.group(2))
