"""Administrative reorganisations: announced as data, applied as one act, and whom they left waiting."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from flask import Response

from services.eventkit.errors import InvalidInput
from services.eventkit.http import (
    Blueprint,
    ReceiptSchema,
    allow,
    command_context,
    expected_version,
    receipt_response,
    record_response,
)
from services.eventkit.identity import Role
from services.eventkit.paging import list_page
from services.registry.api import reorganising
from services.registry.api.access import container, own_units
from services.registry.api.facilities import SORTABLE as FACILITY_SORTABLE
from services.registry.api.province import ensure_province, listed
from services.registry.api.reorganisation_schemas import (
    AnnounceSchema,
    LoadSchema,
    ReorganisationListSchema,
    ReorganisationQuery,
    ReorganisationSchema,
    WaitingQuery,
)
from services.registry.api.schemas import FacilityListSchema
from services.registry.domain.events import Level, NewUnit, UnitChange
from services.registry.domain.reorganisation import REORGANISATION, Announce, Reorganisation, existing
from services.registry.views.models import FacilityView
from services.registry.views.reorganisations import ReorganisationView, shown, waiting_in

PATH = "/api/v1/reorganisations"
SORTABLE = {"title": "title_key", "occurred_on": "occurred_on"}
#: The reorganisations that come with the registry, each in the shape in which it is announced.
FILES = Path(__file__).parent.parent / "data" / "reorganisations"

blueprint = Blueprint(
    "reorganisations",
    __name__,
    url_prefix=PATH,
    description="Units renamed, merged, split or ended by one act",
)


@blueprint.route("", methods=["POST"])
@allow(Role.ADMIN)
@blueprint.arguments(AnnounceSchema)
@blueprint.response(201, ReceiptSchema)
def announce(body: dict[str, Any]) -> Response:
    """Announce a reorganisation. One that is not complete may be announced anew, with more."""
    return _announce(body)


@blueprint.route("/loads", methods=["POST"])
@allow(Role.ADMIN)
@blueprint.arguments(LoadSchema)
@blueprint.response(201, ReceiptSchema)
def load(body: dict[str, Any]) -> Response:
    """Announce one that comes with the registry, such as `ninh-binh-2025-01`."""
    if body["name"] not in shipped():
        raise InvalidInput.at("/name", f"must be one of {', '.join(sorted(shipped()))}")
    return _announce(AnnounceSchema().load(shipped()[body["name"]]))


@blueprint.route("", methods=["GET"])
@allow()
@blueprint.arguments(ReorganisationQuery, location="query")
@blueprint.response(200, ReorganisationListSchema)
def get_reorganisations(query: dict[str, Any]) -> dict[str, Any]:
    """List reorganisations; `q` searches titles and ids, with or without accents."""
    return listed(ReorganisationView, query, sort="occurred_on", sortable=SORTABLE)


@blueprint.route("/<reorganisation_id>", methods=["GET"])
@allow()
@blueprint.response(200, ReorganisationSchema)
def get_reorganisation(reorganisation_id: str) -> Response:
    """One reorganisation, straight from the log, with all it changes."""
    found, version = _loaded(reorganisation_id)
    changes = {"changes": found.changes, "new_units": found.new_units}
    return record_response({"id": found.id, "version": version, **shown(found), **changes}, version)


@blueprint.route("/<reorganisation_id>/application", methods=["POST"])
@allow(Role.ADMIN)
@blueprint.response(201, ReceiptSchema)
def apply(reorganisation_id: str) -> Response:
    """Carry it out: units first, then the facilities of each unit that has exactly one successor.

    Cut off, it is run again and does what is missing. Facilities of the other units stay, and are listed as
    waiting.
    """
    ensure_province()
    receipt = reorganising.apply(reorganisation_id, command_context(), expected_version())
    return receipt_response(receipt, location=f"{PATH}/{reorganisation_id}")


@blueprint.route("/<reorganisation_id>/waiting", methods=["GET"])
@allow()
@blueprint.arguments(WaitingQuery, location="query")
@blueprint.response(200, FacilityListSchema)
def get_waiting(query: dict[str, Any], reorganisation_id: str) -> dict[str, Any]:
    """List the facilities that still stand in a unit that ends: record the move of each to its new unit.

    Before the application these are all it concerns.
    """
    found, _ = _loaded(reorganisation_id)
    container().updater.refresh()
    ended = {change.unit_id for change in found.ended}
    asked = own_units(query.get("unit_id"))
    if isinstance(asked, str):
        ended &= {asked}
    elif asked is not None:
        ended &= set(asked["$in"])
    merged = container().merges.register().merged
    page = list_page(
        FacilityView,
        filters=waiting_in(ended, merged),
        q=query["q"],
        sort=query["sort"] or "name",
        cursor=query["cursor"],
        limit=query["limit"],
        sortable=FACILITY_SORTABLE,
    )
    for item in page["items"]:
        item["merged_into"] = None
    return page


@cache
def shipped() -> dict[str, dict[str, Any]]:
    """By name, the content of the files that come with the registry."""
    return {file.stem: yaml.safe_load(file.read_text("utf-8")) for file in FILES.glob("*.yaml")}


def _loaded(id_: str) -> tuple[Reorganisation, int]:
    loaded = container().bus.load(REORGANISATION, id_)
    return existing(loaded.state), loaded.version


def _announce(body: dict[str, Any]) -> Response:
    ensure_province()
    id_ = body.pop("id")
    changes = tuple(
        UnitChange(**{**change, "successors": tuple(change["successors"])}) for change in body.pop("changes")
    )
    new = tuple(NewUnit(**{**each, "level": Level(each["level"])}) for each in body.pop("new_units"))
    command = Announce(reorganisation_id=id_, changes=changes, new_units=new, **body)
    receipt = container().bus.execute(
        REORGANISATION, id_, command, command_context(), expected_version=expected_version()
    )
    return receipt_response(receipt, location=f"{PATH}/{id_}")
