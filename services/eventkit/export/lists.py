"""Every list can be exported: ``GET <list>/export`` takes the list's own filters, and keeps its limits.

It asks the list's own view for page after page, so what a caller may not see in the list is not in the file
either, and nothing that the list does not show (names of persons) is opened for it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import marshmallow as ma
import msgspec
from flask import Response

from services.eventkit.export.answers import documented, file_response, format_field, source
from services.eventkit.export.table import Table, columns_of
from services.eventkit.http import Blueprint, allow
from services.eventkit.http.access import rights
from services.eventkit.paging import ListQuerySchema

#: Records asked for at once.
PAGE = 1000
#: Fields of lists that are text to their schema and yet numbers: exact decimals.
NUMBERS = frozenset({"weight", "payback_years", "quantity", "equivalence", "value", "decimal"})

View = Callable[..., Any]


class ListRoute(NamedTuple):
    """A route whose query is a `ListQuerySchema`. `rule` is its whole path."""

    rule: str
    view: View
    query: type[ListQuerySchema]
    item: ma.Schema


def with_exports(
    blueprints: Iterable[Blueprint], refresh: Callable[[], int], name: str = "exports"
) -> list[Blueprint]:
    """The blueprints, and one more, called `name`, with an export of every list they have.

    `refresh` brings the query models up to date and says up to which position of the service's log.
    """
    given = list(blueprints)
    exports = Blueprint(name, __name__, description="Lists as files: CSV, XLSX, JSON Lines")
    for one in (found for blueprint in given for found in lists_of(blueprint)):
        _add(exports, one, refresh)
    return [*given, exports]


def lists_of(blueprint: Blueprint) -> Iterator[ListRoute]:
    for rule, view in blueprint.reads:
        said = getattr(view, "_apidoc", {})
        query = _query(said)
        if query is not None:
            yield ListRoute(blueprint.prefix() + rule, view, query, _item(said, rule))


def _query(said: dict[str, Any]) -> type[ListQuerySchema] | None:
    for parameter in said.get("arguments", {}).get("parameters", ()):
        schema = parameter["schema"]
        if isinstance(schema, type) and issubclass(schema, ListQuerySchema):
            return schema
    return None


def _item(said: dict[str, Any], rule: str) -> ma.Schema:
    """The schema of one item, from the list that the view says it answers. Raises `LookupError`."""
    for answer in said.get("response", {}).get("responses", {}).get(200, ()):
        items = getattr(answer.get("schema"), "fields", {}).get("items")
        if isinstance(items, ma.fields.List) and isinstance(items.inner, ma.fields.Nested):
            return items.inner.schema
    raise LookupError(f"The list {rule} must document its answer by a schema with `items` of a schema.")


def _add(exports: Blueprint, one: ListRoute, refresh: Callable[[], int]) -> None:
    view = inspect.unwrap(one.view)
    name = one.rule.rpartition("/")[2]
    columns = columns_of(one.item, NUMBERS)
    declared = rights(one.view, "GET")

    def pages(query: dict[str, Any], path: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
        cursor = None
        while True:
            page = _decoded(view({**query, "cursor": cursor, "limit": PAGE}, **path))
            yield page["items"]
            cursor = page["next"]
            if cursor is None:
                return

    def export(query: dict[str, Any], **path: Any) -> Response:
        format_ = query.pop("format")
        position = refresh()
        found = pages(query, path)
        # Before any answer has begun, so that what is wrong with the question is answered as such.
        first = next(found)
        said = source()
        service = said["service"]
        said["position"] = f"{service}:{position}"
        table = Table(name, columns, _chained(first, found), said, ending=lambda: _ending(service, refresh))
        return file_response(table, format_)

    export.__name__ = f"export_{view.__name__.removeprefix('get_')}"
    export.__doc__ = f"Every record of {one.rule} as a file; takes the list's own filters."
    decorated = documented(exports)(export)
    decorated = exports.arguments(_with_format(one.query), location="query")(decorated)
    exports.route(f"{one.rule}/export", methods=["GET"])(allow(*(declared or ()))(decorated))


def _ending(service: str, refresh: Callable[[], int]) -> dict[str, str]:
    """Nothing in the file is later: the models were nowhere beyond the head that they now reach."""
    return {"position_at_end": f"{service}:{refresh()}"}


def _chained(first: list[dict[str, Any]], rest: Iterator[list[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    yield from first
    for page in rest:
        yield from page


def _decoded(answer: Any) -> dict[str, Any]:
    """What a list view gives: the page itself, or a JSON response of it."""
    page: dict[str, Any] = msgspec.json.decode(answer.get_data()) if isinstance(answer, Response) else answer
    return page


def _with_format(query: type[ListQuerySchema]) -> type[ma.Schema]:
    meta = type("Meta", (query.Meta,), {"exclude": ("limit", "cursor")})
    name = f"{query.__name__.removesuffix('Query')}ExportQuery"
    return type(name, (query,), {"format": format_field(), "Meta": meta, "__module__": __name__})
