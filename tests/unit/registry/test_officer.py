"""Staffing counts districts with an appointed officer: no appointment may be doubled or lost."""

from __future__ import annotations

from datetime import date

import pytest

from services.eventkit.errors import InvalidInput, NotFound, Refused
from services.registry.domain.events import OfficerAppointed, OfficerPersonErased
from services.registry.domain.officer import OFFICER, Appoint, ErasePerson, RegisterOfficer, Relieve
from tests.unit.given import given
from tests.unit.registry.facts import PERSON, appointed, officer_registered, relieved

Y15, Y16, Y17, Y18, Y19 = (date(year, 1, 1) for year in range(2015, 2020))
register = RegisterOfficer(officer_id="o1", person=PERSON, occurred_on=Y16)


def appoint(unit_id: str, day: date, *, dedicated: bool = True) -> Appoint:
    return Appoint(unit_id=unit_id, dedicated=dedicated, occurred_on=day)


def relieve(unit_id: str, day: date) -> Relieve:
    return Relieve(unit_id=unit_id, reason="retired", occurred_on=day)


def test_an_officer_is_registered_once_and_holds_no_unit_yet() -> None:
    after = given(OFFICER).when(register).then([officer_registered], claims=[])
    assert after.state.unit_ids == []
    assert after.state.person == PERSON
    after.when(register).refused("registered already", Refused)


def test_appointed_relieved_and_appointed_again() -> None:
    after = (
        given(OFFICER, [officer_registered])
        .when(appoint("nho-quan", Y16))
        .then([appointed("nho-quan", Y16)])
        .when(relieve("nho-quan", Y17))
        .then([relieved("nho-quan", Y17)])
        .when(appoint("nho-quan", Y17, dedicated=False))
        .then([appointed("nho-quan", Y17, dedicated=False)])
    )
    assert [(a.since, a.until, a.dedicated) for a in after.state.appointments] == [
        (Y16, Y17, True),
        (Y17, None, False),
    ]


def test_an_officer_may_serve_several_units_at_once() -> None:
    known = [officer_registered, appointed("nho-quan", Y16), appointed("gia-vien", Y17)]
    assert given(OFFICER, known).state.unit_ids == ["gia-vien", "nho-quan"]
    after = given(OFFICER, known).when(relieve("nho-quan", Y18)).then([relieved("nho-quan", Y18)])
    assert after.state.unit_ids == ["gia-vien"]


@pytest.mark.parametrize(
    ("held", "day"),
    [
        ([appointed("nho-quan", Y17)], Y18),
        ([appointed("nho-quan", Y17)], Y16),
        ([appointed("nho-quan", Y17), relieved("nho-quan", Y19)], Y18),
    ],
)
def test_one_unit_is_not_held_twice_at_a_time(held: list[OfficerAppointed], day: date) -> None:
    known = [officer_registered, *held]
    given(OFFICER, known).when(appoint("nho-quan", day)).refused("already appointed to nho-quan", Refused)


def test_only_what_is_held_ends_and_not_before_it_began() -> None:
    known = [officer_registered, appointed("nho-quan", Y17)]
    given(OFFICER, known).when(relieve("gia-vien", Y18)).refused("not appointed to gia-vien", Refused)
    error = given(OFFICER, known).when(relieve("nho-quan", Y16)).refused("before 2017-01-01", InvalidInput)
    assert [wrong["field"] for wrong in error.errors] == ["/occurred_on"]
    ended = given(OFFICER, [*known, relieved("nho-quan", Y18)])
    ended.when(relieve("nho-quan", Y19)).refused("not appointed", Refused)


@pytest.mark.parametrize("command", [appoint("nho-quan", Y15), relieve("nho-quan", Y15)])
def test_nothing_happens_to_an_officer_before_the_registration_or_without_it(
    command: Appoint | Relieve,
) -> None:
    error = given(OFFICER, [officer_registered]).when(command).refused("before 2016-01-01", InvalidInput)
    assert [wrong["field"] for wrong in error.errors] == ["/occurred_on"]
    given(OFFICER).when(command).refused("no such officer", NotFound)


def test_a_person_is_erased_once_and_the_appointments_stay() -> None:
    erase = ErasePerson(reason="đơn số 12", occurred_on=Y18)
    erased = OfficerPersonErased(officer_id="o1", reason="đơn số 12", occurred_on=Y18)
    held = given(OFFICER, [officer_registered, appointed("nho-quan", Y16)])
    after = held.when(erase).then([erased])
    assert (after.state.erased_on, after.state.unit_ids) == (Y18, ["nho-quan"])
    after.when(erase).unchanged()
    after.when(appoint("tam-diep", Y19)).then([appointed("tam-diep", Y19)])
    given(OFFICER).when(erase).refused("no such officer", NotFound)
