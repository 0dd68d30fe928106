"""Lists: filter, sort, search, and a cursor that stays right while records are added."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Mapping
from typing import Any

import msgspec
from marshmallow import validate
from mongoengine import Document

from services.eventkit.errors import InvalidInput
from services.eventkit.http import Schema, fields
from services.eventkit.text import search_clause, words

#: Of a page, and of a page nobody asked a size for.
MOST, USUAL = 200, 50


class ListQuerySchema(Schema):
    """The query of every list; subclass it with the filters of one."""

    limit = fields.Integer(
        load_default=USUAL, validate=validate.Range(1, MOST), metadata={"description": f"1 to {MOST}"}
    )
    cursor = fields.String(
        load_default=None,
        validate=validate.Length(1, 1000),
        metadata={"description": "`next` of the page before"},
    )
    sort = fields.String(
        load_default=None,
        validate=validate.Length(1, 40),
        metadata={"description": "a field, with `-` before it for descending"},
    )
    q = fields.String(
        load_default=None,
        validate=validate.Length(1, 200),
        metadata={"description": "words or their beginnings, with or without accents"},
    )


class _Cursor(msgspec.Struct, array_like=True):
    sort: str
    value: str | int | float | None
    id: str


def list_page(
    document: type[Document],
    *,
    filters: Mapping[str, Any],
    q: str | None,
    sort: str,
    cursor: str | None,
    limit: int,
    sortable: Collection[str] | Mapping[str, str],
) -> dict[str, Any]:
    """``{"items": [document as a dict], "next": cursor or None}``.

    `filters` are exact (None: not filtered). `sortable` are fields, or maps what callers say to a field.
    Sorted by one of them, then by id, so that no record comes twice or is left out while others are added.
    A `q` without a letter or digit finds nothing. Raises `InvalidInput` for a wrong sort or cursor.
    """
    asked, descending = sort.removeprefix("-"), sort.startswith("-")
    if asked not in sortable:
        raise InvalidInput.at("/sort", f"must be one of {', '.join(sorted(sortable))}, with or without a `-`")
    if q is not None and not words(q):
        return {"items": [], "next": None}
    name = sortable[asked] if isinstance(sortable, Mapping) else asked
    clauses: list[dict[str, Any]] = [{k: v} for k, v in filters.items() if v is not None]
    clauses += [{"search": search_clause(word)} for word in words(q or "")]
    if cursor is not None:
        clauses.append(_after(_decode(cursor, sort), name, descending))
    direction = -1 if descending else 1
    collection = document._get_collection()
    found = list(
        collection.find({"$and": clauses} if clauses else {}, {"search": 0})
        .sort([(name, direction), ("_id", direction)])
        .limit(limit + 1)
    )
    items = [_shown(raw) for raw in found[:limit]]
    last = found[limit - 1] if len(found) > limit else None
    return {"items": items, "next": None if last is None else _encode(sort, last[name], last["_id"])}


def _after(cursor: _Cursor, name: str, descending: bool) -> dict[str, Any]:
    beyond = "$lt" if descending else "$gt"
    same = {name: cursor.value, "_id": {beyond: cursor.id}}
    if cursor.value is None:
        return same if descending else {"$or": [same, {name: {"$ne": None}}]}
    clauses: list[dict[str, Any]] = [same, {name: {beyond: cursor.value}}]
    if descending:
        clauses.append({name: None})
    return {"$or": clauses}


def _encode(sort: str, value: Any, id_: str) -> str:
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(_Cursor(sort, value, id_))).decode().rstrip("=")


def _decode(cursor: str, sort: str) -> _Cursor:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        decoded = msgspec.msgpack.decode(raw, type=_Cursor)
    except (binascii.Error, ValueError):
        raise InvalidInput.at("/cursor", "is not a cursor; take `next` of the page before as it is") from None
    too_large = isinstance(decoded.value, int) and not -(2**63) <= decoded.value < 2**63
    if decoded.sort != sort or too_large:
        raise InvalidInput.at("/cursor", "belongs to a list sorted in another way; start from the first page")
    return decoded


def _shown(raw: dict[str, Any]) -> dict[str, Any]:
    return {"id": raw["_id"], **{name: value for name, value in raw.items() if name != "_id"}}
