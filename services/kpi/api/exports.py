"""Every table of the indicators as a file: ``GET <answer>/export?table=…`` beside the answer that holds it.

A table is a list of objects in an answer that has the envelope (day, position, plan, rules); a list within
such an object (the groups of a target) is a table too, with the code of its owner before each row.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import marshmallow as ma
import msgspec
from flask import Response, request
from marshmallow import validate

from services.eventkit.export import (
    Column,
    Table,
    columns_of,
    documented,
    file_response,
    format_field,
    source,
)
from services.eventkit.http import Blueprint, allow, fields
from services.eventkit.http.access import rights
from services.kpi.api.schemas import EnvelopeSchema

#: Fields that are text, to be exact, and yet numbers.
NUMBERS = frozenset({"decimal", "target"})
#: What an object is called by in the table of a list within it.
OWNER = Column(("owner",))


class TableOf(NamedTuple):
    """`path` leads from the answer to the rows: ``("targets",)``, or ``("targets", "groups")``."""

    path: tuple[str, ...]
    columns: list[Column]


def with_tables(blueprints: Iterable[Blueprint]) -> list[Blueprint]:
    """The blueprints, and one more with an export of every table in what they answer."""
    given = list(blueprints)
    exports = Blueprint("exports", __name__, description="The tables as files: CSV, XLSX, JSON Lines")
    for blueprint in given:
        for rule, view in blueprint.reads:
            schema = _answered(view)
            tables = {".".join(one.path): one for one in _tables(schema)} if schema else {}
            if tables:
                _add(exports, blueprint.prefix() + rule, view, tables)
    return [*given, exports]


def _answered(view: Callable[..., Any]) -> EnvelopeSchema | None:
    said = getattr(view, "_apidoc", {}).get("response", {}).get("responses", {}).get(200, ())
    return next((one["schema"] for one in said if isinstance(one.get("schema"), EnvelopeSchema)), None)


def _lists(schema: ma.Schema) -> Iterator[tuple[str, ma.Schema]]:
    for name, field in schema.fields.items():
        if isinstance(field, ma.fields.List) and isinstance(field.inner, ma.fields.Nested):
            yield name, field.inner.schema


def _tables(schema: ma.Schema) -> Iterator[TableOf]:
    for name, item in _lists(schema):
        within = dict(_lists(item))
        columns = [one for one in columns_of(item, NUMBERS) if one.path[0] not in within]
        yield TableOf((name,), columns)
        for inner, row in within.items():
            yield TableOf((name, inner), [OWNER, *columns_of(row, NUMBERS)])


def _add(exports: Blueprint, rule: str, view: Callable[..., Any], tables: dict[str, TableOf]) -> None:
    read = inspect.unwrap(view)

    def export(query: dict[str, Any], **path: Any) -> Response:
        format_, asked = query.pop("format"), query.pop("table")
        answer = read(query, **path)
        if answer.status_code != 200:
            return Response(status=answer.status_code, headers={"ETag": answer.headers["ETag"]})
        body = msgspec.json.decode(answer.get_data())
        table = tables[asked]
        return file_response(
            Table(_name(asked), table.columns, _rows(body, table.path), source(**_provenance(body))), format_
        )

    export.__name__ = f"export_{view.__name__.removeprefix('get_')}"
    export.__doc__ = f"One table of {rule} as a file; takes the same parameters."
    decorated = exports.alt_response(304, description="Not changed since the version in If-None-Match")(
        documented(exports)(export)
    )
    decorated = exports.arguments(_query(view, list(tables)), location="query")(decorated)
    exports.route(f"{rule}/export", methods=["GET"])(allow(*(rights(view, "GET") or ()))(decorated))


def _query(view: Callable[..., Any], tables: list[str]) -> type[ma.Schema]:
    (own,) = (
        one["schema"]
        for one in getattr(view, "_apidoc", {})["arguments"]["parameters"]
        if one["in"] == "query"
    )
    table = fields.String(
        load_default=tables[0],
        validate=validate.OneOf(tables),
        metadata={"description": "Which list of the answer"},
    )
    more = {"format": format_field(), "table": table, "__module__": __name__}
    return type(f"{own.__name__.removesuffix('Query')}{view.__name__.title()}ExportQuery", (own,), more)


def _name(table: str) -> str:
    """``targets-K1-by-district``, of the address and the table."""
    parts = request.path.removesuffix("/export").removeprefix("/api/v1/")
    return re.sub(r"[^A-Za-z0-9]+", "-", parts if parts == table else f"{parts}-{table}")


def _rows(body: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[Mapping[str, Any]]:
    for item in body[path[0]]:
        if len(path) == 1:
            yield item
        else:
            owner = item.get("code") or item.get("id") or ""
            yield from ({"owner": owner, **row} for row in item[path[1]] or ())


def _provenance(body: Mapping[str, Any]) -> dict[str, str]:
    plan, rules = body["plan"], body["rules"]
    return {
        "as_of": body["as_of"],
        "known_at": body["known_at"] or "now",
        "plan": f"{plan['id']} ({plan['name']['vi']} / {plan['name']['en']})",
        "rules": f"{rules['id']}@{rules['version']}",
        "generation": body["generation"],
        "position": ",".join(f"{log}:{position}" for log, position in body["position"].items()),
    }
