"""Official counts of the industrial facilities of a unit, as the statistics office publishes them."""

from __future__ import annotations

from typing import Any

from flask import Response

from services.eventkit.http import (
    Blueprint,
    ReceiptSchema,
    allow,
    record_response,
)
from services.eventkit.identity import Role
from services.registry.api.access import UNITS, container, ensure_unit, load_unit, written
from services.registry.api.reorganisation_schemas import CountsSchema, PublishCountSchema
from services.registry.domain.count import COUNT, Count, PublishCount
from services.registry.domain.history import History

blueprint = Blueprint("counts", __name__, url_prefix=UNITS, description="Official counts of facilities")


@blueprint.route("/<unit_id>/official-counts", methods=["POST"])
@allow(Role.ADMIN)
@blueprint.arguments(PublishCountSchema)
@blueprint.response(201, ReceiptSchema)
def publish_count(body: dict[str, Any], unit_id: str) -> Response:
    """Record the number of industrial facilities that is official for the unit from a day on."""
    occurred_on = body.pop("occurred_on")

    def guard(_: History[Count]) -> None:
        load_unit(unit_id)
        ensure_unit(unit_id, occurred_on, "/occurred_on")

    command = PublishCount(unit_id=unit_id, count=Count(**body), occurred_on=occurred_on)
    return written(COUNT, unit_id, command, f"{UNITS}/{unit_id}/official-counts", guard=guard)


@blueprint.route("/<unit_id>/official-counts", methods=["GET"])
@allow()
@blueprint.response(200, CountsSchema)
def get_counts(unit_id: str) -> Response:
    """The official counts of the unit, straight from the log."""
    load_unit(unit_id)
    loaded = container().bus.load(COUNT, unit_id)
    counts: History[Count] = loaded.state
    return record_response(
        {
            "unit_id": unit_id,
            "version": loaded.version,
            "counts": [
                {
                    "since": entry.day.isoformat(),
                    "facilities": entry.value.facilities,
                    "households": entry.value.households,
                    "source": entry.value.source,
                }
                for entry in counts.entries
            ],
        },
        loaded.version,
    )
