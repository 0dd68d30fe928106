"""Consultants of the support network. Who they are is shown only to those who need it."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Response

from services.eventkit.http import (
    Blueprint,
    ReceiptSchema,
    allow,
    command_context,
    fields,
    json_response,
    principal,
    receipt_response,
)
from services.eventkit.identity import Role
from services.eventkit.ids import new_id
from services.registry.api.access import container, written
from services.registry.api.network_schemas import (
    ConsultantListSchema,
    ConsultantQuery,
    ConsultantSchema,
    RegisterConsultantSchema,
)
from services.registry.api.networks import ensure_network
from services.registry.api.officers import SEES_PERSONS
from services.registry.api.province import ensure_province, listed
from services.registry.api.schemas import ErasureQuery, ReasonSchema
from services.registry.domain.consultant import (
    CONSULTANT,
    Command,
    Consultant,
    Deactivate,
    ErasePerson,
    Reactivate,
    RegisterConsultant,
    existing,
)
from services.registry.views.network import ConsultantView, consultant_shown

CONSULTANTS = "/api/v1/consultants"
SORTABLE = {"registered_on": "registered_on"}
blueprint = Blueprint(
    "consultants", __name__, url_prefix=CONSULTANTS, description="Consultants of the network"
)


@blueprint.route("", methods=["POST"])
@allow(Role.REGISTRAR)
@blueprint.arguments(RegisterConsultantSchema)
@blueprint.response(201, ReceiptSchema)
def register_consultant(body: dict[str, Any]) -> Response:
    """Register a consultant. Personal data are sealed with a key of the consultant's own."""
    context = command_context()
    blinded = container().vault.blind(context.fingerprint)
    context = msgspec.structs.replace(context, fingerprint=blinded)
    receipt = container().bus.repeated(context)
    if receipt is None:
        ensure_province()
        ensure_network(body["network_id"], body["occurred_on"])
        id_ = new_id()
        command = RegisterConsultant(
            consultant_id=id_,
            network_id=body["network_id"],
            person=container().vault.seal(f"consultant:{id_}", body["person"]),
            fields=tuple(body["fields"]),
            occurred_on=body["occurred_on"],
        )
        receipt = container().bus.execute(CONSULTANT, id_, command, context)
    return receipt_response(receipt, location=f"{CONSULTANTS}/{receipt.id}")


@blueprint.route("", methods=["GET"])
@allow()
@blueprint.arguments(ConsultantQuery, location="query")
@blueprint.response(200, ConsultantListSchema)
def get_consultants(query: dict[str, Any]) -> dict[str, Any]:
    """List consultants without their personal data; `q` searches their fields of expertise."""
    return listed(ConsultantView, query, sort="registered_on", sortable=SORTABLE)


@blueprint.route("/<consultant_id>", methods=["GET"])
@allow()
@blueprint.response(200, ConsultantSchema)
def get_consultant(consultant_id: str) -> Response:
    """One consultant, straight from the log. `person` is null unless you may see it.

    Always in full, never 304: it depends on who asks, and an erased person must not live on in a cache.
    """
    loaded = container().bus.load(CONSULTANT, consultant_id)
    shown = _shown(existing(loaded.state), loaded.version)
    return json_response(shown, headers={"ETag": f'"{loaded.version}"', "Cache-Control": "no-store"})


@blueprint.route("/<consultant_id>/deactivations", methods=["POST"])
@allow(Role.REGISTRAR)
@blueprint.arguments(ReasonSchema)
@blueprint.response(201, ReceiptSchema)
def deactivate(body: dict[str, Any], consultant_id: str) -> Response:
    """Record that the consultant is not active from a day on."""
    return _execute(consultant_id, Deactivate(**body))


@blueprint.route("/<consultant_id>/reactivations", methods=["POST"])
@allow(Role.REGISTRAR)
@blueprint.arguments(ReasonSchema)
@blueprint.response(201, ReceiptSchema)
def reactivate(body: dict[str, Any], consultant_id: str) -> Response:
    """Record that the consultant is active again from a day on."""
    return _execute(consultant_id, Reactivate(**body))


@blueprint.route("/<consultant_id>/person", methods=["DELETE"])
@allow(Role.ADMIN)
@blueprint.arguments(ErasureQuery, location="query")
@blueprint.response(200, ReceiptSchema)
def erase_consultant(query: dict[str, Any], consultant_id: str) -> Response:
    """Erase who the consultant is, for ever and in every copy. It can not be undone."""
    command = ErasePerson(reason=query["reason"], occurred_on=fields.today())

    def guard(state: Consultant | None) -> None:
        ensure_province()
        existing(state)
        # First the key: cut off in between nobody can be read, and the request sent again records it.
        container().vault.erase(f"consultant:{consultant_id}")

    return written(
        CONSULTANT, consultant_id, command, f"{CONSULTANTS}/{consultant_id}", guard=guard, status=200
    )


def _execute(consultant_id: str, command: Command) -> Response:
    return written(
        CONSULTANT,
        consultant_id,
        command,
        f"{CONSULTANTS}/{consultant_id}",
        guard=ensure_province,
    )


def _shown(consultant: Consultant, version: int) -> dict[str, Any]:
    """The network is the province's: who is limited to districts sees no person."""
    caller = principal()
    sees = bool(caller.roles & SEES_PERSONS) and caller.districts is None
    return {
        "id": consultant.id,
        "version": version,
        "person": container().vault.open(consultant.person) if sees else None,
        "erased_on": consultant.erased_on,
        **consultant_shown(consultant),
        "activity": [
            {"since": entry.day, "active": entry.value.active, "reason": entry.value.reason}
            for entry in consultant.activity.entries
        ],
    }
