"""A reorganisation that contradicts itself, or the units, would leave facilities nowhere or twice."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import pytest

from services.eventkit.errors import InvalidInput, NotFound, Refused
from services.registry.domain.count import COUNT, Count, PublishCount
from services.registry.domain.events import (
    FacilityMoved,
    Level,
    NewUnit,
    OfficialCountPublished,
    ReorganisationAnnounced,
    ReorganisationApplied,
    UnitChange,
    UnitClosed,
    UnitRegistered,
)
from services.registry.domain.facility import FACILITY, Reassign
from services.registry.domain.reorganisation import (
    REORGANISATION,
    Announce,
    RecordApplication,
    Reorganisation,
)
from services.registry.domain.reorganising import destinations, touched, unit_commands
from services.registry.domain.unit import UNIT, CloseUnit, RegisterUnit, RenameUnit, Unit
from tests.unit.given import given
from tests.unit.registry.facts import closed, moved, registered, reopened

DAY = date(2025, 1, 1)
Kind = Literal["rename", "merge", "split", "end-of-level"]
CITY = NewUnit(
    unit_id="city", code="374", name="Thành phố Hoa Lư", level=Level.DISTRICT, kind="city", parent_id="nb"
)


def change(unit_id: str, kind: Kind = "merge", *successors: str) -> UnitChange:
    return UnitChange(unit_id=unit_id, kind=kind, successors=successors)


TWO_INTO_ONE = (change("old-city", "merge", "city"), change("old-district", "merge", "city"))


def announce(*changes: UnitChange, new: tuple[NewUnit, ...] = (CITY,), **more: Any) -> Announce:
    said: dict[str, Any] = {"title": "Sáp nhập", "source": "quyết định", "complete": True, "occurred_on": DAY}
    return Announce(reorganisation_id="r", changes=changes or TWO_INTO_ONE, new_units=new, **{**said, **more})


def announced(*changes: UnitChange, **more: Any) -> ReorganisationAnnounced:
    command = announce(*changes, **more)
    return ReorganisationAnnounced(**{name: getattr(command, name) for name in command.__struct_fields__})


def applied(units: int, facilities: int, waiting: int) -> ReorganisationApplied:
    return ReorganisationApplied(
        reorganisation_id="r",
        units=units,
        facilities_moved=facilities,
        facilities_waiting=waiting,
        occurred_on=DAY,
    )


def test_what_is_announced_again_is_recorded_once() -> None:
    given(REORGANISATION).when(announce()).then([announced()])
    given(REORGANISATION, [announced()]).when(announce()).unchanged()


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (announce(change("a", "merge")), "/changes/0/successors"),
        (announce(change("a", "merge", "b", "c")), "/changes/0/successors"),
        (announce(change("a", "split", "city")), "/changes/0/successors"),
        (announce(change("a", "merge", "city"), change("a", "merge", "city")), "/changes/1"),
        (announce(change("a", "split", "city", "city")), "/changes/0/successors/1"),
        (announce(change("a", "merge", "a")), "/changes/0/successors"),
        (announce(change("a", "merge", "b"), change("b", "merge", "city")), "/changes/0/successors"),
        (announce(change("a", "rename")), "/changes/0/unit_id"),
        (announce(change("city", "rename", "b")), "/changes/0/successors"),
        (announce(change("city", "merge", "b")), "/new_units/0/unit_id"),
        (announce(change("nb", "merge", "b")), "/new_units/0/parent_id"),
        (announce(change("a", "end-of-level")), "/changes/0/successors"),
        (announce(new=(CITY, CITY)), "/new_units/1"),
    ],
)
def test_a_reorganisation_that_contradicts_itself_is_refused_at_the_field(
    command: Announce, field: str
) -> None:
    error = given(REORGANISATION).when(command).refused("", InvalidInput)
    assert [each["field"] for each in error.errors] == [field]


def test_what_is_not_known_yet_can_be_announced_later_and_what_was_applied_stays() -> None:
    ends = change("nho-quan", "end-of-level")
    first = announced(ends, new=(), complete=False)
    more = announce(change("nho-quan", "end-of-level", "xa-a", "xa-b"), new=(), complete=True)
    given(REORGANISATION, [announced()]).when(announce(title="Khác")).refused("is complete", Refused)
    then = given(REORGANISATION, [first, applied(1, 0, 9)]).when(more)
    assert len(then.events()) == 1
    other = announce(change("nho-quan", "end-of-level", "xa-c"), new=(), complete=False)
    named = announced(change("nho-quan", "end-of-level", "xa-a", "xa-b"), new=(), complete=False)
    given(REORGANISATION, [named]).when(other).then([announced(*other.changes, new=(), complete=False)])
    given(REORGANISATION, [named, applied(1, 0, 9)]).when(other).refused("was applied", Refused)
    for lost in (
        announce(change("kim-son", "end-of-level"), new=(), complete=False),
        announce(change("nho-quan", "split"), new=(), complete=False),
        announce(ends, new=(), complete=False, occurred_on=date(2025, 7, 1)),
    ):
        given(REORGANISATION, [first, applied(1, 0, 9)]).when(lost).refused("was applied", Refused)


def test_an_application_is_recorded_with_what_it_did() -> None:
    done = RecordApplication(units=3, facilities_moved=34, facilities_waiting=0)
    given(REORGANISATION, [announced()]).when(done).then([applied(3, 34, 0)])
    given(REORGANISATION, [announced(), applied(3, 34, 0)]).when(done).unchanged()
    given(REORGANISATION).when(done).refused("no such", NotFound)


def unit(
    id_: str,
    code: str,
    since: date = date(2000, 1, 1),
    until: date | None = None,
    into: tuple[str, ...] = ("city",),
) -> Unit:
    events: list[Any] = [
        UnitRegistered(unit_id=id_, code=code, name=id_, level=Level.DISTRICT, kind="city", occurred_on=since)
    ]
    if until is not None:
        events.append(UnitClosed(unit_id=id_, reason="x", successors=into, occurred_on=until))
    state = UNIT.fold(events)
    assert state is not None
    return state


KNOWN = {
    "nb": unit("nb", "37"),
    "old-city": unit("old-city", "369"),
    "old-district": unit("old-district", "374"),
}


def state(*changes: UnitChange, **more: Any) -> Reorganisation:
    found = REORGANISATION.fold([announced(*changes, **more)])
    assert found is not None
    return found


def test_new_units_come_first_and_the_code_of_one_that_ends_is_used_again() -> None:
    reorganisation = state()
    assert touched(reorganisation) == {"nb", "city", "old-city", "old-district"}
    by = {"occurred_on": DAY, "reorganisation_id": "r"}
    assert unit_commands(reorganisation, KNOWN) == [
        ("city", RegisterUnit(unit_id="city", code="374", name="Thành phố Hoa Lư", level=Level.DISTRICT,
                              kind="city", parent_id="nb", **by)),
        ("old-city", CloseUnit(reason="Sáp nhập", successors=("city",), **by)),
        ("old-district", CloseUnit(reason="Sáp nhập", successors=("city",), **by)),
    ]  # fmt: skip
    assert destinations(reorganisation) == {"old-city": "city", "old-district": "city"}


def test_what_stands_already_is_not_done_again() -> None:
    half = {
        "nb": KNOWN["nb"],
        "city": unit("city", "374", DAY),
        "old-city": unit("old-city", "369", until=DAY),
        "old-district": KNOWN["old-district"],
    }
    assert [id_ for id_, _ in unit_commands(state(), half)] == ["old-district"]


def test_a_renamed_unit_keeps_its_id() -> None:
    renamed = NewUnit(unit_id="td", code="370", name="Thành phố Tam Điệp", level=Level.DISTRICT, kind="city")
    commands = unit_commands(state(change("td", "rename"), new=(renamed,)), {"td": unit("td", "370")})
    name = RenameUnit(code="370", name="Thành phố Tam Điệp", occurred_on=DAY, reorganisation_id="r")
    assert commands == [("td", name)]


@pytest.mark.parametrize(
    ("units", "says"),
    [
        ({}, "there is no unit old-city, register it first; there is no unit old-district"),
        ({"nb": None}, "there is no unit nb, to which city belongs"),
        (
            {"old-city": unit("old-city", "369", until=date(2024, 1, 1))},
            "old-city did not exist on 2025-01-01",
        ),
        ({"old-city": unit("old-city", "369", until=date(2026, 1, 1))}, "closed already, from 2026-01-01"),
        (
            {"old-city": unit("old-city", "369", until=DAY, into=("nb",))},
            "old-city is succeeded by nb already",
        ),
        ({"city": unit("city", "999")}, "city is registered already, as another"),
        ({"city": unit("city", "374", date(2026, 1, 1))}, "city is registered already, as another"),
    ],
)
def test_units_that_do_not_allow_it_are_all_named(units: dict[str, Unit | None], says: str) -> None:
    merged = {**KNOWN, **units} if units else {"nb": KNOWN["nb"]}
    known = {id_: found for id_, found in merged.items() if found is not None}
    with pytest.raises(Refused, match=says):
        unit_commands(state(), known)


def test_successors_that_become_known_later_are_recorded_at_the_unit_that_ended() -> None:
    ended = {
        "nho-quan": unit("nho-quan", "372", until=DAY, into=()),
        "xa-a": unit("xa-a", "1", DAY),
        "xa-b": unit("xa-b", "2", DAY),
    }
    later = state(change("nho-quan", "end-of-level", "xa-a", "xa-b"), new=())
    (command,) = unit_commands(later, ended)
    assert command == (
        "nho-quan",
        CloseUnit(reason="Sáp nhập", successors=("xa-a", "xa-b"), occurred_on=DAY, reorganisation_id="r"),
    )


def test_a_successor_has_to_exist_on_the_day() -> None:
    into = change("old-city", "merge", "old-district")
    ended = {
        "old-city": KNOWN["old-city"],
        "old-district": unit("old-district", "374", until=date(2024, 1, 1)),
    }
    with pytest.raises(Refused, match="old-district, which succeeds old-city, is no unit on 2025-01-01"):
        unit_commands(state(into, new=()), ended)


REASSIGN = Reassign(from_unit_id="nho-quan", unit_id="city", reorganisation_id="r", occurred_on=DAY)


def test_a_facility_follows_its_unit_from_the_day_on_and_its_past_stays() -> None:
    moved_by = FacilityMoved(facility_id="f1", unit_id="city", reorganisation_id="r", occurred_on=DAY)
    then = given(FACILITY, [registered]).when(REASSIGN).then([moved_by])
    assert then.state.unit.on(date(2024, 12, 31)) == "nho-quan"
    assert then.state.unit.on(DAY) == "city"
    assert then.state.reorganisations == ("r",)
    then.when(REASSIGN).unchanged()


@pytest.mark.parametrize(
    "events",
    [
        [moved("tam-diep", date(2020, 1, 1))],
        [moved("tam-diep", DAY)],
        [closed(date(2020, 1, 1))],
        [closed(DAY)],
    ],
)
def test_who_had_left_or_closed_by_the_day_is_not_moved(events: list[Any]) -> None:
    given(FACILITY, [registered, *events]).when(REASSIGN).unchanged()


def test_who_closed_later_or_had_reopened_is_moved() -> None:
    for events in ([closed(date(2026, 1, 1))], [closed(date(2020, 1, 1)), reopened(date(2021, 1, 1))]):
        assert len(given(FACILITY, [registered, *events]).when(REASSIGN).events()) == 1


def count(facilities: int, households: int | None = None, day: date = DAY) -> PublishCount:
    published = Count(facilities=facilities, households=households, source="Cục Thống kê")
    return PublishCount(unit_id="nho-quan", count=published, occurred_on=day)


def test_an_official_count_is_recorded_once_and_corrected_by_another_of_its_day() -> None:
    event = OfficialCountPublished(
        unit_id="nho-quan", facilities=900, households=800, source="Cục Thống kê", occurred_on=DAY
    )
    then = given(COUNT).when(count(900, 800)).then([event])
    then.when(count(900, 800)).unchanged()
    assert len(then.when(count(901, 800)).events()) == 1
    assert len(then.when(count(900, 800, date(2026, 1, 1))).events()) == 1
    given(COUNT).when(count(5, 6)).refused("at most 5", InvalidInput)
