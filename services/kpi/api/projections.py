"""The state of the projection, for its operators: positions, lag, parked subjects and their redrive."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Response

from services.eventkit.errors import NotFound
from services.eventkit.http import Blueprint, allow, json_response
from services.eventkit.identity import Role
from services.kpi.api.queries import AfterQuery, applied, container
from services.kpi.api.schemas import ProjectionsSchema, RedriveSchema
from services.kpi.domain.rules import named
from services.kpi.past.register import Snapshot

blueprint = Blueprint(
    "projections", __name__, url_prefix="/projections", description="How far the projection is"
)


@blueprint.route("", methods=["GET"])
@allow(Role.OPERATOR, Role.INSPECTOR)
@blueprint.arguments(AfterQuery, location="query")
@blueprint.response(200, ProjectionsSchema)
def get_projections(query: dict[str, Any]) -> Response:
    """Generation, positions, lag behind each log, and the subjects that are parked with the reason."""
    view = applied(query)
    id_, version = named(view.rules)
    building = container().store.building()
    return json_response(
        {
            "generation": view.generation,
            "rules": {"id": id_, "version": version},
            "building": None if building is None else building._asdict(),
            "partitions": [
                {
                    "partition": partition.number,
                    "flush": partition.applied_flush,
                    "sequences": partition.sequences,
                    "complete": partition.complete,
                    "updated_at": partition.updated_at,
                }
                for partition in view.partitions
            ],
            "logs": [
                {
                    "source": lag.source,
                    "applied": lag.applied,
                    "head": lag.head,
                    "lag_events": lag.events,
                    "lag_seconds": lag.seconds,
                    "problem": lag.problem,
                }
                for lag in container().logs.lag(view.position)
            ],
            "past": [_past(one) for one in container().past.generations()],
            "parked": [parked._asdict() for parked in container().store.parked(view.generation)],
        }
    )


def _past(one: Snapshot) -> dict[str, Any]:
    told = one._asdict()
    attempt = told.pop("attempt")
    step = None if one.step is None else " ".join(map(str, one.step))
    return {**told, "step": step, "generation": one.generation if attempt else None}


@blueprint.route("/parked/<subject>/redrive", methods=["POST"])
@allow(Role.OPERATOR)
@blueprint.response(202, RedriveSchema)
def redrive(subject: str) -> Response:
    """Ask for the events of a parked subject to be applied again, in order."""
    at = datetime.now(UTC)
    if not container().store.request_redrive(container().live.view().generation, subject, at):
        raise NotFound(f"{subject} is not parked. /api/v1/projections lists the subjects that are.")
    return json_response({"subject": subject, "redrive_requested": at}, 202)
