"""Health of the process and its metrics; open to everybody, saying little."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog
from flask import Blueprint, Response

from services.eventkit import telemetry
from services.eventkit.http.access import public
from services.eventkit.http.problems import problem
from services.eventkit.http.responses import json_response

log = structlog.get_logger(__name__)

#: A check passes unless it raises or answers False. It must answer within about a second.
Check = Callable[[], object]

ROUTES = frozenset({"/healthz", "/readyz", "/metrics"})


def health_blueprint(name: str, readiness: Mapping[str, Check]) -> Blueprint:
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    @public
    def healthz() -> Response:
        return json_response({"status": "ok", "service": name})

    @blueprint.get("/readyz")
    @public
    def readyz() -> Response:
        failing = [check for check, passes in readiness.items() if not _passes(check, passes)]
        if failing:
            detail = f"Not ready: {', '.join(failing)}."
            return problem(
                503, "not-ready", "Not ready", detail, headers={"Retry-After": "2"}, failing=failing
            )
        return json_response({"status": "ready", "service": name, "checks": sorted(readiness)})

    @blueprint.get("/metrics")
    @public
    def metrics() -> Response:
        body, content_type = telemetry.exposition()
        return Response(body, content_type=content_type)

    return blueprint


def _passes(name: str, check: Check) -> bool:
    try:
        return check() is not False
    except Exception as error:  # noqa: BLE001 - whatever goes wrong, the answer is "not ready"
        log.warning("not_ready", check=name, error=type(error).__name__)
        return False
