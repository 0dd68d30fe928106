"""Administrative units."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response

from services.eventkit.errors import InvalidInput
from services.eventkit.http import (
    Blueprint,
    ReceiptSchema,
    allow,
    record_response,
)
from services.eventkit.identity import Role
from services.eventkit.paging import list_page
from services.registry.api.access import UNITS, container, load_unit, written
from services.registry.api.province import ensure_province
from services.registry.api.schemas import (
    CloseUnitSchema,
    RegisterUnitSchema,
    RenameUnitSchema,
    UnitListSchema,
    UnitQuery,
    UnitSchema,
)
from services.registry.domain.events import Level
from services.registry.domain.unit import (
    UNIT,
    CloseUnit,
    Command,
    RegisterUnit,
    RenameUnit,
    Unit,
    existing,
)
from services.registry.views.models import UnitView, unit_row

SORTABLE = {"name": "name_order", "code": "code"}
blueprint = Blueprint("units", __name__, url_prefix=UNITS, description="Administrative units")


@blueprint.route("", methods=["POST"])
@allow(Role.ADMIN)
@blueprint.arguments(RegisterUnitSchema)
@blueprint.response(201, ReceiptSchema)
def register_unit(body: dict[str, Any]) -> Response:
    """Register a unit under an id of its own; codes may come again, ids never."""
    id_ = body.pop("id")
    parent = {} if body["parent_id"] is None else {"/parent_id": body["parent_id"]}
    command = RegisterUnit(unit_id=id_, **{**body, "level": Level(body["level"])})

    def guard(_: Unit | None) -> None:
        ensure_province()
        _ensure_known(parent)

    return _execute(id_, command, guard)


@blueprint.route("", methods=["GET"])
@allow()
@blueprint.arguments(UnitQuery, location="query")
@blueprint.response(200, UnitListSchema)
def get_units(query: dict[str, Any]) -> dict[str, Any]:
    """List units, also those that are no more."""
    container().updater.refresh()
    page = {name: query.pop(name) for name in ("q", "cursor", "limit")}
    sort = query.pop("sort") or "name"
    return list_page(UnitView, filters=query, sort=sort, sortable=SORTABLE, **page)


@blueprint.route("/<unit_id>", methods=["GET"])
@allow()
@blueprint.response(200, UnitSchema)
def get_unit(unit_id: str) -> Response:
    """One unit, straight from the log."""
    unit, version = load_unit(unit_id)
    row = unit_row(unit, unit_id)
    del row["search"], row["name_key"], row["name_order"]
    return record_response({"id": unit_id, "version": version, **row}, version)


@blueprint.route("/<unit_id>/renamings", methods=["POST"])
@allow(Role.ADMIN)
@blueprint.arguments(RenameUnitSchema)
@blueprint.response(201, ReceiptSchema)
def rename_unit(body: dict[str, Any], unit_id: str) -> Response:
    """Record a new name or code."""
    return _execute(unit_id, RenameUnit(**body))


@blueprint.route("/<unit_id>/closures", methods=["POST"])
@allow(Role.ADMIN)
@blueprint.arguments(CloseUnitSchema)
@blueprint.response(201, ReceiptSchema)
def close_unit(body: dict[str, Any], unit_id: str) -> Response:
    """Record that the unit is no more from a day on, and which units succeed it."""
    successors = {f"/successors/{index}": id_ for index, id_ in enumerate(body["successors"])}

    def guard(state: Unit | None) -> None:
        existing(state)
        ensure_province()
        _ensure_known(successors)

    return _execute(unit_id, CloseUnit(**{**body, "successors": tuple(body["successors"])}), guard)


def _ensure_known(units: Mapping[str, str]) -> None:
    """`units` maps the field that names a unit to its id."""
    for field, unit_id in units.items():
        if container().bus.load(UNIT, unit_id).state is None:
            raise InvalidInput.at(field, f"there is no unit {unit_id!r}; register it first")


def _execute(
    unit_id: str, command: Command, guard: Callable[[Unit | None], None] = ensure_province
) -> Response:
    return written(UNIT, unit_id, command, f"{UNITS}/{unit_id}", guard=guard)
