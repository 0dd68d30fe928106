"""Shapes of the requests and answers of imports."""

from __future__ import annotations

from marshmallow import validate

from services.eventkit.bulk.jobs import ENDED, OPEN
from services.eventkit.bulk.sheets import FORMATS
from services.eventkit.http import Schema, fields
from services.eventkit.paging import ListQuerySchema

FORMAT = validate.OneOf(FORMATS)


class UploadQuery(Schema):
    kind = fields.Slug(required=True, metadata={"description": "What its rows are"})
    format = fields.String(required=True, validate=FORMAT)


class FormatQuery(Schema):
    format = fields.String(load_default="xlsx", validate=FORMAT)


class RunSchema(Schema):
    rows = fields.String(
        required=True,
        validate=validate.OneOf(["all", "valid"]),
        metadata={"description": "all: refused while any row is bad; valid: the good rows alone"},
    )


class ImportQuery(ListQuerySchema):
    kind = fields.Slug()
    state = fields.String(validate=validate.OneOf([*OPEN, *ENDED]))


class ProblemQuery(ListQuerySchema):
    sheet = fields.String(validate=validate.Length(1, 64))
    column_key = fields.String(attribute="column", validate=validate.Length(1, 64))
    code = fields.String(validate=validate.Length(1, 64))


class ImportProblemSchema(Schema):
    """What is wrong, where. `value` is null for an empty cell, and for one that holds personal data."""

    sheet = fields.String()
    row = fields.Integer(metadata={"description": "As a spreadsheet counts, from 1; 0 is the whole file"})
    column = fields.String(metadata={"description": "Its header, in the language of the answer"})
    column_key = fields.String()
    value = fields.String(allow_none=True)
    code = fields.String()
    reason = fields.String(metadata={"description": "In Vietnamese or English, as Accept-Language asks"})


class ImportProblemListSchema(Schema):
    items = fields.List(fields.Nested(ImportProblemSchema))
    next = fields.String(allow_none=True)


class ImportSchema(Schema):
    """`rows` counts entries: rows, or where a kind has several sheets those of its first, and what joins
    none of them. Of a run, `done` is `written` + `same` (there already) + `refused`; `rate` is rows a
    second."""

    id = fields.String()
    kind = fields.String()
    format = fields.String()
    by = fields.String()
    state = fields.String(metadata={"enum": [*OPEN, *ENDED]})
    bytes = fields.Integer()
    sha256 = fields.String()
    rows = fields.Integer()
    good = fields.Integer()
    bad = fields.Integer()
    done = fields.Integer()
    written = fields.Integer()
    same = fields.Integer()
    refused = fields.Integer()
    rate = fields.Float(allow_none=True)
    position = fields.String(
        allow_none=True, metadata={"description": "Of the last row written; can be given as `?after=`"}
    )
    made_at = fields.String()
    started_at = fields.String(allow_none=True)
    ended_at = fields.String(allow_none=True)
    failure = fields.Nested(ImportProblemSchema, allow_none=True)
    dropped = fields.Boolean()


class ImportListSchema(Schema):
    items = fields.List(fields.Nested(ImportSchema))
    next = fields.String(allow_none=True)
