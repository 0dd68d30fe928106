"""One event by its id: from it to its commit, to who asked for it and by which request."""

from __future__ import annotations

from typing import Any

from flask import Response

from services.eventkit.http import fields
from services.eventkit.http.access import allow, ensure_whole_province
from services.eventkit.http.blueprint import PREFIX, Blueprint
from services.eventkit.http.proofs import READERS
from services.eventkit.http.responses import json_response
from services.eventkit.http.schemas import Schema
from services.eventkit.search import Found, Search


class EventSchema(Schema):
    id = fields.String(required=True)
    type = fields.String(required=True)
    schema = fields.Integer(required=True)
    subject = fields.String(required=True)
    occurred_on = fields.String(required=True, metadata={"format": "date"})
    sequence = fields.Integer(
        required=True, metadata={"description": "position * 1000 + place in the commit"}
    )
    data = fields.Raw(required=True, metadata={"type": "object"})


class CommitSchema(Schema):
    log = fields.String(required=True)
    position = fields.Integer(required=True)
    hash = fields.String(required=True, metadata={"description": "SHA-256 of the line"})
    prev = fields.String(required=True, metadata={"description": "Of the commit before"})
    recorded_at = fields.String(required=True, metadata={"format": "date-time"})
    stream = fields.String(required=True)
    version = fields.Integer(required=True, metadata={"description": "Of the stream, at its first event"})
    actor = fields.String(required=True)
    command_id = fields.String(required=True, metadata={"description": "Actor and Idempotency-Key"})
    correlation_id = fields.String(
        required=True, allow_none=True, metadata={"description": "X-Request-Id of the request"}
    )
    causation_id = fields.String(required=True, allow_none=True)
    traceparent = fields.String(required=True, allow_none=True)
    events = fields.List(fields.String(), required=True, metadata={"description": "Ids, in order"})


class FoundEventSchema(Schema):
    """`line` is where the canonical bytes of the commit are, `proof` what shows that they are in the log."""

    event = fields.Nested(EventSchema, required=True)
    commit = fields.Nested(CommitSchema, required=True)
    line = fields.String(required=True, metadata={"format": "uri-reference"})
    proof = fields.String(required=True, metadata={"format": "uri-reference"})


def event_blueprint(source: str, search: Search) -> Blueprint:
    blueprint = Blueprint("event", __name__, description="The event log, one event")

    @blueprint.route("/events/<event_id>")
    @allow(*READERS)
    @blueprint.response(200, FoundEventSchema)
    def read_event(event_id: str) -> Response:
        """An event with its commit: position, hash, actor, request."""
        ensure_whole_province()
        return json_response(shown(source, search.event(event_id)))

    return blueprint


def shown(source: str, found: Found) -> dict[str, Any]:
    commit, [index] = found.stored.commit, found.indexes
    record = commit.events[index]
    return {
        "event": {
            "id": record.id,
            "type": f"sxsh.{source}.{record.type}",
            "schema": record.schema,
            "subject": record.subject,
            "occurred_on": record.occurred_on,
            "sequence": commit.sequence(index),
            "data": record.data,
        },
        "commit": {
            "log": source,
            "position": commit.position,
            "hash": found.stored.hash,
            "prev": commit.prev,
            "recorded_at": commit.recorded_at,
            "stream": commit.stream,
            "version": commit.version,
            "actor": commit.actor,
            "command_id": commit.command_id,
            "correlation_id": commit.correlation_id,
            "causation_id": commit.causation_id,
            "traceparent": commit.traceparent,
            "events": [each.id for each in commit.events],
        },
        "line": f"{PREFIX}/events?after={commit.position - 1}&limit=1",
        "proof": f"{PREFIX}/proofs/inclusion?position={commit.position}",
    }
