"""What the query models of this service share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mongoengine import Document
from pymongo.collection import Collection


def collection(document: type[Document]) -> Collection[dict[str, Any]]:
    """The collection of a query model, for what a list cannot ask."""
    found: Collection[dict[str, Any]] = document._get_collection()
    return found


def names(document: type[Document], ids: Iterable[str]) -> dict[str, str]:
    """The names of those of the ids that the query model holds."""
    found = collection(document).find({"_id": {"$in": sorted(ids)}}, {"name": 1})
    return {each["_id"]: each["name"] for each in found}
