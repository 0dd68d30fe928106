"""One way to write to an assessment and one to read it, with the limit to districts in both.

The district of an assessment is the one its facility stands in now, as the registry says.
"""

from __future__ import annotations

from typing import Any, cast
from uuid import NAMESPACE_URL, uuid5

from flask import Response

from services.audits.container import Container
from services.audits.domain.assessment import Command, assessment
from services.audits.domain.state import Assessment
from services.eventkit.commands import CommandContext, Loaded
from services.eventkit.errors import NotFound
from services.eventkit.http import (
    command_context,
    ensure_district,
    expected_version,
    principal,
    receipt_response,
    service,
)

PATH = "/api/v1/assessments"


def container() -> Container:
    return cast(Container, service())


def write(
    id_: str,
    command: Command,
    *,
    context: CommandContext | None = None,
    status: int = 201,
    location: str | None = None,
) -> Response:
    receipt = container().bus.execute(
        assessment,
        id_,
        command,
        context or command_context(),
        expected_version=expected_version(),
        guard=ensure_own_district,
    )
    return receipt_response(receipt, status=status, location=location)


def read(id_: str) -> Loaded:
    """Raises `NotFound`, or `Forbidden` for another district's facility."""
    loaded = container().bus.load(assessment, id_)
    if loaded.version == 0:
        raise NotFound("There is no assessment with this id. Look it up in /api/v1/assessments.")
    ensure_own_district(loaded.state)
    return loaded


def limits(query: dict[str, Any]) -> tuple[list[str] | None, list[str] | None]:
    """Brings the query models up to date. (the subjects a list is limited to, the facilities asked for), each
    None for all: one facility is asked for with its merged duplicates."""
    kit, districts, asked = container(), principal().districts, query.get("facility_id")
    kit.updater.refresh()
    within = None if districts is None else kit.directory.subjects_in(districts)
    return within, None if asked is None else list(kit.directory.members(asked))


def ensure_own_district(state: Assessment) -> None:
    """Does not need the registry for callers who are not limited to districts."""
    if state.status != "none" and principal().districts is not None:
        ensure_district(container().directory.district_of(state.facility_id))


def part_id(context: CommandContext, part: str = "") -> str:
    """The id of an option or follow-up: the same each time the same request is repeated. `part` tells several
    of one request apart."""
    return str(uuid5(NAMESPACE_URL, f"sxsh:audits:{context.command_id}{part}"))
