"""Options that wait: what is due, what has lapsed, and that nothing becomes of them that must not."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given as draw
from hypothesis import settings
from hypothesis import strategies as st

from services.audits.domain.assessment import Submit, assessment
from services.audits.domain.catalogue import (
    OptionAsked,
    OptionDeferred,
    OptionExcluded,
    OptionImplemented,
    OptionRefused,
)
from services.audits.domain.option_life import (
    AnswerOption,
    DeferOption,
    ExcludeOption,
    due_on,
    lapses_on,
    status_on,
)
from services.audits.domain.options import (
    DiscontinueOption,
    ImplementOption,
    RefuseOption,
    VerifyOption,
)
from services.audits.domain.state import Option
from services.eventkit.errors import Forbidden, InvalidInput, Refused, SxshError
from tests.examples import examples
from tests.unit.audits.facts import (
    OPTION,
    UNTIL_APPROVED,
    UNTIL_PROPOSED,
    UNTIL_SUBMITTED,
    approved,
    implemented,
    submitted,
    verified,
)
from tests.unit.given import given

# Proposed on 2018-02-20.
deferred = OptionDeferred(**OPTION, by="an", note="no money this year", occurred_on=date(2018, 4, 1))
PENDING = [*UNTIL_APPROVED, deferred]


def asked(on: date, answer: Any = "still-pending", reason: str | None = None) -> OptionAsked:
    return OptionAsked(**OPTION, by="an", answer=answer, reason=reason, occurred_on=on)


def answer(on: date, answer: Any = "still-pending", reason: str | None = None) -> AnswerOption:
    return AnswerOption(option_id="o1", by="an", answer=answer, reason=reason, occurred_on=on)


def option(events: list[Any]) -> Option:
    found: Option = given(assessment, events).state.options["o1"]
    return found


def test_an_option_waits_is_asked_about_and_is_put_into_use() -> None:
    in_use = OptionImplemented(**OPTION, by="an", occurred_on=date(2020, 2, 1))
    (
        given(assessment, UNTIL_APPROVED)
        .when(DeferOption(option_id="o1", by="an", note="no money this year", occurred_on=date(2018, 4, 1)))
        .then([deferred])
        .when(answer(date(2019, 2, 25)))
        .then([asked(date(2019, 2, 25))])
        .when(answer(date(2020, 2, 1), "implemented"))
        .then([asked(date(2020, 2, 1), "implemented"), in_use])
        .when(VerifyOption(option_id="o1", verifier="an", occurred_on=date(2020, 3, 1)))
        .refused("had no part", Forbidden)
    )


def test_giving_up_at_the_question_says_why_and_is_final() -> None:
    day = date(2019, 3, 1)
    given(assessment, PENDING).when(answer(day, "not-implemented")).refused("/reason", InvalidInput)
    (
        given(assessment, PENDING)
        .when(answer(day, "not-implemented", "the kiln is sold"))
        .then(
            [
                asked(day, "not-implemented", "the kiln is sold"),
                OptionRefused(**OPTION, reason="the kiln is sold", occurred_on=day),
            ]
        )
        .when(answer(day))
        .refused("this one is refused", Refused)
    )


def test_what_is_excluded_can_not_come_back_nor_carry_an_assessment() -> None:
    excluded = OptionExcluded(**OPTION, reason="end of pipe", occurred_on=date(2018, 2, 25))
    exclude = ExcludeOption(option_id="o1", reason="end of pipe", occurred_on=date(2018, 2, 25))
    gone = given(assessment, UNTIL_PROPOSED).when(exclude).then([excluded])
    gone.when(ImplementOption(option_id="o1", by="an", occurred_on=date(2018, 8, 1))).refused("is excluded")
    gone.when(Submit(by="chi", occurred_on=date(2018, 3, 1))).refused("no option yet", Refused)
    given(assessment, [*UNTIL_APPROVED, implemented]).when(exclude).refused(
        "this one is implemented", Refused
    )


def test_nothing_changes_while_a_reviewer_reads() -> None:
    defer = DeferOption(option_id="o1", by="an", occurred_on=date(2018, 4, 1))
    given(assessment, UNTIL_SUBMITTED).when(defer).refused("it is submitted", Refused)


@pytest.mark.parametrize(
    ("on", "answers", "expected"),
    [
        (date(2018, 4, 1), [], date(2019, 2, 20)),
        (date(2018, 4, 1), [date(2018, 4, 2)], date(2020, 2, 20)),
        (date(2018, 4, 1), [date(2019, 2, 20)], date(2020, 2, 20)),
        (date(2018, 4, 1), [date(2019, 2, 21)], None),
        (date(2018, 4, 1), [date(2019, 2, 20), date(2020, 2, 19)], None),
        (date(2019, 2, 19), [], date(2019, 2, 20)),
        (date(2019, 2, 20), [], date(2020, 2, 20)),
        (date(2020, 6, 1), [], None),
    ],
    ids=[
        "never asked",
        "asked within the first year",
        "asked on the anniversary",
        "asked after the anniversary covers the next twelve months",
        "asked each year",
        "deferred the day before the anniversary",
        "deferred on the anniversary",
        "deferred after the last anniversary before the end",
    ],
)
def test_due_is_the_first_anniversary_without_an_answer(
    on: date, answers: list[date], expected: date | None
) -> None:
    waiting = OptionDeferred(**OPTION, by="an", occurred_on=on)
    assert due_on(option([*UNTIL_APPROVED, waiting, *(asked(day) for day in answers)])) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2018, 2, 19), None),
        (date(2018, 2, 20), "proposed"),
        (date(2018, 3, 31), "proposed"),
        (date(2018, 4, 1), "pending"),
        (date(2021, 2, 19), "pending"),
        (date(2021, 2, 20), "lapsed"),
        (date(2030, 1, 1), "lapsed"),
    ],
)
def test_a_pending_option_lapses_by_the_calendar_alone(day: date, expected: str | None) -> None:
    assert status_on(option(PENDING), day) == expected
    assert lapses_on(option(PENDING)) == date(2021, 2, 20)


def test_an_option_that_was_never_deferred_does_not_lapse() -> None:
    assert status_on(option(UNTIL_APPROVED), date(2030, 1, 1)) == "proposed"
    assert lapses_on(option(UNTIL_APPROVED)) is None


def test_a_lapsed_option_put_into_use_late_counts_from_that_day() -> None:
    late = OptionImplemented(**OPTION, by="an", occurred_on=date(2022, 5, 1))
    given(assessment, PENDING).when(answer(date(2021, 2, 20))).refused("since 2021-02-20", Refused)
    given(assessment, PENDING).when(
        ImplementOption(option_id="o1", by="an", occurred_on=date(2022, 5, 1))
    ).then([late])
    after = option([*PENDING, late])
    assert [status_on(after, date(2022, 4, 30)), status_on(after, date(2022, 5, 1))] == [
        "lapsed",
        "implemented",
    ]


def test_the_days_of_waiting_stand_in_order() -> None:
    before = DeferOption(option_id="o1", by="an", occurred_on=date(2018, 2, 19))
    given(assessment, UNTIL_APPROVED).when(before).refused("before the proposal", InvalidInput)
    given(assessment, PENDING).when(answer(date(2018, 3, 31))).refused("before its deferral", InvalidInput)
    given(assessment, [*PENDING, asked(date(2019, 2, 25))]).when(answer(date(2019, 2, 24))).refused(
        "before the answer before", InvalidInput
    )


#: The diagram of the domain, by itself: from each status, what a report may make of it.
DIAGRAM: dict[str, set[str]] = {
    "proposed": {"pending", "implemented", "refused", "excluded"},
    "pending": {"pending", "implemented", "refused", "excluded"},
    "implemented": {"verified", "discontinued"},
    "verified": {"discontinued"},
    "discontinued": set(),
    "refused": set(),
    "excluded": set(),
}
DAYS = st.dates(date(2018, 1, 1), date(2024, 12, 31))


def _commands() -> st.SearchStrategy[Any]:
    ids = {"option_id": st.just("o1"), "occurred_on": DAYS}
    by = {"by": st.sampled_from(["an", "binh"])}
    reason = {"reason": st.sampled_from(["", "why"])}
    return st.one_of(
        st.builds(DeferOption, **ids, **by),
        st.builds(
            AnswerOption,
            **ids,
            **by,
            **reason,
            answer=st.sampled_from(["still-pending", "implemented", "not-implemented"]),
        ),
        st.builds(ExcludeOption, **ids, **reason),
        st.builds(ImplementOption, **ids, **by),
        st.builds(VerifyOption, **ids, verifier=st.sampled_from(["an", "dung"])),
        st.builds(DiscontinueOption, **ids, **reason),
        st.builds(RefuseOption, **ids, **reason),
    )


@settings(max_examples=examples(100), deadline=None)
@draw(st.lists(_commands(), max_size=12), st.booleans())
def test_no_status_is_reached_that_the_diagram_lacks(commands: list[Any], reviewed: bool) -> None:
    events: list[Any] = [*UNTIL_PROPOSED, *([submitted, approved] if reviewed else [])]
    for command in commands:
        before = option(events)
        try:
            new = list(assessment.decide(command, given(assessment, events).state))
        except SxshError:
            continue
        events += new
        after = option(events)
        assert after.status in DIAGRAM[before.status], (before.status, command)
        for offset in (0, 200, 400, 1200):
            day = after.proposed_on + timedelta(offset)
            shown = status_on(after, day)
            assert shown is not None
            assert shown != "lapsed" or (offset >= 1096 and after.deferred_on is not None)
    last = option(events)
    assert last.status != "verified" or reviewed
    assert status_on(last, date(9999, 1, 1)) == ("lapsed" if last.status == "pending" else last.status)


def test_a_whole_life_reads_back_day_by_day() -> None:
    life = option([*PENDING, implemented, verified])
    assert [status_on(life, day) for day in (date(2018, 7, 31), date(2018, 8, 1), date(2018, 9, 1))] == [
        "pending",
        "implemented",
        "verified",
    ]
