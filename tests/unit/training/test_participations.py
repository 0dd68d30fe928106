"""Who counts as trained. A wrong rule here would make K1 (passed tests) or K3 (valid certificates) untrue."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest

from services.eventkit.errors import InvalidInput, NotFound, Refused
from services.eventkit.sealed import Sealed
from services.training.domain.events import AttendeeErased, Audience, CertificateIssued, CertificateRevoked
from services.training.domain.participations import (
    PARTICIPATION,
    Attend,
    EraseAttendee,
    IssueCertificate,
    RecordTest,
    RevokeCertificate,
)
from tests.unit.given import given
from tests.unit.training.facts import (
    HELD,
    LATER,
    certificate_issued,
    facility_attended,
    officer_attended,
    result_of,
)

BEFORE = date(2018, 4, 11)
NAME = Sealed(person="attendee:p1", box="b3BhcXVl")


def attend(**fields: Any) -> Attend:
    known = {
        "officer_id": "o1",
        "audience": Audience.OFFICERS,
        "today": LATER,
        "unit_id": "kim-son",
        **fields,
    }
    return Attend(participation_id="p1", course_id="c1", session_id="s1", session_on=HELD, **known)


def attend_facility(**fields: Any) -> Attend:
    return attend(**{"officer_id": None, "facility_id": "f1", "audience": Audience.FACILITIES, **fields})


def score(points: int, on: date = HELD, **fields: Any) -> RecordTest:
    return RecordTest(score=points, pass_mark=60, occurred_on=on, **fields)


def issue(on: date = LATER, months: int | None = None) -> IssueCertificate:
    return IssueCertificate(occurred_on=on, validity_months=months)


def revoke(on: date = LATER) -> RevokeCertificate:
    return RevokeCertificate(reason="gian lận khi thi", occurred_on=on)


passed = result_of(60, True)
failed = result_of(59, False)
revoked = CertificateRevoked(
    participation_id="p1", officer_id="o1", reason="gian lận khi thi", occurred_on=LATER
)


class TestAttending:
    def test_an_officer_attends_on_the_day_of_the_session_and_once(self) -> None:
        given(PARTICIPATION).when(attend()).then([officer_attended], claims=["attendance:s1:officer:o1"])
        assert officer_attended.subject == "officer:o1"

    def test_a_facility_may_send_several_people_and_name_them(self) -> None:
        named = msgspec.structs.replace(facility_attended, attendee=NAME)
        given(PARTICIPATION).when(attend_facility(attendee=NAME)).then([named], claims=[])
        assert named.subject == "facility:f1"

    @pytest.mark.parametrize("who", [{"facility_id": "f1"}, {"officer_id": None}])
    def test_it_is_a_facility_or_an_officer(self, who: dict[str, Any]) -> None:
        given(PARTICIPATION).when(attend(**who)).refused("either facility_id or officer_id", InvalidInput)

    def test_nobody_attends_before_the_day_of_the_session(self) -> None:
        given(PARTICIPATION).when(attend(today=BEFORE)).refused("planned for 2018-04-12", Refused)
        given(PARTICIPATION).when(attend(today=HELD)).then([officer_attended])

    def test_nobody_attends_what_was_cancelled(self) -> None:
        given(PARTICIPATION).when(attend(cancelled_on=BEFORE)).refused("was cancelled on 2018-04-11", Refused)

    def test_a_course_for_officers_is_for_officers(self) -> None:
        wrong = attend_facility(audience=Audience.OFFICERS)
        given(PARTICIPATION).when(wrong).refused("/facility_id: this course is for officers", InvalidInput)

    def test_a_course_for_facilities_is_for_facilities(self) -> None:
        wrong = attend(audience=Audience.FACILITIES)
        given(PARTICIPATION).when(wrong).refused("/officer_id: this course is for facilities", InvalidInput)

    def test_an_officers_name_is_kept_by_the_registry_alone(self) -> None:
        given(PARTICIPATION).when(attend(attendee=NAME)).refused("/attendee", InvalidInput)

    def test_another_day_than_the_sessions_is_an_error(self) -> None:
        given(PARTICIPATION).when(attend(occurred_on=LATER)).refused("the day of the session", InvalidInput)
        given(PARTICIPATION).when(attend(occurred_on=HELD)).then([officer_attended])

    def test_a_participation_is_recorded_once(self) -> None:
        given(PARTICIPATION, [officer_attended]).when(attend()).refused("already recorded", Refused)


class TestTest:
    def test_the_pass_mark_itself_passes_and_one_point_less_does_not(self) -> None:
        given(PARTICIPATION, [officer_attended]).when(score(60)).then([passed])
        given(PARTICIPATION, [officer_attended]).when(score(59)).then([failed])

    def test_a_facilitys_test_concerns_the_facility(self) -> None:
        of_facility = result_of(80, True, officer=False)
        given(PARTICIPATION, [facility_attended]).when(score(80)).then([of_facility])
        assert of_facility.subject == "facility:f1"

    def test_no_test_without_attendance_nor_before_it(self) -> None:
        given(PARTICIPATION).when(score(60)).refused("no such participation", NotFound)
        given(PARTICIPATION, [officer_attended]).when(score(60, BEFORE)).refused("/occurred_on", InvalidInput)

    @pytest.mark.parametrize("points", [-1, 101])
    def test_a_score_is_from_0_to_100(self, points: int) -> None:
        given(PARTICIPATION, [officer_attended]).when(score(points)).refused("/score", InvalidInput)

    def test_a_failed_test_is_not_overwritten_by_a_second_try(self) -> None:
        given(PARTICIPATION, [officer_attended, failed]).when(score(90)).refused("already recorded", Refused)

    def test_a_mistyped_score_is_put_right_from_the_day_of_the_test(self) -> None:
        sat = given(PARTICIPATION, [officer_attended, failed])
        sat.when(score(95, correction=True)).then([result_of(95, True)]).when(issue()).then(
            [certificate_issued]
        )
        sat.when(score(95, LATER, correction=True)).refused("the day of the test", InvalidInput)
        sat.when(score(59, correction=True)).unchanged()

    def test_there_is_nothing_to_correct_before_a_test(self) -> None:
        sat = given(PARTICIPATION, [officer_attended])
        sat.when(score(60, correction=True)).refused("nothing to correct", Refused)

    def test_a_certificate_never_stands_on_a_failed_test(self) -> None:
        certified = given(PARTICIPATION, [officer_attended, passed, certificate_issued])
        certified.when(score(10, correction=True)).refused("Revoke it first", Refused)
        certified.when(score(61, correction=True)).then([result_of(61, True)])
        after = certified.when(revoke()).then([revoked])
        after.when(score(10, correction=True)).then([result_of(10, False)])


class TestErasure:
    """Who came is forgotten; that somebody came is not."""

    erase = EraseAttendee(reason="đơn số 12", occurred_on=LATER)
    erased = AttendeeErased(
        participation_id="p1", course_id="c1", facility_id="f1", reason="đơn số 12", occurred_on=LATER
    )

    def test_it_is_erased_once(self) -> None:
        named = msgspec.structs.replace(facility_attended, attendee=NAME)
        after = given(PARTICIPATION, [named]).when(self.erase).then([self.erased])
        assert (after.state.attendee, after.state.attendee_erased_on) == (None, LATER)
        after.when(self.erase).unchanged()
        after.when(score(80)).then([result_of(80, True, officer=False)])

    def test_where_nobody_is_named_there_is_nobody_to_erase(self) -> None:
        for attended in (facility_attended, officer_attended):
            given(PARTICIPATION, [attended]).when(self.erase).refused("no attendee is named", Refused)
        given(PARTICIPATION).when(self.erase).refused("no such participation", NotFound)


class TestCertificate:
    def test_an_officer_who_passed_is_certified_from_the_day_given(self) -> None:
        given(PARTICIPATION, [officer_attended, passed]).when(issue(HELD)).then(
            [CertificateIssued(participation_id="p1", officer_id="o1", occurred_on=HELD)]
        )

    @pytest.mark.parametrize(
        ("issued_on", "months", "written", "last_day"),
        [
            (date(2018, 4, 20), None, None, date(2021, 4, 20)),
            (date(2018, 4, 20), 12, date(2019, 4, 20), date(2019, 4, 20)),
            (date(2018, 8, 31), 6, date(2019, 2, 28), date(2019, 2, 28)),
            (date(2018, 8, 31), 18, date(2020, 2, 29), date(2020, 2, 29)),
            (date(2020, 2, 29), None, None, date(2023, 2, 28)),
        ],
    )
    def test_it_counts_as_long_as_its_course_says_and_never_longer_than_the_rule(
        self, issued_on: date, months: int | None, written: date | None, last_day: date
    ) -> None:
        certified = (
            given(PARTICIPATION, [officer_attended, passed])
            .when(issue(issued_on, months))
            .then(
                [
                    CertificateIssued(
                        participation_id="p1", officer_id="o1", valid_until=written, occurred_on=issued_on
                    )
                ]
            )
        )
        assert certified.state.certificate.valid_until == last_day

    def test_one_written_for_longer_than_the_rule_counts_as_long_as_the_rule(self) -> None:
        written = msgspec.structs.replace(certificate_issued, valid_until=date(2030, 1, 1))
        certified = given(PARTICIPATION, [officer_attended, passed, written])
        assert certified.state.certificate.valid_until == date(2021, 4, 20)

    @pytest.mark.parametrize("facts", [[], [failed]])
    def test_no_certificate_without_a_passed_test(self, facts: list[Any]) -> None:
        sat = given(PARTICIPATION, [officer_attended, *facts])
        sat.when(issue()).refused("needs a passed test", Refused)

    def test_no_certificate_before_the_test(self) -> None:
        sat = given(PARTICIPATION, [officer_attended, result_of(60, True, LATER)])
        sat.when(issue(HELD)).refused("/occurred_on", InvalidInput)

    def test_facilities_get_no_certificate(self) -> None:
        sat = given(PARTICIPATION, [facility_attended, result_of(80, True, officer=False)])
        sat.when(issue()).refused("for officers", Refused)

    def test_a_certificate_is_issued_once_even_when_it_was_revoked(self) -> None:
        certified = given(PARTICIPATION, [officer_attended, passed, certificate_issued])
        certified.when(issue()).refused("already issued", Refused)
        certified.when(revoke()).then([revoked]).when(issue()).refused("issued and revoked", Refused)

    def test_it_is_revoked_once_from_a_day_on_which_it_stood(self) -> None:
        certified = given(PARTICIPATION, [officer_attended, passed, certificate_issued])
        certified.when(revoke(HELD)).refused("the day of the certificate", InvalidInput)
        certified.when(revoke()).then([revoked]).when(revoke()).refused("already revoked", Refused)

    def test_there_is_nothing_to_revoke_before_it(self) -> None:
        sat = given(PARTICIPATION, [officer_attended, passed])
        sat.when(revoke()).refused("none to revoke", Refused)
