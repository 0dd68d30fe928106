"""Checkpoints and proofs of a log over HTTP, in the shapes of RFC 6962 (hashes in base64).

What is answered proves itself: whoever reads it checks it with the public key of the checkpoints and SHA-256
(`eventkit.proof.client` does), and needs not believe this service.
"""

from __future__ import annotations

import base64
from typing import Any

import marshmallow as ma
from flask import Response
from marshmallow import validate

from services.eventkit.errors import InvalidInput
from services.eventkit.http import fields
from services.eventkit.http.access import allow
from services.eventkit.http.blueprint import Blueprint
from services.eventkit.http.responses import json_response
from services.eventkit.http.schemas import Schema
from services.eventkit.identity import Role
from services.eventkit.proof.notes import Checkpoint
from services.eventkit.proof.proofs import Proofs
from services.eventkit.proof.verifications import Verifications

#: Who may read the log may see what is proved of it.
READERS = (Role.INSPECTOR, Role.OPERATOR)

_COUNT = validate.Range(1, 2**53)


def _size(description: str, **kwargs: Any) -> fields.Integer:
    return fields.Integer(validate=_COUNT, metadata={"description": description}, **kwargs)


class CheckpointQuery(Schema):
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))
    cursor = fields.String(
        load_default=None,
        validate=validate.Length(1, 1000),
        metadata={"description": "`next` of the page before"},
    )


class CheckpointSchema(Schema):
    """`note` is what was signed, as it was signed (C2SP signed-note); the rest is read from it."""

    origin = fields.String(required=True)
    size = fields.Integer(required=True, metadata={"description": "Commits"})
    root_hash = fields.String(required=True, metadata={"description": "Of their Merkle tree, base64"})
    at = fields.String(required=True, metadata={"format": "date-time"})
    note = fields.String(required=True)


class CheckpointListSchema(Schema):
    items = fields.List(fields.Nested(CheckpointSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class LogVerificationSchema(Schema):
    """What the walk of the whole log found that was made last."""

    at = fields.DateTime(required=True)
    whole = fields.Boolean(required=True)
    checked = fields.Integer(required=True, metadata={"description": "Commits that are in order"})
    fault = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "changed, removed, inserted, reordered, cut or rewritten"},
    )
    position = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Of the first commit that does not hold"}
    )
    reason = fields.String(required=True, allow_none=True)


class InclusionQuery(Schema):
    position = _size("Of the commit", required=True)
    size = _size("Of a checkpoint; without it, the last one", load_default=None)

    @ma.validates_schema
    def _within(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("size") is not None and data.get("position", 0) > data["size"]:
            raise ma.ValidationError({"position": ["Must not be more than `size`."]})


class InclusionSchema(Schema):
    origin = fields.String(required=True)
    position = fields.Integer(required=True)
    leaf_index = fields.Integer(required=True, metadata={"description": "position - 1"})
    tree_size = fields.Integer(required=True)
    leaf_hash = fields.String(
        required=True, metadata={"description": "SHA-256 of a zero byte and the line of the feed"}
    )
    audit_path = fields.List(fields.String(), required=True)
    root_hash = fields.String(required=True)
    checkpoint = fields.String(
        required=True, allow_none=True, metadata={"description": "The note of that size, if one was signed"}
    )


class ConsistencyQuery(Schema):
    first = _size("Of the earlier checkpoint", required=True)
    second = _size("Of the later checkpoint; without it, the last one", load_default=None)

    @ma.validates_schema
    def _in_order(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("second") is not None and data.get("first", 0) > data["second"]:
            raise ma.ValidationError({"first": ["Must not be more than `second`."]})


class ConsistencySchema(Schema):
    origin = fields.String(required=True)
    first = fields.Integer(required=True)
    second = fields.Integer(required=True)
    consistency = fields.List(fields.String(), required=True)
    first_hash = fields.String(required=True)
    second_hash = fields.String(required=True)
    first_checkpoint = fields.String(required=True, allow_none=True)
    second_checkpoint = fields.String(required=True, allow_none=True)


def proof_blueprint(proofs: Proofs, verifications: Verifications) -> Blueprint:
    blueprint = Blueprint("proofs", __name__, description="What was signed of the log, and proofs of it")

    @blueprint.route("/checkpoints")
    @allow(*READERS)
    @blueprint.arguments(CheckpointQuery, location="query")
    @blueprint.response(200, CheckpointListSchema)
    def list_checkpoints(query: dict[str, Any]) -> Response:
        """The signed checkpoints of the log, by size."""
        notes = proofs.notes.beyond(_after(query["cursor"]), query["limit"] + 1)
        items = [shown(note) for note in notes[: query["limit"]]]
        more = len(notes) > len(items)
        return json_response({"items": items, "next": str(items[-1]["size"]) if more else None})

    @blueprint.route("/checkpoints/latest")
    @allow(*READERS)
    @blueprint.response(200, CheckpointSchema)
    def latest_checkpoint() -> Response:
        """The last one; 404 before the first."""
        return json_response(shown(proofs.last()))

    @blueprint.route("/verifications/latest")
    @allow(*READERS)
    @blueprint.response(200, LogVerificationSchema)
    def latest_verification() -> Response:
        """When the log was last walked from end to end, and what was found; 404 before the first time."""
        return json_response(verifications.last()._asdict())

    @blueprint.route("/proofs/inclusion")
    @allow(*READERS)
    @blueprint.arguments(InclusionQuery, location="query")
    @blueprint.response(200, InclusionSchema)
    def prove_inclusion(query: dict[str, Any]) -> Response:
        """Prove that a commit is one of the first `size`: as many hashes as the tree is high."""
        found = proofs.inclusion(query["position"], query["size"])
        return json_response(
            {
                "origin": proofs.origin,
                "position": found.position,
                "leaf_index": found.position - 1,
                "tree_size": found.size,
                "leaf_hash": base64_of(found.leaf),
                "audit_path": [base64_of(each) for each in found.path],
                "root_hash": base64_of(found.root),
                "checkpoint": proofs.notes.of(found.size),
            }
        )

    @blueprint.route("/proofs/consistency")
    @allow(*READERS)
    @blueprint.arguments(ConsistencyQuery, location="query")
    @blueprint.response(200, ConsistencySchema)
    def prove_consistency(query: dict[str, Any]) -> Response:
        """Prove that the log of `second` commits begins with the `first` that it had before."""
        found = proofs.consistency(query["first"], query["second"])
        return json_response(
            {
                "origin": proofs.origin,
                "first": found.first,
                "second": found.second,
                "consistency": [base64_of(each) for each in found.path],
                "first_hash": base64_of(found.first_root),
                "second_hash": base64_of(found.second_root),
                "first_checkpoint": proofs.notes.of(found.first),
                "second_checkpoint": proofs.notes.of(found.second),
            }
        )

    return blueprint


def shown(note: str) -> dict[str, Any]:
    made = Checkpoint.parse(note)
    return {
        "origin": made.origin,
        "size": made.size,
        "root_hash": base64_of(made.root),
        "at": made.at.isoformat(),
        "note": note,
    }


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _after(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not cursor.isdecimal() or len(cursor) > 16:
        raise InvalidInput.at("/cursor", "is not a cursor; take `next` of the page before as it is")
    return int(cursor)
