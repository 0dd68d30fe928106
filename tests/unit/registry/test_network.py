"""The network counts while it exists: its unit, its active consultants, the offices linked to it."""

from __future__ import annotations

from datetime import date

import pytest

from services.eventkit.errors import InvalidInput, NotFound, Refused
from services.eventkit.sealed import Sealed
from services.registry.domain.consultant import (
    CONSULTANT,
    Deactivate,
    Reactivate,
    RegisterConsultant,
)
from services.registry.domain.events import (
    ConsultantDeactivated,
    ConsultantReactivated,
    ConsultantRegistered,
    DistrictLinked,
    DistrictUnlinked,
    NetworkUnitDissolved,
    NetworkUnitEstablished,
)
from services.registry.domain.link import LINK, LinkOffice, Unlink
from services.registry.domain.network import NETWORK, Dissolve, Establish
from services.registry.views.network import link_row
from tests.unit.given import given

Y16, Y17, Y18, Y19, Y20 = (date(year, 1, 1) for year in range(2016, 2021))

NAMES = {"network_id": "n1", "name": "Trung tâm khuyến công", "decision": "5/QĐ-SCT"}
established = NetworkUnitEstablished(**NAMES, occurred_on=Y17)
dissolved = NetworkUnitDissolved(network_id="n1", reason="merged", occurred_on=Y19)


def dissolve(day: date) -> Dissolve:
    return Dissolve(reason="merged", occurred_on=day)


def test_a_unit_is_established_and_dissolved_once() -> None:
    after = given(NETWORK).when(Establish(**NAMES, occurred_on=Y17)).then([established], claims=[])
    after.when(Establish(**NAMES, occurred_on=Y17)).refused("established already", Refused)
    ended = after.when(dissolve(Y19)).then([dissolved])
    ended.when(dissolve(Y20)).refused("dissolved already, from 2019-01-01", Refused)
    network = ended.state
    assert [network.exists_on(day) for day in (Y16, Y17, Y18, Y19)] == [False, True, True, False]


def test_a_unit_does_not_end_before_it_began_or_without_it() -> None:
    error = given(NETWORK, [established]).when(dissolve(Y16)).refused("before 2017-01-01", InvalidInput)
    assert [wrong["field"] for wrong in error.errors] == ["/occurred_on"]
    given(NETWORK).when(dissolve(Y18)).refused("no such network", NotFound)


PERSON = Sealed(person="consultant:c1", box="c2VhbGVk")
registration = RegisterConsultant(
    consultant_id="c1", network_id="n1", person=PERSON, fields=("lò hơi",), occurred_on=Y16
)
registered = ConsultantRegistered(
    consultant_id="c1", network_id="n1", person=PERSON, fields=("lò hơi",), occurred_on=Y16
)


def left(day: date) -> ConsultantDeactivated:
    return ConsultantDeactivated(consultant_id="c1", reason="abroad", occurred_on=day)


def back(day: date) -> ConsultantReactivated:
    return ConsultantReactivated(consultant_id="c1", reason="back", occurred_on=day)


def deactivate(day: date) -> Deactivate:
    return Deactivate(reason="abroad", occurred_on=day)


def reactivate(day: date) -> Reactivate:
    return Reactivate(reason="back", occurred_on=day)


def test_a_consultant_leaves_and_comes_back() -> None:
    after = (
        given(CONSULTANT)
        .when(registration)
        .then([registered], claims=[])
        .when(deactivate(Y17))
        .then([left(Y17)])
        .when(reactivate(Y19))
        .then([back(Y19)])
    )
    active = [after.state.active_on(day) for day in (date(2015, 1, 1), Y16, Y17, Y18, Y19)]
    assert active == [False, True, False, False, True]
    after.when(registration).refused("registered already", Refused)


def test_a_consultant_leaves_or_comes_back_only_from_the_other_state() -> None:
    given(CONSULTANT, [registered]).when(reactivate(Y17)).refused("already active on 2017", Refused)
    gone = given(CONSULTANT, [registered, left(Y17)])
    gone.when(deactivate(Y18)).refused("not active on 2018", Refused)
    late = gone.when(deactivate(Y16)).then([left(Y16)])
    assert not late.state.active_on(Y16)


@pytest.mark.parametrize("command", [deactivate(date(2015, 1, 1)), reactivate(date(2015, 1, 1))])
def test_nothing_before_the_registration_or_without_it(command: Deactivate | Reactivate) -> None:
    error = given(CONSULTANT, [registered]).when(command).refused("before 2016-01-01", InvalidInput)
    assert [wrong["field"] for wrong in error.errors] == ["/occurred_on"]
    given(CONSULTANT).when(command).refused("no such consultant", NotFound)


def linked(day: date, network_id: str = "n1", office: str = "Phòng Kinh tế") -> DistrictLinked:
    return DistrictLinked(unit_id="nho-quan", network_id=network_id, office=office, occurred_on=day)


def unlinked(day: date, network_id: str = "n1") -> DistrictUnlinked:
    return DistrictUnlinked(unit_id="nho-quan", network_id=network_id, reason="ended", occurred_on=day)


def link(day: date, network_id: str = "n1", office: str = "Phòng Kinh tế") -> LinkOffice:
    return LinkOffice(unit_id="nho-quan", network_id=network_id, office=office, occurred_on=day)


def unlink(day: date, network_id: str = "n1") -> Unlink:
    return Unlink(network_id=network_id, reason="ended", occurred_on=day)


def test_an_office_is_linked_unlinked_and_linked_again() -> None:
    after = (
        given(LINK)
        .when(link(Y17))
        .then([linked(Y17)], claims=[])
        .when(unlink(Y18))
        .then([unlinked(Y18)])
        .when(link(Y18, office="Phòng Hạ tầng"))
        .then([linked(Y18, office="Phòng Hạ tầng")])
    )
    assert after.state.network_ids == ["n1"]
    assert [(one.since, one.until, one.office) for one in after.state.links] == [
        (Y17, Y18, "Phòng Kinh tế"),
        (Y18, None, "Phòng Hạ tầng"),
    ]


def test_a_unit_may_work_with_two_networks_and_leave_one() -> None:
    after = given(LINK, [linked(Y17), linked(Y18, "n2")]).when(unlink(Y19)).then([unlinked(Y19)])
    assert after.state.network_ids == ["n2"]
    row = link_row(after.state, "nho-quan")
    assert (row["linked"], row["since"]) == (True, "2018-01-01")
    ended = after.when(unlink(Y20, "n2")).then([unlinked(Y20, "n2")])
    assert link_row(ended.state, "nho-quan")["linked"] is False


def test_what_stands_is_not_linked_twice() -> None:
    known = given(LINK, [linked(Y17)])
    known.when(link(Y18)).unchanged()
    known.when(link(Y16)).refused("linked to the network since 2017-01-01", Refused)
    known.when(link(Y18, office="Phòng Hạ tầng")).refused("by its office Phòng Kinh tế", Refused)
    ended = given(LINK, [linked(Y17), unlinked(Y19)])
    ended.when(link(Y18)).refused("from 2017-01-01 to 2019-01-01", Refused)


def test_only_what_is_linked_ends_and_not_before_it_began() -> None:
    known = given(LINK, [linked(Y17)])
    known.when(unlink(Y18, "n2")).refused("not linked to network n2", Refused)
    error = known.when(unlink(Y16)).refused("before 2017-01-01", InvalidInput)
    assert [wrong["field"] for wrong in error.errors] == ["/occurred_on"]
    given(LINK).when(unlink(Y18)).refused("never been linked", NotFound)
