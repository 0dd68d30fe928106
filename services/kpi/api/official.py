"""Official values: what the department stands by, frozen for the end of a period."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Response

from services.eventkit.commands import CommandContext, Receipt
from services.eventkit.errors import Forbidden
from services.eventkit.http import (
    Blueprint,
    ReceiptSchema,
    allow,
    command_context,
    principal,
    receipt_response,
    record_response,
)
from services.eventkit.identity import Role
from services.eventkit.ids import new_id
from services.eventkit.paging import list_page
from services.kpi.api import freezing
from services.kpi.api.official_schemas import (
    CorrectSchema,
    FreezeSchema,
    OfficialListSchema,
    OfficialQuery,
    PeriodSchema,
)
from services.kpi.api.queries import container
from services.kpi.domain.official import (
    OFFICIAL,
    Command,
    Correct,
    Freeze,
    Period,
    ensure_holds,
    ensure_not_frozen,
    existing,
    period_id,
)
from services.kpi.views.official import OfficialView

OFFICIAL_VALUES = "/api/v1/official-values"
SORTABLE = {"on": "on", "label": "label_key", "read_at": "read_at"}
blueprint = Blueprint(
    "official-values",
    __name__,
    url_prefix=OFFICIAL_VALUES,
    description="Values frozen for the end of a period; what is recorded later shows beside them as restated",
)


@blueprint.route("", methods=["POST"])
@allow(Role.OPERATOR)
@blueprint.arguments(FreezeSchema)
@blueprint.response(201, ReceiptSchema)
def freeze(body: dict[str, Any]) -> Response:
    """Freeze all targets of a plan for the end of a period; once."""

    def decided(_: Period | None) -> Command:
        reading, lacking = freezing.read(
            container(), body["plan"], body["on"], body.get("known_at"), body["despite"]
        )
        return Freeze(
            official_id=new_id(), label=body["label"], by=principal().id, reading=reading, lacking=lacking
        )

    return _execute(period_id(body["plan"], body["on"]), ensure_not_frozen, decided)


@blueprint.route("", methods=["GET"])
@allow()
@blueprint.arguments(OfficialQuery, location="query")
@blueprint.response(200, OfficialListSchema)
def get_official_values(query: dict[str, Any]) -> dict[str, Any]:
    """List the periods frozen, with the values that hold; `q` searches labels, plans and who froze them."""
    container().official.updater.refresh()
    on: date | None = query.get("on")
    return list_page(
        OfficialView,
        filters={"plan_id": query.get("plan_id"), "on": on and on.isoformat()},
        sort=query["sort"] or "-on",
        sortable=SORTABLE,
        **{name: query[name] for name in ("q", "cursor", "limit")},
    )


@blueprint.route("/<period_id>", methods=["GET"])
@allow()
@blueprint.response(200, PeriodSchema)
def get_official_value(period_id: str) -> Response:
    """What was frozen of a plan and a day (``<plan>.<day>``), with what was corrected, from the log."""
    loaded = container().official.bus.load(OFFICIAL, period_id)
    period = existing(loaded.state)
    *earlier, official = period.entries
    shown = {"plan_id": period.plan_id, "on": period.on, "official": official, "earlier": earlier}
    return record_response({"id": period_id, "version": loaded.version, **shown}, loaded.version)


@blueprint.route("/<period_id>/corrections", methods=["POST"])
@allow(Role.OPERATOR)
@blueprint.arguments(CorrectSchema)
@blueprint.response(201, ReceiptSchema)
def correct(body: dict[str, Any], period_id: str) -> Response:
    """Freeze the values as they are read now in the place of what holds; what it was stays readable."""

    def decided(period: Period | None) -> Command:
        known = existing(period)
        known_at, despite = body.get("known_at"), body["despite"]
        reading, lacking = freezing.read(container(), known.plan_id, known.on, known_at, despite)
        said = {name: body[name] for name in ("corrects", "reason", "label")}
        return Correct(official_id=new_id(), by=principal().id, reading=reading, lacking=lacking, **said)

    def guard(period: Period | None) -> None:
        ensure_holds(period, body["corrects"])

    return _execute(period_id, guard, decided)


def execute(
    id_: str,
    guard: Callable[[Period | None], object],
    decided: Callable[[Period | None], Command],
    context: CommandContext,
) -> Receipt:
    """Read and freeze, unless done before under the same key. What forbids it is told before reading."""
    ensure_for_all()
    official = container().official
    receipt = official.bus.repeated(context) or _frozen(id_, guard, decided, context)
    official.book.refresh()
    return receipt


def ensure_for_all() -> None:
    if principal().districts is not None:
        raise Forbidden("What is official concerns the whole province. Your rights are limited to districts.")


def _execute(
    id_: str, guard: Callable[[Period | None], object], decided: Callable[[Period | None], Command]
) -> Response:
    receipt = execute(id_, guard, decided, command_context())
    return receipt_response(receipt, location=f"{OFFICIAL_VALUES}/{receipt.id}")


def _frozen(
    id_: str,
    guard: Callable[[Period | None], object],
    decided: Callable[[Period | None], Command],
    context: CommandContext,
) -> Receipt:
    bus = container().official.bus
    state = bus.load(OFFICIAL, id_).state
    guard(state)
    return bus.execute(OFFICIAL, id_, decided(state), context)
