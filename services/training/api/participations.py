"""What became of a participation: test, certificate, revocation."""

from __future__ import annotations

from typing import Any

from flask import Response

from services.eventkit.bulk import forget
from services.eventkit.http import (
    Blueprint,
    ReceiptSchema,
    allow,
    command_context,
    expected_version,
    fields,
    json_response,
    principal,
    receipt_response,
    record_response,
)
from services.eventkit.identity import Role
from services.training.api.access import (
    PARTICIPATIONS,
    container,
    ensure_own_district,
    load_course,
    load_participation,
    members_asked,
    own_subjects,
)
from services.training.api.schemas import (
    ErasureQuery,
    OccurredSchema,
    ParticipationListSchema,
    ParticipationQuery,
    ParticipationSchema,
    ReasonSchema,
    RecordTestSchema,
)
from services.training.api.shown import participation_shown
from services.training.domain.participations import (
    PARTICIPATION,
    Command,
    EraseAttendee,
    IssueCertificate,
    Participation,
    RecordTest,
    RevokeCertificate,
    check_named,
    existing,
)
from services.training.views.participations import list_participations

blueprint = Blueprint(
    "participations",
    __name__,
    url_prefix=PARTICIPATIONS,
    description="Who attended, what the test said, and the certificate",
)


@blueprint.route("", methods=["GET"])
@allow()
@blueprint.arguments(ParticipationQuery, location="query")
@blueprint.response(200, ParticipationListSchema)
def get_participations(query: dict[str, Any]) -> Response:
    """List participations, those of the caller's districts only where the caller is limited.

    Those of a facility include those of its merged duplicates.
    """
    container().updater.refresh()
    return json_response(list_participations(query, own_subjects(), members_asked(query)))


@blueprint.route("/<participation_id>", methods=["GET"])
@allow()
@blueprint.response(200, ParticipationSchema)
def get_participation(participation_id: str) -> Response:
    """One participation, straight from the log. The attendee's name is for trainers, and in no cache."""
    part, version = load_participation(participation_id)
    may_see = part.attendee is not None and principal().has_any(frozenset({Role.TRAINER}))
    attendee = container().vault.open(part.attendee) if may_see and part.attendee else None
    shown = participation_shown(part, version, attendee)
    if attendee is None:
        return record_response(shown, version)
    return json_response(shown, headers={"ETag": f'"{version}"', "Cache-Control": "no-store"})


@blueprint.route("/<participation_id>/test", methods=["POST"])
@allow(Role.TRAINER)
@blueprint.arguments(RecordTestSchema)
@blueprint.response(201, ReceiptSchema)
def record_test(body: dict[str, Any], participation_id: str) -> Response:
    """Record the test, once; with `correction`, put a wrong score right. Passed is score >= pass mark."""
    part, _ = load_participation(participation_id)
    course, _ = load_course(part.course_id)
    return _write(participation_id, RecordTest(pass_mark=course.pass_mark, **body))


@blueprint.route("/<participation_id>/certificate", methods=["POST"])
@allow(Role.TRAINER)
@blueprint.arguments(OccurredSchema)
@blueprint.response(201, ReceiptSchema)
def issue_certificate(body: dict[str, Any], participation_id: str) -> Response:
    """Issue the certificate of an officer who passed the test; it counts as long as its course says."""
    part, _ = load_participation(participation_id)
    course, _ = load_course(part.course_id)
    return _write(participation_id, IssueCertificate(validity_months=course.validity_months, **body))


@blueprint.route("/<participation_id>/revocation", methods=["POST"])
@allow(Role.TRAINER)
@blueprint.arguments(ReasonSchema)
@blueprint.response(201, ReceiptSchema)
def revoke_certificate(body: dict[str, Any], participation_id: str) -> Response:
    """Revoke a certificate, for a reason, from a day on."""
    return _write(participation_id, RevokeCertificate(**body))


@blueprint.route("/<participation_id>/attendee", methods=["DELETE"])
@allow(Role.ADMIN)
@blueprint.arguments(ErasureQuery, location="query")
@blueprint.response(200, ReceiptSchema)
def erase_attendee(query: dict[str, Any], participation_id: str) -> Response:
    """Erase who came for the facility, for ever and in every copy; that somebody came stays.

    Uploaded files that name them are dropped; refused while one of these is being worked on.
    """
    command = EraseAttendee(reason=query["reason"], occurred_on=fields.today())

    def guard(state: Participation | None) -> None:
        part = existing(state)
        ensure_own_district(state)
        check_named(part)
        # First of all the files: without the key nobody knows any more whom to look for.
        named = None if part.attendee is None else container().vault.open(part.attendee)
        if named is not None:
            forget(container().imports, named["name"])
        # Then the key: cut off in between nobody can be read, and the request sent again records it.
        container().vault.erase(f"attendee:{participation_id}")

    receipt = container().bus.execute(
        PARTICIPATION,
        participation_id,
        command,
        command_context(),
        expected_version=expected_version(),
        guard=guard,
    )
    return receipt_response(receipt, 200, location=f"{PARTICIPATIONS}/{participation_id}")


def _write(id_: str, command: Command) -> Response:
    receipt = container().bus.execute(
        PARTICIPATION,
        id_,
        command,
        command_context(),
        expected_version=expected_version(),
        guard=ensure_own_district,
    )
    return receipt_response(receipt, location=f"{PARTICIPATIONS}/{id_}")
