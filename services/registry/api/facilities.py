"""Facilities: register, correct, move, suspend, close, reopen; lists and single records."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import msgspec
from flask import Response

from services.eventkit.http import (
    Blueprint,
    ReceiptSchema,
    allow,
    command_context,
    json_response,
    receipt_response,
    record_response,
)
from services.eventkit.identity import Role
from services.eventkit.ids import new_id
from services.eventkit.paging import list_page
from services.registry.api.access import (
    FACILITIES,
    container,
    ensure_unit,
    load_facility,
    own_facility,
    own_units,
    written,
)
from services.registry.api.schemas import (
    CorrectSchema,
    FacilityListSchema,
    FacilityQuery,
    FacilitySchema,
    MoveSchema,
    ReasonSchema,
    RegisterSchema,
)
from services.registry.domain.events import FacilityKind, Industry, Product
from services.registry.domain.facility import (
    FACILITY,
    Close,
    Command,
    Correct,
    Details,
    Facility,
    Move,
    Register,
    Reopen,
    Suspend,
)
from services.registry.domain.history import History
from services.registry.views.models import FacilityView, units_within

SORTABLE = {"name": "name_order", "code": "code", "registered_on": "registered_on"}
blueprint = Blueprint("facilities", __name__, url_prefix=FACILITIES, description="Industrial facilities")


@blueprint.route("", methods=["POST"])
@allow(Role.REGISTRAR)
@blueprint.arguments(RegisterSchema)
@blueprint.response(201, ReceiptSchema)
def register(body: dict[str, Any]) -> Response:
    """Register a facility. Its code is its own for ever."""
    id_, unit_id, occurred_on = new_id(), body.pop("unit_id"), body.pop("occurred_on")
    details = Details(**typed(body))
    command = Register(facility_id=id_, details=details, unit_id=unit_id, occurred_on=occurred_on)
    receipt = container().bus.execute(
        FACILITY, id_, command, command_context(), guard=lambda _: ensure_unit(unit_id, occurred_on)
    )
    return receipt_response(receipt, location=f"{FACILITIES}/{receipt.id}")


@blueprint.route("", methods=["GET"])
@allow()
@blueprint.arguments(FacilityQuery, location="query")
@blueprint.response(200, FacilityListSchema)
def get_facilities(query: dict[str, Any]) -> dict[str, Any]:
    """List facilities; `q` searches names, codes and tax codes, with or without accents.

    Duplicates that were merged into another are left out, and alone with `merged=true`.
    """
    container().updater.refresh()
    page = {name: query.pop(name) for name in ("q", "cursor", "limit")}
    sort = query.pop("sort") or "name"
    merged = container().merges.register().merged
    query["_id"] = {"$in" if query.pop("merged") else "$nin": sorted(merged)}
    query["unit_id"] = own_units(query.get("unit_id"))
    also = {"unit_id": _within(query.pop("within", None)), "_id": _one_of(query.pop("id", None))}
    query["$and"] = [{name: only} for name, only in also.items() if only is not None] or None
    query["employees"] = _between(query.pop("employees_from", None), query.pop("employees_to", None))
    found = list_page(FacilityView, filters=query, sort=sort, sortable=SORTABLE, **page)
    for item in found["items"]:
        into = merged.get(item["id"])
        item["merged_into"] = None if into is None else into.survivor_id
    return found


def _one_of(values: Collection[str] | None) -> dict[str, list[str]] | None:
    return None if values is None else {"$in": sorted(values)}


def _between(least: int | None, most: int | None) -> dict[str, int] | None:
    limits = {"$gte": least, "$lte": most}
    return {name: limit for name, limit in limits.items() if limit is not None} or None


def _within(unit_id: str | None) -> dict[str, list[str]] | None:
    return None if unit_id is None else _one_of(units_within(unit_id))


@blueprint.route("/<facility_id>", methods=["GET"])
@allow()
@blueprint.response(200, FacilitySchema)
def get_facility(facility_id: str) -> Response:
    """One facility as it stands, straight from the log, with the history of its unit and its status.

    A merged duplicate names its survivor in `merged_into`. It has no `ETag`: a merge is no version of the
    facility, and nothing can be written to it.
    """
    facility, version = load_facility(facility_id)
    survivor = container().merges.register().survivor_of(facility_id)
    shown = {**facility_shown(facility, version), "merged_into": survivor}
    if survivor is not None:
        return json_response(shown, headers={"Cache-Control": "no-store"})
    return record_response(shown, version)


@blueprint.route("/<facility_id>/corrections", methods=["POST"])
@allow(Role.REGISTRAR)
@blueprint.arguments(CorrectSchema)
@blueprint.response(201, ReceiptSchema)
def correct(body: dict[str, Any], facility_id: str) -> Response:
    """Correct what the register says, from a day on. A null changes nothing."""
    given = {name: value for name, value in body.pop("changes").items() if value is not None}
    return _execute(facility_id, Correct(changes=typed(given), **body))


@blueprint.route("/<facility_id>/moves", methods=["POST"])
@allow(Role.REGISTRAR)
@blueprint.arguments(MoveSchema)
@blueprint.response(201, ReceiptSchema)
def move(body: dict[str, Any], facility_id: str) -> Response:
    """Record that the facility moved to another unit. The past stays with the old one."""

    def guard(state: Facility | None) -> None:
        own_facility(state)
        ensure_unit(body["unit_id"], body["occurred_on"])

    return _execute(facility_id, Move(**body), guard)


@blueprint.route("/<facility_id>/suspensions", methods=["POST"])
@allow(Role.REGISTRAR)
@blueprint.arguments(ReasonSchema)
@blueprint.response(201, ReceiptSchema)
def suspend(body: dict[str, Any], facility_id: str) -> Response:
    """Record that the facility suspended its operation."""
    return _execute(facility_id, Suspend(**body))


@blueprint.route("/<facility_id>/closures", methods=["POST"])
@allow(Role.REGISTRAR)
@blueprint.arguments(ReasonSchema)
@blueprint.response(201, ReceiptSchema)
def close(body: dict[str, Any], facility_id: str) -> Response:
    """Record that the facility closed."""
    return _execute(facility_id, Close(**body))


@blueprint.route("/<facility_id>/reopenings", methods=["POST"])
@allow(Role.REGISTRAR)
@blueprint.arguments(ReasonSchema)
@blueprint.response(201, ReceiptSchema)
def reopen(body: dict[str, Any], facility_id: str) -> Response:
    """Record that a suspended or closed facility operates again."""
    return _execute(facility_id, Reopen(**body))


def _execute(
    facility_id: str, command: Command, guard: Callable[[Facility | None], None] = own_facility
) -> Response:
    return written(FACILITY, facility_id, command, f"{FACILITIES}/{facility_id}", guard=guard)


def typed(body: dict[str, Any]) -> dict[str, Any]:
    """The fields of `Details` as its types, from a body that fits the schema."""
    typed = dict(body)
    if "kind" in typed:
        typed["kind"] = FacilityKind(typed["kind"])
    if "industry" in typed:
        typed["industry"] = Industry(**typed["industry"])
    if "products" in typed:
        typed["products"] = tuple(Product(**product) for product in typed["products"])
    return typed


def facility_shown(facility: Facility, version: int) -> dict[str, Any]:
    def history(of: History[Any]) -> list[dict[str, str]]:
        return [{"since": entry.day.isoformat(), "value": str(entry.value)} for entry in of.entries]

    return {
        "id": facility.id,
        "version": version,
        **msgspec.to_builtins(facility.details),
        "unit_id": facility.unit.latest,
        "status": str(facility.status.latest),
        "registered_on": facility.registered_on.isoformat(),
        "unit_history": history(facility.unit),
        "status_history": history(facility.status),
    }
