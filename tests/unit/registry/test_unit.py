"""Districts were merged and their codes given anew; a facility must be counted in the one of its day."""

from __future__ import annotations

from datetime import date, timedelta

from services.eventkit.errors import InvalidInput, NotFound, Refused
from services.registry.domain.events import Level
from services.registry.domain.unit import UNIT, CloseUnit, RegisterUnit, RenameUnit
from tests.unit.given import given
from tests.unit.registry.facts import unit_closed, unit_registered, unit_renamed

MERGED_ON = date(2025, 7, 1)
register = RegisterUnit(
    unit_id="nho-quan",
    code="372",
    name="Huyện Nho Quan",
    level=Level.DISTRICT,
    kind="district",
    parent_id="ninh-binh",
    occurred_on=date(2000, 1, 1),
)
close = CloseUnit(reason="merged", successors=("hoa-lu",), occurred_on=MERGED_ON)


def rename(code: str, name: str, year: int) -> RenameUnit:
    return RenameUnit(code=code, name=name, occurred_on=date(year, 1, 1))


def test_an_id_is_registered_once_but_a_code_may_come_again() -> None:
    after = given(UNIT).when(register).then([unit_registered], claims=[])
    assert (after.state.code, after.state.name) == ("372", "Huyện Nho Quan")
    after.when(register).refused("registered already", Refused)


def test_a_unit_exists_from_its_first_day_until_the_day_it_is_closed() -> None:
    unit = given(UNIT, [unit_registered, unit_closed]).state
    assert [unit.exists_on(date(1999, 12, 31)), unit.exists_on(date(2000, 1, 1))] == [False, True]
    assert [unit.exists_on(MERGED_ON - timedelta(days=1)), unit.exists_on(MERGED_ON)] == [True, False]
    assert unit.successors == ("hoa-lu",)


def test_a_new_name_or_code_is_recorded_once() -> None:
    new = unit_renamed("373", "Thị xã Nho Quan", date(2010, 1, 1))
    after = given(UNIT, [unit_registered]).when(rename("373", "Thị xã Nho Quan", 2010)).then([new])
    assert (after.state.code, after.state.name) == ("373", "Thị xã Nho Quan")
    after.when(rename("373", "Thị xã Nho Quan", 2010)).unchanged()
    after.when(rename("373", "Thị xã Nho Quan", 2012)).unchanged()


def test_a_late_renaming_does_not_undo_a_later_one() -> None:
    later = unit_renamed("374", "Quận Nho Quan", date(2020, 1, 1))
    late = unit_renamed("373", "Thị xã Nho Quan", date(2010, 1, 1))
    after = given(UNIT, [unit_registered, later]).when(rename("373", "Thị xã Nho Quan", 2010)).then([late])
    assert (after.state.code, after.state.name) == ("374", "Quận Nho Quan")


def test_the_present_name_may_have_held_earlier_too() -> None:
    later = unit_renamed("374", "Quận Nho Quan", date(2020, 1, 1))
    earlier = unit_renamed("374", "Quận Nho Quan", date(2015, 1, 1))
    given(UNIT, [unit_registered, later]).when(rename("374", "Quận Nho Quan", 2015)).then([earlier])


def test_a_unit_is_closed_once_and_by_others() -> None:
    after = given(UNIT, [unit_registered]).when(close).then([unit_closed])
    after.when(close).refused("did not exist", Refused)
    earlier = CloseUnit(reason="merged", successors=(), occurred_on=date(2024, 1, 1))
    after.when(earlier).refused("closed already", Refused)
    itself = CloseUnit(reason="merged", successors=("hoa-lu", "nho-quan"), occurred_on=MERGED_ON)
    error = given(UNIT, [unit_registered]).when(itself).refused("the unit itself", InvalidInput)
    assert [wrong["field"] for wrong in error.errors] == ["/successors"]


def test_successors_may_be_named_after_the_end_and_once() -> None:
    alone = CloseUnit(reason="merged", successors=(), occurred_on=MERGED_ON)
    after = given(UNIT, [unit_registered]).when(alone)
    ended = given(UNIT, [unit_registered, *after.events()])
    ended.when(alone).refused("did not exist", Refused)
    named = ended.when(close).then([unit_closed])
    assert (named.state.valid_to, named.state.successors) == (MERGED_ON, ("hoa-lu",))
    named.when(CloseUnit(reason="merged", successors=("tam-diep",), occurred_on=MERGED_ON)).refused(
        "did not exist", Refused
    )


def test_nothing_happens_to_a_unit_outside_of_its_life() -> None:
    for year in (1999, 2026):
        early_or_late = CloseUnit(reason="merged", successors=(), occurred_on=date(year, 1, 1))
        for command in (rename("1", "x", year), early_or_late):
            given(UNIT, [unit_registered, unit_closed]).when(command).refused("did not exist", Refused)
    given(UNIT).when(close).refused("no such unit", NotFound)
    given(UNIT).when(rename("1", "x", 2010)).refused("no such unit", NotFound)
