"""The event feed: the log itself over HTTP, one canonical commit body a line.

A reader starts at ``after=0`` and goes on from the position of the last line it has kept. It sees every
commit, in order, exactly as hashed; it may ask for the same part as often as it likes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from flask import Response
from marshmallow import validate

from services.eventkit.http import fields
from services.eventkit.http.access import allow
from services.eventkit.http.blueprint import Blueprint
from services.eventkit.http.schemas import Schema
from services.eventkit.identity import Role
from services.eventkit.log import EventLog

#: Commits read from the log at a time: bounds the memory of an answer, whatever its `limit`.
CHUNK = 1000

#: Seconds between two looks at the log while a reader waits.
_LOOK = 0.1


class FeedQuery(Schema):
    after = fields.Integer(
        load_default=0,
        validate=validate.Range(0, 2**53),
        metadata={"description": "Position of the last commit the reader has"},
    )
    limit = fields.Integer(
        load_default=1000,
        validate=validate.Range(1, 10_000),
        metadata={"description": "Most commits to answer"},
    )
    wait = fields.Integer(
        load_default=0,
        validate=validate.Range(0, 25),
        metadata={"description": "Seconds to wait for something to arrive when there is nothing yet"},
    )


def feed_blueprint(log: EventLog) -> Blueprint:
    blueprint = Blueprint("events", __name__, description="The event log, as it is hashed")

    @blueprint.route("/events")
    @allow(Role.INSPECTOR)
    @blueprint.arguments(FeedQuery, location="query")
    @blueprint.response(
        200,
        {"type": "string", "description": "One commit body a line"},
        content_type="application/jsonl",
        description="Commits after the position, in order; empty when the reader is up to date",
        headers={"Sxsh-Head": {"description": "The last position of the log", "schema": {"type": "integer"}}},
    )
    def read_events(query: dict[str, Any]) -> Response:
        """Read the commits after a position.

        Each line is the canonical JSON of one commit: its SHA-256 is what the next line names in `prev`.
        """
        after, limit = query["after"], query["limit"]
        first = _first(log, after, min(limit, CHUNK), query["wait"])
        head = max(log.head(), after + len(first) if first else 0)
        return Response(
            _lines(log, after, first, limit, head),
            mimetype="application/jsonl",
            headers={"Sxsh-Head": str(head), "Cache-Control": "no-store"},
        )

    return blueprint


def _first(log: EventLog, after: int, limit: int, wait: int) -> list[bytes]:
    deadline = time.monotonic() + wait
    while True:
        bodies = log.bodies(after, limit)
        if bodies or time.monotonic() >= deadline:
            return bodies
        time.sleep(_LOOK)


def _lines(log: EventLog, after: int, chunk: list[bytes], limit: int, head: int) -> Iterator[bytes]:
    """The bodies, a chunk at a time, never past `head`: what `Sxsh-Head` says stays true of the answer.

    Positions have no gaps, so the count of the bodies tells the last one's.
    """
    left = limit
    while chunk:
        yield b"\n".join(chunk) + b"\n"
        left -= len(chunk)
        after += len(chunk)
        size = min(left, CHUNK, head - after)
        if size <= 0:
            return
        chunk = log.bodies(after, size)
