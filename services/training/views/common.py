"""What the lists of this service share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from mongoengine import Document
from pymongo.collection import Collection

from services.eventkit.errors import InvalidInput
from services.eventkit.paging import list_page

#: Name of the mongoengine connection of this service.
ALIAS = "training"


def day(value: date | None) -> str | None:
    """ISO dates sort as text."""
    return None if value is None else value.isoformat()


def collection(document: type[Document]) -> Collection[dict[str, Any]]:
    """The collection of a query model, for what a list cannot ask."""
    found: Collection[dict[str, Any]] = document._get_collection()
    return found


def any_of(ids: Sequence[str] | None) -> dict[str, list[str]] | None:
    """A filter that keeps the documents of these; None keeps all."""
    return None if ids is None else {"$in": list(ids)}


def page(
    document: type[Document],
    query: dict[str, Any],
    filters: dict[str, Any],
    *,
    sort: str,
    sortable: Mapping[str, str],
    within: Sequence[str] | None = None,
) -> dict[str, Any]:
    """One page of a list, sorted by `sort` unless the query says otherwise.

    `sortable` maps what a caller may sort by to the field that holds it. `within` limits the page to the
    documents of these subjects (``facility:<id>``, ``officer:<id>``). Raises `InvalidInput`.
    """
    order = query["sort"] or sort
    name, minus = order.removeprefix("-"), "-" if order.startswith("-") else ""
    if name not in sortable:
        raise InvalidInput.at("/sort", f"must be one of {', '.join(sorted(sortable))}, with or without a `-`")
    if within is not None:
        filters = {**filters, "subject": {"$in": list(within)}}
    found = list_page(
        document,
        filters=filters,
        q=query.get("q"),
        sort=minus + sortable[name],
        cursor=query["cursor"],
        limit=query["limit"],
        sortable=set(sortable.values()),
    )
    for item in found["items"]:
        item.pop("position")
        item.pop("subject", None)
        item.pop("title_key", None)
    return found
