"""The units at the Department that support cleaner production."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response

from services.eventkit.errors import InvalidInput
from services.eventkit.http import (
    Blueprint,
    ReceiptSchema,
    allow,
    command_context,
    receipt_response,
    record_response,
)
from services.eventkit.identity import Role
from services.eventkit.ids import new_id
from services.registry.api.access import container, written
from services.registry.api.network_schemas import (
    EstablishSchema,
    NetworkListSchema,
    NetworkQuery,
    NetworkSchema,
)
from services.registry.api.province import ensure_province, listed
from services.registry.api.schemas import ReasonSchema
from services.registry.domain.network import NETWORK, Dissolve, Establish, Network, existing
from services.registry.views.network import NetworkView, network_shown

NETWORKS = "/api/v1/networks"
SORTABLE = {"name": "name_key", "established_on": "established_on"}
blueprint = Blueprint("networks", __name__, url_prefix=NETWORKS, description="The support network")


@blueprint.route("", methods=["POST"])
@allow(Role.ADMIN)
@blueprint.arguments(EstablishSchema)
@blueprint.response(201, ReceiptSchema)
def establish(body: dict[str, Any]) -> Response:
    """Record that a cleaner-production unit was established."""
    id_ = new_id()
    receipt = container().bus.execute(
        NETWORK,
        id_,
        Establish(network_id=id_, **body),
        command_context(),
        guard=ensure_province,
    )
    return receipt_response(receipt, location=f"{NETWORKS}/{receipt.id}")


@blueprint.route("", methods=["GET"])
@allow()
@blueprint.arguments(NetworkQuery, location="query")
@blueprint.response(200, NetworkListSchema)
def get_networks(query: dict[str, Any]) -> dict[str, Any]:
    """List the units, also dissolved ones; `q` searches names and decisions, with or without accents."""
    return listed(NetworkView, query, sort="established_on", sortable=SORTABLE)


@blueprint.route("/<network_id>", methods=["GET"])
@allow()
@blueprint.response(200, NetworkSchema)
def get_network(network_id: str) -> Response:
    """One unit, straight from the log."""
    loaded = container().bus.load(NETWORK, network_id)
    network = existing(loaded.state)
    shown = {"id": network_id, "version": loaded.version, **network_shown(network)}
    return record_response(shown, loaded.version)


@blueprint.route("/<network_id>/dissolution", methods=["POST"])
@allow(Role.ADMIN)
@blueprint.arguments(ReasonSchema)
@blueprint.response(201, ReceiptSchema)
def dissolve(body: dict[str, Any], network_id: str) -> Response:
    """Record that the unit is no more from a day on. Its consultants and links stay as they are recorded."""
    return written(NETWORK, network_id, Dissolve(**body), f"{NETWORKS}/{network_id}", guard=ensure_province)


def ensure_network(network_id: str, on: date) -> None:
    """The network that a body names exists on that day. Raises `InvalidInput`."""
    found: Network | None = container().bus.load(NETWORK, network_id).state
    if found is None:
        raise InvalidInput.at("/network_id", f"there is no network {network_id!r}; see the list of networks")
    if not found.exists_on(on):
        until = f" to {found.dissolved_on}" if found.dissolved_on else ""
        raise InvalidInput.at(
            "/network_id", f"network {found.name!r} exists from {found.established_on}{until}, not on {on}"
        )
