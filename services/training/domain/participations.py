"""One facility's or officer's part in one session: attended, tested, certified.

Stream ``participation:<id>``. A test is recorded once; a correction is a second event of the same day, as a
right score holds from the day of the test. A certificate is for officers, after a passed test, once; a
revoked one does not come back. It counts until the last day its course gives it, at most 36 months.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from services.eventkit.decider import Decider
from services.eventkit.errors import InvalidInput, NotFound, Refused
from services.eventkit.events import Event
from services.eventkit.sealed import Sealed
from services.training.domain.events import (
    Attended,
    AttendeeErased,
    Audience,
    CertificateIssued,
    CertificateRevoked,
    Tested,
)
from services.training.domain.validity import add_months, last_day


class Result(msgspec.Struct, frozen=True, kw_only=True):
    on: date
    score: int
    passed: bool


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """`valid_until` is the last day on which it counts, unless it was revoked on that day or before."""

    issued_on: date
    valid_until: date
    revoked_on: date | None = None
    revocation_reason: str | None = None


class Participation(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    course_id: str
    session_id: str
    attended_on: date
    facility_id: str | None
    officer_id: str | None
    unit_id: str | None = None
    attendee: Sealed | None = None
    attendee_erased_on: date | None = None
    test: Result | None = None
    certificate: Certificate | None = None

    @property
    def subject(self) -> str:
        return (
            f"facility:{self.facility_id}" if self.facility_id is not None else f"officer:{self.officer_id}"
        )


class Attend(msgspec.Struct, frozen=True, kw_only=True):
    """`audience` is the course's; `session_on`, `unit_id` and `cancelled_on` are the session's.

    `today` is the day on which it is recorded. `occurred_on` can be left out: it is the day of the session.
    """

    participation_id: str
    course_id: str
    session_id: str
    audience: Audience
    session_on: date
    unit_id: str
    today: date
    cancelled_on: date | None = None
    facility_id: str | None = None
    officer_id: str | None = None
    attendee: Sealed | None = None
    occurred_on: date | None = None


class RecordTest(msgspec.Struct, frozen=True, kw_only=True):
    """`pass_mark` is the course's. `correction`: replaces the score recorded before."""

    score: int
    pass_mark: int
    occurred_on: date
    correction: bool = False


class IssueCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """`validity_months` is the course's, None when it says nothing."""

    occurred_on: date
    validity_months: int | None = None


class RevokeCertificate(msgspec.Struct, frozen=True, kw_only=True):
    reason: str
    occurred_on: date


class EraseAttendee(msgspec.Struct, frozen=True, kw_only=True):
    """Said after the attendee's key was dropped; said again it changes nothing."""

    reason: str
    occurred_on: date


Command = Attend | RecordTest | IssueCertificate | RevokeCertificate | EraseAttendee


def decide(command: Command, state: Participation | None) -> Sequence[Event]:
    if isinstance(command, Attend):
        return _attend(command, state)
    part = existing(state)
    if isinstance(command, RecordTest):
        return _test(command, part)
    if isinstance(command, IssueCertificate):
        return _issue(command, part)
    if isinstance(command, EraseAttendee):
        return _erase(command, part)
    return _revoke(command, part)


def _attend(command: Attend, state: Participation | None) -> Sequence[Event]:
    if state is not None:
        raise Refused(f"Participation {state.id} is already recorded.")
    if (command.facility_id is None) == (command.officer_id is None):
        raise InvalidInput.at("/facility_id", "give either facility_id or officer_id, not both")
    if command.audience is Audience.FACILITIES and command.facility_id is None:
        raise InvalidInput.at("/officer_id", "this course is for facilities: give facility_id instead")
    if command.audience is Audience.OFFICERS and command.officer_id is None:
        raise InvalidInput.at("/facility_id", "this course is for officers: give officer_id instead")
    if command.attendee is not None and command.facility_id is None:
        raise InvalidInput.at("/attendee", "is for facilities only: an officer's name is in the registry")
    if command.occurred_on not in (None, command.session_on):
        raise InvalidInput.at("/occurred_on", f"must be {command.session_on}, the day of the session")
    if command.cancelled_on is not None:
        raise Refused(
            f"Session {command.session_id} was cancelled on {command.cancelled_on}, so nobody attended it."
        )
    if command.today < command.session_on:
        raise Refused(
            f"Session {command.session_id} is planned for {command.session_on}. "
            "Record who attended from that day on."
        )
    return [
        Attended(
            participation_id=command.participation_id,
            course_id=command.course_id,
            session_id=command.session_id,
            facility_id=command.facility_id,
            officer_id=command.officer_id,
            attendee=command.attendee,
            unit_id=command.unit_id,
            occurred_on=command.session_on,
        )
    ]


def _test(command: RecordTest, part: Participation) -> Sequence[Event]:
    if not 0 <= command.score <= 100:
        raise InvalidInput.at("/score", "must be from 0 to 100 points")
    passed = command.score >= command.pass_mark
    if command.correction:
        _check_correction(command, part, passed)
    elif part.test is not None:
        raise Refused(
            f"A test of {part.test.score} points is already recorded. "
            'To correct it, send the right score with "correction": true.'
        )
    elif command.occurred_on < part.attended_on:
        raise InvalidInput.at(
            "/occurred_on", f"must not be before {part.attended_on}, the day of the session that was attended"
        )
    tested = Result(on=command.occurred_on, score=command.score, passed=passed)
    if tested == part.test:
        return []
    return [
        Tested(
            participation_id=part.id,
            course_id=part.course_id,
            facility_id=part.facility_id,
            officer_id=part.officer_id,
            score=command.score,
            passed=passed,
            occurred_on=command.occurred_on,
        )
    ]


def _check_correction(command: RecordTest, part: Participation, passed: bool) -> None:
    if part.test is None:
        raise Refused("No test is recorded yet, so there is nothing to correct. Leave out correction.")
    if command.occurred_on != part.test.on:
        raise InvalidInput.at(
            "/occurred_on", f"must be {part.test.on}, the day of the test that is corrected"
        )
    certificate = part.certificate
    if not passed and certificate is not None and certificate.revoked_on is None:
        raise Refused("A certificate stands on this test. Revoke it first, then correct the score.")


def _issue(command: IssueCertificate, part: Participation) -> Sequence[Event]:
    if part.officer_id is None:
        raise Refused("Certificates are for officers; this is the participation of a facility.")
    if part.certificate is not None:
        state = "issued" if part.certificate.revoked_on is None else "issued and revoked"
        raise Refused(f"A certificate was already {state}. A new one needs a new participation.")
    if part.test is None or not part.test.passed:
        raise Refused("A certificate needs a passed test. Record the test first.")
    if command.occurred_on < part.test.on:
        raise InvalidInput.at("/occurred_on", f"must not be before {part.test.on}, the day of the test")
    months = command.validity_months
    return [
        CertificateIssued(
            participation_id=part.id,
            officer_id=part.officer_id,
            valid_until=None if months is None else add_months(command.occurred_on, months),
            occurred_on=command.occurred_on,
        )
    ]


def _revoke(command: RevokeCertificate, part: Participation) -> Sequence[Event]:
    if part.certificate is None or part.officer_id is None:
        raise Refused("No certificate was issued, so there is none to revoke.")
    if part.certificate.revoked_on is not None:
        raise Refused(f"The certificate was already revoked on {part.certificate.revoked_on}.")
    if command.occurred_on < part.certificate.issued_on:
        raise InvalidInput.at(
            "/occurred_on", f"must not be before {part.certificate.issued_on}, the day of the certificate"
        )
    return [
        CertificateRevoked(
            participation_id=part.id,
            officer_id=part.officer_id,
            reason=command.reason,
            occurred_on=command.occurred_on,
        )
    ]


def _erase(command: EraseAttendee, part: Participation) -> Sequence[Event]:
    if part.attendee_erased_on is not None:
        return []
    check_named(part)
    return [
        AttendeeErased(
            participation_id=part.id,
            course_id=part.course_id,
            facility_id=part.facility_id,
            officer_id=part.officer_id,
            reason=command.reason,
            occurred_on=command.occurred_on,
        )
    ]


def check_named(part: Participation) -> None:
    """Raises `Refused` when nobody was named, so that there is nobody to erase."""
    if part.attendee is None and part.attendee_erased_on is None:
        raise Refused("No attendee is named here. An officer's name is in the registry: erase it there.")


def existing(state: Participation | None) -> Participation:
    if state is None:
        raise NotFound("There is no such participation. Look for its id in the list of participations.")
    return state


def evolve(state: Participation | None, event: Event) -> Participation | None:
    if isinstance(event, Attended):
        return Participation(
            id=event.participation_id,
            course_id=event.course_id,
            session_id=event.session_id,
            attended_on=event.occurred_on,
            facility_id=event.facility_id,
            officer_id=event.officer_id,
            unit_id=event.unit_id,
            attendee=event.attendee,
        )
    if state is None:
        return None
    if isinstance(event, AttendeeErased):
        return msgspec.structs.replace(state, attendee=None, attendee_erased_on=event.occurred_on)
    if isinstance(event, Tested):
        test = Result(on=event.occurred_on, score=event.score, passed=event.passed)
        return msgspec.structs.replace(state, test=test)
    if isinstance(event, CertificateIssued):
        issued = Certificate(
            issued_on=event.occurred_on, valid_until=last_day(event.occurred_on, event.valid_until)
        )
        return msgspec.structs.replace(state, certificate=issued)
    if isinstance(event, CertificateRevoked) and state.certificate is not None:
        revoked = msgspec.structs.replace(
            state.certificate, revoked_on=event.occurred_on, revocation_reason=event.reason
        )
        return msgspec.structs.replace(state, certificate=revoked)
    return state


def claims(state: Participation | None, events: Sequence[Event]) -> tuple[str, ...]:
    """An officer attends a session once; a facility may send several people."""
    return tuple(
        f"attendance:{event.session_id}:{event.subject}"
        for event in events
        if isinstance(event, Attended) and event.officer_id is not None
    )


PARTICIPATION: Decider[Command, Participation | None] = Decider("participation", None, decide, evolve, claims)
