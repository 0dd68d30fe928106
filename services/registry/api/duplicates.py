"""Records that may be one facility: found, and shown side by side."""

from __future__ import annotations

import base64
import binascii
from itertools import islice
from typing import Any

from flask import Response

from services.eventkit.errors import InvalidInput
from services.eventkit.http import Blueprint, allow, json_response, principal
from services.eventkit.text import fold
from services.registry.api.access import container, load_facility
from services.registry.api.duplicate_schemas import DuplicateListSchema, DuplicateQuery, SideBySideSchema
from services.registry.api.facilities import facility_shown
from services.registry.domain.facility import Facility
from services.registry.domain.likeness import Alike, compared, strength, warnings
from services.registry.views.duplicates import groups

blueprint = Blueprint("duplicates", __name__, description="Records that may be one facility")


@blueprint.route("/duplicates", methods=["GET"])
@allow()
@blueprint.arguments(DuplicateQuery, location="query")
@blueprint.response(200, DuplicateListSchema)
def get_duplicates(query: dict[str, Any]) -> dict[str, Any]:
    """List groups of records that share a tax code (its first ten digits), or a name within a unit.

    `strong`: the same name or the same whole tax code, too. Left out are merged duplicates, and groups whose
    pairs were all declared distinct. Limited to districts, you see the records in yours. Sorted by `key`.
    """
    if query["sort"] not in (None, "key", "-key"):
        raise InvalidInput.at("/sort", "must be key or -key")
    container().updater.refresh()
    found = groups(
        query["by"],
        container().merges.register(),
        within=principal().districts,
        unit_id=query.get("unit_id"),
        q=query["q"],
        after=_decoded(query["cursor"]),
        descending=query["sort"] == "-key",
    )
    wanted = query.get("strength")
    kept = (group for group in found if wanted in (None, group["strength"]))
    page = list(islice(kept, query["limit"] + 1))
    items = page[: query["limit"]]
    return {"items": items, "next": _encoded(items[-1]["key"]) if len(page) > len(items) else None}


@blueprint.route("/duplicates/<facility_id>/<other_id>", methods=["GET"])
@allow()
@blueprint.response(200, SideBySideSchema)
def get_side_by_side(facility_id: str, other_id: str) -> Response:
    """Two records side by side, field by field; `warnings` are about merging the first into the second."""
    register = container().merges.register()
    one, one_version = load_facility(facility_id)
    other, other_version = load_facility(other_id)
    return json_response(
        {
            "one": facility_shown(one, one_version) | {"merged_into": register.survivor_of(one.id)},
            "other": facility_shown(other, other_version) | {"merged_into": register.survivor_of(other.id)},
            "strength": strength(_alike(one), _alike(other)),
            "declared_distinct": register.are_distinct(one.id, other.id),
            "fields_compared": [
                {"field": field, "same": same} for field, same in compared(one, other).items()
            ],
            "warnings": [warning._asdict() for warning in warnings(one, other)],
        }
    )


def _alike(facility: Facility) -> Alike:
    details = facility.details
    return Alike(facility.id, fold(details.name), facility.unit.latest or "", details.tax_code)


def _encoded(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def _decoded(cursor: str | None) -> str | None:
    if cursor is None:
        return None
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise InvalidInput.at("/cursor", "is not a cursor; take `next` of the page before as it is") from None
