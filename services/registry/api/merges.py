"""Duplicates merged into a survivor and unmerged again; pairs declared not to be one."""

from __future__ import annotations

from typing import Any

from flask import Response

from services.eventkit.errors import InvalidInput
from services.eventkit.http import (
    Blueprint,
    ReceiptSchema,
    allow,
    ensure_district,
    json_response,
)
from services.eventkit.identity import Role
from services.eventkit.paging import list_page
from services.registry.api.access import (
    FACILITIES,
    container,
    load_facility,
    own_units,
    written,
)
from services.registry.api.facilities import SORTABLE
from services.registry.api.merge_schemas import DistinctSchema, MergeListSchema, MergeQuery, MergeSchema
from services.registry.api.schemas import ReasonSchema
from services.registry.domain.facility import FACILITY, Facility
from services.registry.domain.merging import (
    MERGES,
    REGISTER,
    Command,
    DeclareDistinct,
    Merge,
    MergeRegister,
    Unmerge,
)
from services.registry.views.common import names
from services.registry.views.models import FacilityView

blueprint = Blueprint("merges", __name__, description="Records that are one facility")


@blueprint.route("/facilities/<facility_id>/merges", methods=["POST"])
@allow(Role.REGISTRAR)
@blueprint.arguments(MergeSchema)
@blueprint.response(201, ReceiptSchema)
def merge(body: dict[str, Any], facility_id: str) -> Response:
    """Merge this record, a duplicate, into its survivor: the two are one facility, on all days.

    `If-Match`, and `version` in the answer, are those of the register of merges, as `GET /merges` says.
    """
    command = Merge(duplicate_id=facility_id, **body)
    return _execute(facility_id, command, other=("/survivor_id", body["survivor_id"]))


@blueprint.route("/facilities/<facility_id>/unmerges", methods=["POST"])
@allow(Role.REGISTRAR)
@blueprint.arguments(ReasonSchema)
@blueprint.response(201, ReceiptSchema)
def unmerge(body: dict[str, Any], facility_id: str) -> Response:
    """Take a merge back: this record is a facility of its own again, with all that was said of it."""
    return _execute(facility_id, Unmerge(duplicate_id=facility_id, **body))


@blueprint.route("/facilities/<facility_id>/distinctions", methods=["POST"])
@allow(Role.REGISTRAR)
@blueprint.arguments(DistinctSchema)
@blueprint.response(201, ReceiptSchema)
def declare_distinct(body: dict[str, Any], facility_id: str) -> Response:
    """Record that two alike are not the same, so that they are not proposed as duplicates again."""
    command = DeclareDistinct(facility_id=facility_id, **body)
    return _execute(facility_id, command, other=("/other_id", body["other_id"]))


@blueprint.route("/merges", methods=["GET"])
@allow()
@blueprint.arguments(MergeQuery, location="query")
@blueprint.response(200, MergeListSchema)
def get_merges(query: dict[str, Any]) -> Response:
    """List the merged duplicates, each with its survivor; `q` searches the duplicates' names and codes."""
    container().updater.refresh()
    register, version = container().merges.known()
    survivor = query.get("survivor_id")
    asked = list(register.merged) if survivor is None else register.duplicates_of(survivor)
    found = list_page(
        FacilityView,
        filters={"_id": {"$in": sorted(asked)}, "unit_id": own_units(query.get("unit_id"))},
        q=query["q"],
        sort=query["sort"] or "name",
        cursor=query["cursor"],
        limit=query["limit"],
        sortable=SORTABLE,
    )
    survivors = {register.merged[item["id"]].survivor_id for item in found["items"]}
    named = names(FacilityView, survivors)
    for item in found["items"]:
        merged = register.merged[item["id"]]
        item |= {
            "merged_into": merged.survivor_id,
            "survivor_id": merged.survivor_id,
            "survivor_name": named.get(merged.survivor_id),
            "merged_on": merged.on,
            "reason": merged.reason,
        }
    return json_response(MergeListSchema().dump(found), headers={"ETag": f'"{version}"'})


def _execute(facility_id: str, command: Command, other: tuple[str, str] | None = None) -> Response:
    """`other` is the field that names the second facility, and its id."""

    def guard(register: MergeRegister) -> None:
        load_facility(facility_id)
        named = other or ("/survivor_id", register.survivor_of(facility_id) or facility_id)
        _ensure_own(*named)

    return written(MERGES, REGISTER, command, f"{FACILITIES}/{facility_id}", guard=guard)


def _ensure_own(field: str, facility_id: str) -> None:
    """The facility exists, and stands in a district of the caller's."""
    found: Facility | None = container().bus.load(FACILITY, facility_id).state
    if found is None:
        raise InvalidInput.at(field, f"there is no facility {facility_id!r}; look for it in the list")
    ensure_district(found.unit.latest or "")
