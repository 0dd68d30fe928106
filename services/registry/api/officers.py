"""Officers: appointed to units and relieved. Who they are is shown only to those who need it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from flask import Response

from services.eventkit.errors import Forbidden
from services.eventkit.http import (
    Blueprint,
    ReceiptSchema,
    allow,
    command_context,
    ensure_district,
    fields,
    json_response,
    principal,
    receipt_response,
)
from services.eventkit.identity import Role
from services.eventkit.ids import new_id
from services.eventkit.paging import list_page
from services.registry.api.access import OFFICERS, container, ensure_unit, load_officer, written
from services.registry.api.schemas import (
    AppointSchema,
    ErasureQuery,
    OfficerListSchema,
    OfficerQuery,
    OfficerSchema,
    RegisterOfficerSchema,
    RelieveSchema,
)
from services.registry.domain.officer import (
    OFFICER,
    Appoint,
    Command,
    ErasePerson,
    Officer,
    RegisterOfficer,
    Relieve,
    existing,
)
from services.registry.views.models import OfficerView

#: Who may see an officer's name, phone and email.
SEES_PERSONS = frozenset({Role.REGISTRAR, Role.INSPECTOR, Role.ADMIN})

blueprint = Blueprint("officers", __name__, url_prefix=OFFICERS, description="Officers of the units")


@blueprint.route("", methods=["POST"])
@allow(Role.REGISTRAR)
@blueprint.arguments(RegisterOfficerSchema)
@blueprint.response(201, ReceiptSchema)
def register_officer(body: dict[str, Any]) -> Response:
    """Register an officer. Personal data are sealed with a key of the officer's own."""
    context = command_context()
    blinded = container().vault.blind(context.fingerprint)
    context = msgspec.structs.replace(context, fingerprint=blinded)
    receipt = container().bus.repeated(context)
    if receipt is None:
        id_ = new_id()
        person = container().vault.seal(f"officer:{id_}", body["person"])
        command = RegisterOfficer(officer_id=id_, person=person, occurred_on=body["occurred_on"])
        receipt = container().bus.execute(OFFICER, id_, command, context)
    return receipt_response(receipt, location=f"{OFFICERS}/{receipt.id}")


@blueprint.route("", methods=["GET"])
@allow()
@blueprint.arguments(OfficerQuery, location="query")
@blueprint.response(200, OfficerListSchema)
def get_officers(query: dict[str, Any]) -> dict[str, Any]:
    """List officers without their personal data; `unit_id` keeps those appointed there now.

    Limited to districts, you see those appointed in yours.
    """
    container().updater.refresh()
    page = {name: query.pop(name) for name in ("cursor", "limit")}
    sort = query.pop("sort") or "registered_on"
    districts = principal().districts
    if districts is not None:
        asked = query.get("unit_ids")
        query["unit_ids"] = {"$in": sorted(districts if asked is None else districts & {asked})}
    return list_page(OfficerView, filters=query, q=None, sort=sort, sortable={"registered_on"}, **page)


@blueprint.route("/<officer_id>", methods=["GET"])
@allow()
@blueprint.response(200, OfficerSchema)
def get_officer(officer_id: str) -> Response:
    """One officer, straight from the log. `person` is null unless you may see it.

    Always in full, never 304: it depends on who asks, and an erased person must not live on in a cache.
    """
    officer, version = load_officer(officer_id)
    headers = {"ETag": f'"{version}"', "Cache-Control": "no-store"}
    return json_response(_shown(officer, version), headers=headers)


@blueprint.route("/<officer_id>/appointments", methods=["POST"])
@allow(Role.REGISTRAR)
@blueprint.arguments(AppointSchema)
@blueprint.response(201, ReceiptSchema)
def appoint(body: dict[str, Any], officer_id: str) -> Response:
    """Appoint the officer to a unit, dedicated to cleaner production or not."""
    return _execute(officer_id, Appoint(**body), lambda: ensure_unit(body["unit_id"], body["occurred_on"]))


@blueprint.route("/<officer_id>/reliefs", methods=["POST"])
@allow(Role.REGISTRAR)
@blueprint.arguments(RelieveSchema)
@blueprint.response(201, ReceiptSchema)
def relieve(body: dict[str, Any], officer_id: str) -> Response:
    """Relieve the officer of an appointment."""
    return _execute(officer_id, Relieve(**body), lambda: ensure_district(body["unit_id"]))


@blueprint.route("/<officer_id>/person", methods=["DELETE"])
@allow(Role.ADMIN)
@blueprint.arguments(ErasureQuery, location="query")
@blueprint.response(200, ReceiptSchema)
def erase_officer(query: dict[str, Any], officer_id: str) -> Response:
    """Erase who the officer is, for ever and in every copy; the appointments stay. It can not be undone."""
    command = ErasePerson(reason=query["reason"], occurred_on=fields.today())

    def guard(state: Officer | None) -> None:
        ensure_own(existing(state))
        # First the key: cut off in between nobody can be read, and the request sent again records it.
        container().vault.erase(f"officer:{officer_id}")

    return written(OFFICER, officer_id, command, f"{OFFICERS}/{officer_id}", guard=guard, status=200)


def ensure_own(officer: Officer) -> None:
    """Raises `Forbidden` for a caller limited to districts to none of which the officer is appointed."""
    if not _is_own(officer):
        raise Forbidden("Your rights are limited to districts to which this officer is not appointed.")


def _is_own(officer: Officer) -> bool:
    caller = principal()
    return caller.districts is None or any(map(caller.may_touch, officer.unit_ids))


def _execute(officer_id: str, command: Command, ensure: Callable[[], None]) -> Response:
    def guard(state: Officer | None) -> None:
        existing(state)
        ensure()

    return written(OFFICER, officer_id, command, f"{OFFICERS}/{officer_id}", guard=guard)


def _shown(officer: Officer, version: int) -> dict[str, Any]:
    sees = bool(principal().roles & SEES_PERSONS) and _is_own(officer)
    return {
        "id": officer.id,
        "version": version,
        "person": container().vault.open(officer.person) if sees else None,
        "erased_on": officer.erased_on,
        "registered_on": officer.registered_on.isoformat(),
        "unit_ids": officer.unit_ids,
        "appointments": msgspec.to_builtins(officer.appointments),
    }
