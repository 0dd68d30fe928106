"""Answers: JSON with the version as ETag, receipts of writes, 304 for what has not changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from flask import Response, request

from services.eventkit.commands import Receipt

_encoder = msgspec.json.Encoder(decimal_format="string")


def json_response(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Any JSON-able value (msgspec structs, dates, Decimals as strings) as an answer."""
    return Response(_encoder.encode(value), status, headers, mimetype="application/json")


def receipt_response(receipt: Receipt, status: int = 201, location: str | None = None) -> Response:
    """The answer to a write: the receipt, its version as `ETag`, its position as `Sxsh-Position`."""
    headers = {"ETag": f'"{receipt.version}"', "Sxsh-Position": receipt.position}
    if location is not None:
        headers["Location"] = location
    return json_response(receipt, status, headers)


def record_response(record: Mapping[str, Any], version: int) -> Response:
    """One record with its version as `ETag`; 304 without a body when `If-None-Match` names that version."""
    etag = f'"{version}"'
    if request.headers.get("If-None-Match") and request.if_none_match.contains_weak(str(version)):
        return Response(status=304, headers={"ETag": etag})
    return json_response(record, headers={"ETag": etag})
