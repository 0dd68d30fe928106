"""Every target counts facilities: what is refused here would be one too many or misplaced."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from services.eventkit.errors import InvalidInput, NotFound, Refused
from services.registry.domain.events import FacilityKind, Industry, Product
from services.registry.domain.facility import (
    FACILITY,
    SECTIONS,
    Close,
    Correct,
    Move,
    Reopen,
    Status,
    Suspend,
    section_of,
)
from tests.unit.given import given
from tests.unit.registry.facts import (
    REGISTERED_ON,
    closed,
    corrected,
    moved,
    register,
    registered,
    reopened,
    suspended,
)

Y16, Y17, Y18, Y19 = (date(year, 1, 1) for year in (2016, 2017, 2018, 2019))
BEFORE = REGISTERED_ON - timedelta(days=1)


def correct(day: date = Y17, **changes: Any) -> Correct:
    return Correct(changes=changes, reason="seen on site", occurred_on=day)


def suspend(day: date) -> Suspend:
    return Suspend(reason="no orders", occurred_on=day)


def close(day: date) -> Close:
    return Close(reason="bankrupt", occurred_on=day)


def reopen(day: date) -> Reopen:
    return Reopen(reason="new owner", occurred_on=day)


def test_a_facility_is_registered_once_and_takes_its_code() -> None:
    after = given(FACILITY).when(register()).then([registered], claims=["facility-code:NB-001"])
    assert after.state.details.name == "Gạch Đông Sơn"
    assert after.state.status.latest is Status.OPERATING
    assert after.state.unit.latest == "nho-quan"
    after.when(register(code="NB-002")).refused("registered already", Refused)


@pytest.mark.parametrize("version", [2006, 2026, 0])
def test_only_versions_of_vsic_that_exist_are_taken(version: int) -> None:
    command = register(industry=Industry(version=version, code="2392"))
    error = given(FACILITY).when(command).refused("2007, 2018 or 2025", InvalidInput)
    assert [wrong["field"] for wrong in error.errors] == ["/industry/version"]


@pytest.mark.parametrize("code", ["2", "239201", "04", "00", "34", "2A", "", "-1", "23\n", "٢٣", " 23"])
def test_only_codes_of_vsic_are_taken(code: str) -> None:
    command = register(industry=Industry(version=2018, code=code))
    error = given(FACILITY).when(command).refused("division of VSIC", InvalidInput)
    assert [wrong["field"] for wrong in error.errors] == ["/industry/code"]


@pytest.mark.parametrize(
    ("code", "letter"),
    [
        ("01", "A"),
        ("03222", "A"),
        ("05", "B"),
        ("10", "C"),
        ("2392", "C"),
        ("33", "C"),
        ("35", "D"),
        ("39", "E"),
        ("68", "L"),
        ("99", "U"),
    ],
)
def test_the_section_follows_from_the_division(code: str, letter: str) -> None:
    assert section_of(Industry(version=2018, code=code)) == letter


def test_the_sections_do_not_overlap() -> None:
    divisions = [division for _, first, last in SECTIONS for division in range(first, last + 1)]
    assert len(divisions) == len(set(divisions)) == 88


def test_a_correction_holds_from_its_day() -> None:
    change = {"name": "Gạch Đồng Sơn", "employees": 90}
    after = given(FACILITY, [registered]).when(correct(**change)).then([corrected(Y17, **change)], claims=[])
    facility = after.state
    assert facility.details_on(Y17 - timedelta(days=1)).name == "Gạch Đông Sơn"
    assert facility.details_on(Y17).name == "Gạch Đồng Sơn"
    assert (facility.details.employees, facility.details.code) == (90, "NB-001")


def test_a_correction_records_only_what_differs_on_its_day() -> None:
    known = [registered, corrected(Y18, employees=50)]
    given(FACILITY, known).when(correct(employees=120, name="Mới")).then([corrected(Y17, name="Mới")])
    given(FACILITY, known).when(correct(employees=120)).unchanged()
    given(FACILITY, known).when(correct(Y18, employees=50)).unchanged()
    given(FACILITY, known).when(correct(Y18, employees=120)).then([corrected(Y18, employees=120)])
    given(FACILITY, known).when(correct()).unchanged()


def test_a_late_correction_does_not_undo_a_later_one() -> None:
    facility = given(FACILITY, [registered, corrected(Y18, employees=50), corrected(Y17, employees=80)]).state
    assert [facility.details_on(day).employees for day in (Y16, Y17, Y18)] == [120, 80, 50]


def test_of_two_corrections_for_one_day_the_last_recorded_holds() -> None:
    facility = given(FACILITY, [registered, corrected(Y17, employees=50), corrected(Y17, employees=80)]).state
    assert facility.details.employees == 80


@pytest.mark.parametrize(
    "change",
    [
        {"employees": 0},
        {"products": ()},
        {"latitude": 0.0},
        {"longitude": 0.0},
        {"tax_code": "2700999999"},
        {"kind": FacilityKind.HOUSEHOLD},
        {"products": (Product(name="Ngói", unit="m2"),)},
        {"industry": Industry(version=2018, code="2393")},
    ],
)
def test_each_attribute_can_be_corrected_also_to_nothing(change: dict[str, Any]) -> None:
    after = given(FACILITY, [registered]).when(correct(**change)).then([corrected(Y17, **change)])
    ((name, value),) = change.items()
    assert getattr(after.state.details, name) == value


def test_a_corrected_industry_is_checked_too() -> None:
    wrong = correct(industry=Industry(version=2018, code="34"))
    error = given(FACILITY, [registered]).when(wrong).refused("division of VSIC", InvalidInput)
    assert [each["field"] for each in error.errors] == ["/changes/industry/code"]


def test_a_new_code_is_claimed_and_the_old_ones_stay_its_own() -> None:
    recoded = given(FACILITY, [registered]).when(correct(code="NB-100"))
    after = recoded.then([corrected(Y17, code="NB-100")], claims=["facility-code:NB-100"])
    after.when(correct(Y18, code="NB-001")).then([corrected(Y18, code="NB-001")], claims=[])
    after.when(correct(Y18, code="NB-100")).unchanged()


def test_a_move_takes_the_facility_along_from_its_day() -> None:
    move = Move(unit_id="tam-diep", occurred_on=Y17)
    after = given(FACILITY, [registered]).when(move).then([moved("tam-diep", Y17)], claims=[])
    assert after.state.unit.on(Y16) == "nho-quan"
    assert after.state.unit.latest == "tam-diep"
    after.when(move).unchanged()
    after.when(Move(unit_id="nho-quan", occurred_on=Y16)).unchanged()


def test_a_late_move_leaves_the_present_place_alone() -> None:
    known = [registered, moved("tam-diep", Y18)]
    late = (
        given(FACILITY, known).when(Move(unit_id="gia-vien", occurred_on=Y17)).then([moved("gia-vien", Y17)])
    )
    assert late.state.unit.latest == "tam-diep"
    assert late.state.unit.on(Y17) == "gia-vien"


def test_a_closed_facility_does_not_move_but_a_move_before_the_closing_may_come_late() -> None:
    known = [registered, closed(Y18)]
    given(FACILITY, known).when(Move(unit_id="tam-diep", occurred_on=Y18)).refused("was closed", Refused)
    given(FACILITY, known).when(Move(unit_id="tam-diep", occurred_on=Y17)).then([moved("tam-diep", Y17)])
    given(FACILITY, [registered, suspended(Y17)]).when(Move(unit_id="tam-diep", occurred_on=Y17)).then(
        [moved("tam-diep", Y17)]
    )


def test_suspended_reopened_closed_and_reopened_again() -> None:
    (
        given(FACILITY, [registered])
        .when(suspend(Y16))
        .then([suspended(Y16)])
        .when(reopen(Y17))
        .then([reopened(Y17)])
        .when(close(Y18))
        .then([closed(Y18)])
        .when(reopen(Y19))
        .then([reopened(Y19)])
    )


@pytest.mark.parametrize(
    ("before", "command", "why"),
    [
        ([], reopen(Y17), "already operating"),
        ([suspended(Y16)], suspend(Y17), "already suspended"),
        ([closed(Y16)], suspend(Y17), "already closed"),
        ([closed(Y16)], close(Y17), "already closed"),
        ([closed(Y16), reopened(Y17)], reopen(Y17), "already operating"),
    ],
)
def test_a_status_that_holds_already_is_refused(before: list[Any], command: Any, why: str) -> None:
    given(FACILITY, [registered, *before]).when(command).refused(why, Refused)


def test_a_suspended_facility_can_close() -> None:
    given(FACILITY, [registered, suspended(Y16)]).when(close(Y17)).then([closed(Y17)])


def test_a_late_status_is_judged_on_its_own_day() -> None:
    known = [registered, closed(Y18)]
    after = given(FACILITY, known).when(suspend(Y16)).then([suspended(Y16)])
    assert [after.state.status.on(day) for day in (Y16, Y18)] == [Status.SUSPENDED, Status.CLOSED]
    after.when(suspend(Y17)).refused("already suspended on 2017-01-01", Refused)
    after.when(close(Y19)).refused("already closed", Refused)


@pytest.mark.parametrize(
    "command",
    [
        correct(BEFORE, employees=1),
        Move(unit_id="tam-diep", occurred_on=BEFORE),
        suspend(BEFORE),
        close(BEFORE),
        reopen(BEFORE),
    ],
)
def test_nothing_happens_to_a_facility_before_its_registration_or_without_it(command: Any) -> None:
    error = given(FACILITY, [registered]).when(command).refused("before 2015-03-01", InvalidInput)
    assert [wrong["field"] for wrong in error.errors] == ["/occurred_on"]
    given(FACILITY).when(command).refused("no such facility", NotFound)
