"""The event feed: the log itself over HTTP, one canonical commit body a line.

A reader starts at ``after=0`` and goes on from the position of the last line it has kept. It sees every
commit, in order, exactly as hashed; it may ask for the same part as often as it likes. Whoever looks for some
events only goes on from `Sxsh-Position`, by the link that is given: a page may find nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Response, request
from marshmallow import validate

from services.eventkit.blocks import Wanted
from services.eventkit.feed_client import SUBJECTS
from services.eventkit.http import fields
from services.eventkit.http.access import allow, ensure_whole_province
from services.eventkit.http.blueprint import Blueprint
from services.eventkit.http.feed_forms import BATCH, LINES, batch, gzipped, lines_of
from services.eventkit.http.responses import json_response
from services.eventkit.http.schemas import Schema
from services.eventkit.identity import Role
from services.eventkit.log import EventLog
from services.eventkit.search import Search

#: Commits read from the log at a time: bounds the memory of an answer, whatever its `limit`.
CHUNK = 1000

#: Seconds between two looks at the log while a reader waits.
_LOOK = 0.1

_POSITION = validate.Range(0, 2**53)


class FeedQuery(Schema):
    """All bounds are within; a commit is found when one of its events is all that was asked for."""

    after = fields.Integer(
        load_default=0,
        validate=_POSITION,
        metadata={"description": "Position of the last commit the reader has"},
    )
    upto = fields.Integer(
        load_default=None, validate=_POSITION, metadata={"description": "The last position to read"}
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
    type = fields.List(
        fields.String(validate=validate.Length(1, 100)),
        load_default=(),
        metadata={"description": "Of events, `facility.moved` or in full; give it again for several"},
    )
    subject = fields.List(
        fields.String(validate=validate.Length(1, 200)),
        load_default=(),
        validate=validate.Length(max=SUBJECTS),
        metadata={"description": "What the events concern: `facility:<id>`; give it again for several"},
    )
    recorded_from = fields.AwareDateTime(format="iso", load_default=None)
    recorded_until = fields.AwareDateTime(format="iso", load_default=None)
    occurred_from = fields.Date(load_default=None)
    occurred_until = fields.Date(load_default=None)


class MomentQuery(Schema):
    at = fields.AwareDateTime(format="iso", required=True)


class ReachedSchema(Schema):
    at = fields.DateTime(required=True)
    position = fields.Integer(
        required=True, metadata={"description": "Of the last commit recorded by then; 0 before the first"}
    )


class Part(NamedTuple):
    """An answer: its bytes, up to where it looked, and the last position of the log."""

    pieces: Iterator[bytes]
    position: int
    head: int


def feed_blueprint(log: EventLog, search: Search) -> Blueprint:
    blueprint = Blueprint("events", __name__, description="The event log, as it is hashed")
    number = {"schema": {"type": "integer"}}
    headers = {
        "Sxsh-Head": {"description": "The last position of the log", **number},
        "Sxsh-Position": {"description": "All up to it was looked through: go on after it", **number},
        "Link": {"description": "`next`: the same question from there on", "schema": {"type": "string"}},
    }
    events = {"type": "array", "items": {"type": "object"}, "description": "CloudEvents 1.0, JSON batch"}

    @blueprint.route("/events")
    @allow(Role.INSPECTOR)
    @blueprint.arguments(FeedQuery, location="query")
    @blueprint.response(200, events, content_type=BATCH, headers=headers)
    @blueprint.response(
        200,
        {"type": "string", "description": "One commit body a line"},
        content_type=LINES,
        description="Commits after the position, in order; empty when the reader is up to date",
        headers=headers,
    )
    def read_events(query: dict[str, Any]) -> Response:
        """Read the commits after a position, all of them or those with certain events.

        Each line is the canonical JSON of one commit: its SHA-256 is what the next line names in `prev`.
        As `application/cloudevents-batch+json` the events that were looked for, one by one. Compressed
        with gzip when that is accepted.
        """
        ensure_whole_province()
        wanted = _wanted(query, log.source)
        media = request.accept_mimetypes.best_match([LINES, BATCH], LINES)
        if media == BATCH or wanted.query():
            part = _searched(log, search, wanted, query, media == BATCH)
        else:
            part = _plain(log, query)
        return _answer(part, media, query["upto"])

    @blueprint.route("/positions")
    @allow(Role.INSPECTOR)
    @blueprint.arguments(MomentQuery, location="query")
    @blueprint.response(200, ReachedSchema)
    def read_position(query: dict[str, Any]) -> Response:
        """Which position the log had reached at a moment.

        Once the moment is a minute past, the answer stays the same for ever.
        """
        ensure_whole_province()
        return json_response({"at": query["at"], "position": search.reached_at(query["at"])})

    return blueprint


def _wanted(query: dict[str, Any], source: str) -> Wanted:
    bounds = {name: query[name] for name in Wanted._fields if name not in ("types", "subjects")}
    types = frozenset(each.removeprefix(f"sxsh.{source}.") for each in query["type"])
    return Wanted(types, frozenset(query["subject"]), **bounds)


def _answer(part: Part, media: str, upto: int | None) -> Response:
    headers = {
        "Sxsh-Head": str(part.head),
        "Sxsh-Position": str(part.position),
        "Cache-Control": "no-store",
        "Vary": "Accept, Accept-Encoding",
    }
    if upto is None or part.position < upto:
        asked = [(name, value) for name, value in request.args.items(multi=True) if name != "after"]
        headers["Link"] = f'<{request.path}?{urlencode([*asked, ("after", part.position)])}>; rel="next"'
    pieces = part.pieces
    if request.accept_encodings["gzip"] > 0:
        headers["Content-Encoding"] = "gzip"
        pieces = gzipped(pieces)
    return Response(pieces, mimetype=media, headers=headers)


def _searched(log: EventLog, search: Search, wanted: Wanted, query: dict[str, Any], batched: bool) -> Part:
    after, upto = query["after"], query["upto"]
    deadline = time.monotonic() + query["wait"]
    while True:
        head = log.head()
        until = head if upto is None else min(head, upto)
        found, after = search.page(wanted, after, until, query["limit"])
        if found or after < head or until < head or time.monotonic() >= deadline:
            pieces = batch(log.source, found) if batched else lines_of(each.stored.body for each in found)
            return Part(pieces, after, head)
        time.sleep(_LOOK)


def _plain(log: EventLog, query: dict[str, Any]) -> Part:
    after, upto, limit = query["after"], query["upto"], query["limit"]
    if upto is not None:
        limit = min(limit, upto - after)
    if limit <= 0:
        return Part(iter(()), after, log.head())
    first = _first(log, after, min(limit, CHUNK), query["wait"])
    head = max(log.head(), after + len(first) if first else 0)
    reached = after + min(limit, head - after) if first else after
    return Part(_lines(log, after, first, limit, head), reached, head)


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
