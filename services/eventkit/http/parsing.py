"""Reading what a request carries: JSON bodies strictly, query strings without unknown or doubled names."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import marshmallow as ma
import msgspec
from flask import Request
from webargs import missing
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, UnsupportedMediaType


def parse_json(raw: bytes) -> Any:
    """Decode one JSON document. Numbers with a fraction or exponent become Decimal, so that none is rounded.

    Raises BadRequest for bad syntax, bad UTF-8, lone surrogates, NaN or Infinity, and names given twice.
    """
    try:
        # The strict decoder first: it refuses what the standard one lets through, and says where.
        msgspec.json.decode(raw, type=msgspec.Raw)
        msgspec.json.decode(raw)
        return json.loads(raw.decode("utf-8"), parse_float=Decimal, object_pairs_hook=_object)
    except UnicodeDecodeError as error:
        raise BadRequest(f"The body is not UTF-8 (byte {error.start}).") from None
    except msgspec.DecodeError as error:
        raise BadRequest(f"The body is not JSON: {error}.") from None
    except RecursionError:
        raise BadRequest("The body is nested too deeply.") from None
    except ValueError as error:
        raise BadRequest(f"The body is not JSON: {error}.") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadRequest(f"The body gives {twice[:60]!r} twice in one object. Give each name once.")
    return result


def require_json_type(request: Request) -> None:
    """Raises UnsupportedMediaType unless the body is uncompressed JSON in UTF-8."""
    json_type = request.mimetype == "application/json" or request.mimetype.endswith("+json")
    if not json_type:
        raise UnsupportedMediaType("Send the body as application/json.")
    if request.mimetype_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise UnsupportedMediaType("JSON is always UTF-8. Leave the charset out.")
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("Send the body uncompressed.")


class StrictParser(FlaskParser):
    """webargs, but unknown and doubled query parameters are errors and JSON is read by `parse_json`."""

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {  # noqa: RUF012 - the parent's name and type
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "json": None,
        "query": ma.RAISE,
        "querystring": ma.RAISE,
    }

    def load_json(self, req: Request, schema: ma.Schema) -> Any:
        raw = req.get_data(cache=True)
        if not raw:
            return missing
        require_json_type(req)
        return parse_json(raw)

    def load_querystring(self, req: Request, schema: ma.Schema) -> Any:
        proxy = super().load_querystring(req, schema)
        twice = {
            name: ["Given more than once. Give it once."]
            for name, values in req.args.lists()
            if len(values) > 1 and name not in proxy.multiple_keys
        }
        if twice:
            raise ma.ValidationError(twice)
        return proxy
