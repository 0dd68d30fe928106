"""Adoption counts options that were carried out and seen by someone else; each step here guards that."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.audits.domain.assessment import assessment
from services.audits.domain.catalogue import OptionDiscontinued, OptionRefused
from services.audits.domain.options import (
    DiscontinueOption,
    ImplementOption,
    ProposeOption,
    RefuseOption,
    VerifyOption,
)
from services.eventkit.errors import Forbidden, InvalidInput, NotFound, Refused
from tests.unit.audits.facts import (
    OPTION,
    UNTIL_APPROVED,
    UNTIL_PROPOSED,
    UNTIL_SUBMITTED,
    implemented,
    opened,
    proposed,
    recorded,
    rejected,
    verified,
)
from tests.unit.given import given

IMPLEMENT = ImplementOption(option_id="o1", by="giang", occurred_on=date(2018, 8, 1))
VERIFY = VerifyOption(option_id="o1", verifier="dung", occurred_on=date(2018, 9, 1))
DISCONTINUE = DiscontinueOption(option_id="o1", reason="the fan broke", occurred_on=date(2019, 1, 1))
REFUSE = RefuseOption(option_id="o1", reason="too dear", occurred_on=date(2018, 4, 1))
discontinued = OptionDiscontinued(**OPTION, reason="the fan broke", occurred_on=date(2019, 1, 1))
refused = OptionRefused(**OPTION, reason="too dear", occurred_on=date(2018, 4, 1))


def propose(**changes: Any) -> ProposeOption:
    return ProposeOption(
        **{
            "option_id": "o1",
            "option_class": "process-control",
            "title": "Dry the bricks with kiln waste heat",
            "resources": ("coal-5-6",),
            "by": "an",
            "investment_vnd": 90_000_000,
            "yearly_saving_vnd": 45_000_000,
            "occurred_on": date(2018, 2, 20),
        }
        | changes
    )


def test_an_option_from_proposal_to_discontinuation() -> None:
    given(assessment, UNTIL_APPROVED).when(propose()).refused("already has an option", Refused)
    (
        given(assessment, UNTIL_APPROVED)
        .when(IMPLEMENT)
        .then([implemented])
        .when(VERIFY)
        .then([verified])
        .when(DISCONTINUE)
        .then([discontinued])
    )


def test_options_are_proposed_whenever_no_reviewer_has_the_assessment() -> None:
    given(assessment, [opened, recorded]).when(propose()).then([proposed])
    for before in (UNTIL_APPROVED, [*UNTIL_SUBMITTED, rejected]):
        events = given(assessment, before).when(propose(option_id="o2")).events()
        assert set(given(assessment, [*before, *events]).state.options) == {"o1", "o2"}
    given(assessment, UNTIL_SUBMITTED).when(propose(option_id="o2")).refused("it is submitted", Refused)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"option_class": "magic"}, "/option_class"),
        ({"title": " "}, "/title"),
        ({"resources": ("coal-5-6", "steam")}, "/resources/1"),
        ({"resources": ("water", "water")}, "/resources/1"),
        ({"occurred_on": date(2018, 1, 31)}, "/occurred_on"),
    ],
)
def test_each_wrong_field_of_a_proposal_is_named(changes: dict[str, Any], field: str) -> None:
    error = given(assessment, [opened]).when(propose(**changes)).refused(field, InvalidInput)
    assert [wrong["field"] for wrong in error.errors] == [field]


def test_an_option_may_be_in_use_before_the_approval_but_is_not_verified_until_then() -> None:
    in_use = given(assessment, UNTIL_PROPOSED).when(IMPLEMENT).then([implemented])
    in_use.when(VERIFY).refused("it is open", Refused)
    given(assessment, UNTIL_SUBMITTED).when(IMPLEMENT).refused("it is submitted", Refused)


def test_only_what_is_implemented_is_verified() -> None:
    given(assessment, UNTIL_APPROVED).when(VERIFY).refused("this one is proposed", Refused)


@pytest.mark.parametrize("insider", ["an", "giang"])
def test_who_assessed_or_reported_the_implementation_does_not_verify_it(insider: str) -> None:
    own = VerifyOption(option_id="o1", verifier=insider, occurred_on=date(2018, 9, 1))
    given(assessment, [*UNTIL_APPROVED, implemented]).when(own).refused("had no part", Forbidden)


def test_only_what_is_in_use_is_discontinued() -> None:
    for before in (UNTIL_APPROVED, [*UNTIL_APPROVED, refused]):
        given(assessment, before).when(DISCONTINUE).refused("implemented or verified", Refused)
    given(assessment, [*UNTIL_APPROVED, implemented]).when(DISCONTINUE).then([discontinued])


def test_only_a_proposal_is_refused_and_that_is_final() -> None:
    turned_down = given(assessment, UNTIL_APPROVED).when(REFUSE).then([refused])
    turned_down.when(IMPLEMENT).refused("this one is refused", Refused)
    given(assessment, [*UNTIL_APPROVED, implemented]).when(REFUSE).refused("this one is implemented", Refused)


@pytest.mark.parametrize("command_type", [RefuseOption, DiscontinueOption])
def test_giving_up_says_why(command_type: type) -> None:
    before = [*UNTIL_APPROVED, implemented] if command_type is DiscontinueOption else UNTIL_APPROVED
    command = command_type(option_id="o1", reason="", occurred_on=date(2019, 1, 1))
    given(assessment, before).when(command).refused("must say why", InvalidInput)


def test_the_days_of_an_option_stand_in_order() -> None:
    early = date(2018, 1, 31)
    given(assessment, UNTIL_APPROVED).when(
        ImplementOption(option_id="o1", by="x", occurred_on=early)
    ).refused("before the opening", InvalidInput)
    before_use = VerifyOption(option_id="o1", verifier="dung", occurred_on=date(2018, 7, 31))
    given(assessment, [*UNTIL_APPROVED, implemented]).when(before_use).refused(
        "before its implementation", InvalidInput
    )
    before_seen = DiscontinueOption(option_id="o1", reason="broke", occurred_on=date(2018, 8, 31))
    given(assessment, [*UNTIL_APPROVED, implemented, verified]).when(before_seen).refused(
        "before its verification", InvalidInput
    )


def test_an_unknown_option_is_not_found() -> None:
    unknown = ImplementOption(option_id="o9", by="x", occurred_on=date(2018, 8, 1))
    given(assessment, UNTIL_APPROVED).when(unknown).refused("no option", NotFound)
