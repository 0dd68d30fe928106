"""Links of the units' offices to the support network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response

from services.eventkit.http import (
    Blueprint,
    ReceiptSchema,
    allow,
    ensure_district,
    record_response,
)
from services.eventkit.identity import Role
from services.registry.api.access import UNITS, container, ensure_unit, load_unit, written
from services.registry.api.network_schemas import (
    LinkListSchema,
    LinkOfficeSchema,
    LinkQuery,
    LinksSchema,
    UnlinkSchema,
)
from services.registry.api.networks import ensure_network
from services.registry.api.province import listed
from services.registry.domain.link import LINK, Command, LinkOffice, Links, Unlink, existing
from services.registry.views.network import LinkView, links_shown

SORTABLE = {"unit_id": "unit_id", "since": "since"}
blueprint = Blueprint(
    "network_links", __name__, url_prefix="/api/v1", description="Links of district offices to the network"
)


@blueprint.route("/network-links", methods=["GET"])
@allow()
@blueprint.arguments(LinkQuery, location="query")
@blueprint.response(200, LinkListSchema)
def get_links(query: dict[str, Any]) -> dict[str, Any]:
    """List the units that are or were linked; `q` searches their offices, with or without accents."""
    return listed(LinkView, query, sort="unit_id", sortable=SORTABLE)


@blueprint.route("/units/<unit_id>/network-links", methods=["GET"])
@allow()
@blueprint.response(200, LinksSchema)
def get_unit_links(unit_id: str) -> Response:
    """The links of one unit, with those that have ended, straight from the log."""
    load_unit(unit_id)
    loaded = container().bus.load(LINK, unit_id)
    shown = {"id": unit_id, "version": loaded.version, **links_shown(existing(loaded.state))}
    return record_response(shown, loaded.version)


@blueprint.route("/units/<unit_id>/network-links", methods=["POST"])
@allow(Role.REGISTRAR)
@blueprint.arguments(LinkOfficeSchema)
@blueprint.response(201, ReceiptSchema)
def link(body: dict[str, Any], unit_id: str) -> Response:
    """Record that an office of the unit works with the network."""

    def guard() -> None:
        load_unit(unit_id)
        ensure_unit(unit_id, body["occurred_on"], "/occurred_on")
        ensure_network(body["network_id"], body["occurred_on"])

    return _execute(unit_id, LinkOffice(unit_id=unit_id, **body), guard)


@blueprint.route("/units/<unit_id>/network-links/unlinks", methods=["POST"])
@allow(Role.REGISTRAR)
@blueprint.arguments(UnlinkSchema)
@blueprint.response(201, ReceiptSchema)
def unlink(body: dict[str, Any], unit_id: str) -> Response:
    """Record that the unit's office does not work with the network any more."""
    return _execute(unit_id, Unlink(**body), lambda: ensure_district(unit_id))


def _execute(unit_id: str, command: Command, ensure: Callable[[], None]) -> Response:
    def guard(_: Links | None) -> None:
        ensure()

    return written(LINK, unit_id, command, f"{UNITS}/{unit_id}/network-links", guard=guard)
