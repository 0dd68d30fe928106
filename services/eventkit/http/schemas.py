"""The base of every request and response schema, and the two shapes all services answer with."""

from __future__ import annotations

import marshmallow as ma

from services.eventkit.http import fields


class Schema(ma.Schema):
    """Refuses unknown fields, so that a misspelt optional field is an error and not a silent loss."""

    error_messages = {  # noqa: RUF012 - the parent's name and type
        "unknown": "Unknown field. Take it out or correct its name.",
        "type": "Must be an object.",
    }

    class Meta:
        unknown = ma.RAISE


class ReceiptSchema(Schema):
    """What a write answers. `position` can be given as `?after=` to a KPI read."""

    id = fields.String(required=True)
    version = fields.Integer(required=True)
    position = fields.String(required=True, metadata={"examples": ["registry:123"]})
    events = fields.List(fields.String(), required=True)


class FieldErrorSchema(ma.Schema):
    field = fields.String(
        required=True, metadata={"description": "JSON pointer to the wrong field, within `in`"}
    )
    detail = fields.String(required=True)
    in_ = fields.String(
        data_key="in",
        metadata={"enum": ["body", "query", "path", "header"], "description": "Where the field is"},
    )


class ProblemSchema(ma.Schema):
    """RFC 9457 problem details."""

    type = fields.String(required=True, metadata={"format": "uri-reference"})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    instance = fields.String(required=True, metadata={"format": "uri-reference"})
    request_id = fields.String(required=True)
    errors = fields.List(fields.Nested(FieldErrorSchema))
    failing = fields.List(fields.String(), metadata={"description": "What is not ready"})
