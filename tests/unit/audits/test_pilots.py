"""Pilots are verified before they are shown, judged by others, and repeated elsewhere; S2 counts them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.audits.domain.assessment import assessment
from services.audits.domain.catalogue import (
    OptionRefused,
    PilotDesignated,
    PilotFinished,
    ReplicationNamed,
)
from services.audits.domain.pilots import DesignatePilot, FinishPilot, NameReplication, assessment_of
from services.eventkit.errors import Forbidden, InvalidInput, NotFound, Refused
from tests.unit.audits.facts import OF, OPTION, UNTIL_APPROVED, UNTIL_PROPOSED, implemented, verified
from tests.unit.given import given

VERIFIED: list[Any] = [*UNTIL_APPROVED, implemented, verified]
designated = PilotDesignated(
    **OF,
    pilot_id="a1.1",
    option_ids=("o1",),
    title="Lò nung kiểu mẫu",
    by="an",
    occurred_on=date(2018, 10, 1),
)
finished = PilotFinished(
    **OF, pilot_id="a1.1", result="12% less coal", verifier="dung", occurred_on=date(2019, 10, 1)
)


def designate(**changes: Any) -> DesignatePilot:
    values = {
        "pilot_id": "a1.1",
        "option_ids": ("o1",),
        "title": "Lò nung kiểu mẫu",
        "by": "an",
        "occurred_on": date(2018, 10, 1),
    }
    return DesignatePilot(**values | changes)


def finish(**changes: Any) -> FinishPilot:
    values = {
        "pilot_id": "a1.1",
        "result": "12% less coal",
        "verifier": "dung",
        "occurred_on": date(2019, 10, 1),
    }
    return FinishPilot(**values | changes)


def replicate(**changes: Any) -> NameReplication:
    values = {
        "replication_id": "r1",
        "option_id": "o1",
        "pilot_id": "a9.1",
        "pilot_facility_id": "f9",
        "pilot_since": date(2018, 1, 1),
        "by": "an",
        "occurred_on": date(2018, 3, 1),
    }
    return NameReplication(**values | changes)


def test_a_pilot_from_designation_to_its_end() -> None:
    shown = given(assessment, VERIFIED).when(designate()).then([designated])
    shown.when(finish()).then([finished]).when(finish()).refused("finished on 2019-10-01", Refused)
    assert assessment_of("a1.1") == "a1"


@pytest.mark.parametrize(
    ("before", "command", "error", "text"),
    [
        (UNTIL_PROPOSED, designate(), Refused, "it is open"),
        (UNTIL_APPROVED, designate(), Refused, "is proposed"),
        ([*UNTIL_APPROVED, implemented], designate(), Refused, "is implemented"),
        (VERIFIED, designate(option_ids=()), InvalidInput, "/option_ids"),
        (VERIFIED, designate(option_ids=("o1", "o1")), InvalidInput, "/option_ids/1"),
        (VERIFIED, designate(option_ids=("o9",)), InvalidInput, "/option_ids/0"),
        (VERIFIED, designate(occurred_on=date(2018, 8, 31)), InvalidInput, "before the verification"),
        ([*VERIFIED, designated], designate(), Refused, "already has a pilot"),
        ([*VERIFIED, designated], designate(pilot_id="a1.2"), Refused, "another pilot"),
        (VERIFIED, finish(), NotFound, "no pilot"),
        ([*VERIFIED, designated], finish(verifier="an"), Forbidden, "had no part"),
        ([*VERIFIED, designated], finish(result=" "), InvalidInput, "/result"),
        ([*VERIFIED, designated], finish(occurred_on=date(2018, 9, 30)), InvalidInput, "its designation"),
    ],
)
def test_what_is_no_pilot(before: list[Any], command: Any, error: Any, text: str) -> None:
    given(assessment, before).when(command).refused(text, error)


def test_a_replication_names_its_pilot_once() -> None:
    event = ReplicationNamed(
        **OPTION,
        replication_id="r1",
        pilot_id="a9.1",
        pilot_facility_id="f9",
        by="an",
        occurred_on=date(2018, 3, 1),
    )
    after = given(assessment, UNTIL_PROPOSED).when(replicate()).then([event])
    assert after.state.options["o1"].pilot_id == "a9.1"
    after.when(replicate(pilot_id="a8.1")).refused("already names the pilot a9.1", Refused)


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"pilot_facility_id": "f1"}, Refused, "its own"),
        ({"option_id": "o9"}, NotFound, "no option"),
        ({"pilot_since": date(2018, 3, 2)}, InvalidInput, "designation of the pilot"),
        ({"occurred_on": date(2018, 2, 1)}, InvalidInput, "the proposal"),
    ],
)
def test_what_is_no_replication(changes: dict[str, Any], error: Any, text: str) -> None:
    given(assessment, UNTIL_APPROVED).when(replicate(**changes)).refused(text, error)


def test_what_will_not_be_done_repeats_nothing() -> None:
    refused = OptionRefused(**OPTION, reason="too dear", occurred_on=date(2018, 2, 25))
    given(assessment, [*UNTIL_PROPOSED, refused]).when(replicate()).refused("this one is refused", Refused)
