"""The life of an option that waits: deferred, asked about every year, given up after three, or excluded.

    proposed ──> pending ──> implemented ──> verified ──> discontinued
        │            ├─────> refused             (implemented ──> discontinued too)
        │            ├─────> excluded
        │            └─ ─ ─> lapsed: by the calendar alone
        └──> implemented, refused, excluded

Two things follow from dates and are never recorded: a pending option is *due* on each anniversary of its
proposal that no answer of the twelve months before covers, and *lapsed*, that is not implemented, from the
day it is 36 months old. A lapsed option that was put into use after all may still be reported so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

import msgspec

from services.audits.domain import checks
from services.audits.domain.catalogue import (
    OptionAsked,
    OptionDeferred,
    OptionExcluded,
    OptionImplemented,
    OptionRefused,
)
from services.audits.domain.rules import add_months, rules
from services.audits.domain.state import Answer, Assessment, Option
from services.eventkit.errors import InvalidInput, Refused
from services.eventkit.events import Event

StatusOn = Literal[
    "proposed", "pending", "lapsed", "implemented", "verified", "discontinued", "refused", "excluded"
]
STATUSES_ON: tuple[StatusOn, ...] = (
    "proposed",
    "pending",
    "lapsed",
    "implemented",
    "verified",
    "discontinued",
    "refused",
    "excluded",
)
ANSWERS: tuple[Answer, ...] = ("still-pending", "implemented", "not-implemented")


def lapses_on(option: Option) -> date | None:
    """The day from which it counts as not implemented; None unless it is pending."""
    if option.status != "pending":
        return None
    return add_months(option.proposed_on, rules().lapses_after_months)


def due_on(option: Option) -> date | None:
    """The first anniversary that waits for an answer; None when none does before the option lapses."""
    if option.status != "pending" or option.deferred_on is None:
        return None
    every, end = rules().asked_every_months, rules().lapses_after_months
    last = max((answer.on for answer in option.answers), default=None)
    for months in range(every, end, every):
        anniversary = add_months(option.proposed_on, months)
        if anniversary <= option.deferred_on:
            continue
        if last is None or last <= add_months(option.proposed_on, months - every):
            return anniversary
    return None


def status_on(option: Option, day: date) -> StatusOn | None:
    """What it is on a day, by all that is known now; None before its proposal."""
    if day < option.proposed_on:
        return None
    if option.ended_on is not None and day >= option.ended_on:
        return option.status
    if option.verified_on is not None and day >= option.verified_on:
        return "verified"
    if option.implemented_on is not None and day >= option.implemented_on:
        return "implemented"
    if option.deferred_on is not None and day >= option.deferred_on:
        lapsed = day >= add_months(option.proposed_on, rules().lapses_after_months)
        return "lapsed" if lapsed else "pending"
    return "proposed"


class DeferOption(msgspec.Struct, frozen=True, kw_only=True):
    option_id: str
    by: str
    occurred_on: date
    note: str | None = None


class AnswerOption(msgspec.Struct, frozen=True, kw_only=True):
    option_id: str
    by: str
    answer: Answer
    occurred_on: date
    reason: str | None = None


class ExcludeOption(msgspec.Struct, frozen=True, kw_only=True):
    option_id: str
    reason: str
    occurred_on: date


LifeCommand = DeferOption | AnswerOption | ExcludeOption
LIFE_COMMANDS = (DeferOption, AnswerOption, ExcludeOption)


def decide(command: LifeCommand, state: Assessment) -> Sequence[Event]:
    option = checks.option_of(state, command.option_id)
    checks.status_in(state, "The life of an option can only go on", *checks.UNDER_WORK)
    match command:
        case DeferOption():
            return [_defer(command, state, option)]
        case AnswerOption():
            return _answer(command, state, option)
        case ExcludeOption():
            return [_exclude(command, state, option)]


def _defer(command: DeferOption, state: Assessment, option: Option) -> Event:
    checks.option_status(option, ("proposed",), "deferred")
    checks.not_before(command.occurred_on, option.proposed_on, "the proposal of the option")
    return OptionDeferred(
        **checks.of_option(state, command.option_id),
        by=command.by,
        note=command.note,
        occurred_on=command.occurred_on,
    )


def _answer(command: AnswerOption, state: Assessment, option: Option) -> Sequence[Event]:
    checks.option_status(option, ("pending",), "asked about")
    if command.answer not in ANSWERS:
        raise InvalidInput.at("/answer", f"must be one of {', '.join(ANSWERS)}")
    if option.deferred_on is not None:
        checks.not_before(command.occurred_on, option.deferred_on, "its deferral")
    if option.answers:
        checks.not_before(command.occurred_on, option.answers[-1].on, "the answer before")
    ids, day = checks.of_option(state, command.option_id), command.occurred_on
    asked = OptionAsked(**ids, by=command.by, answer=command.answer, reason=command.reason, occurred_on=day)
    if command.answer == "implemented":
        return [asked, OptionImplemented(**ids, by=command.by, occurred_on=day)]
    if command.answer == "not-implemented":
        reason = command.reason or ""
        checks.given(reason, "/reason")
        return [asked, OptionRefused(**ids, reason=reason, occurred_on=day)]
    if status_on(option, day) == "lapsed":
        raise Refused(
            f"The option has counted as not implemented since {lapses_on(option)}: pending for "
            f"{rules().lapses_after_months} months. Answer implemented if it is in use, or not-implemented."
        )
    return [asked]


def _exclude(command: ExcludeOption, state: Assessment, option: Option) -> Event:
    checks.option_status(option, ("proposed", "pending"), "excluded")
    checks.given(command.reason, "/reason")
    checks.not_before(command.occurred_on, option.proposed_on, "the proposal of the option")
    return OptionExcluded(
        **checks.of_option(state, command.option_id), reason=command.reason, occurred_on=command.occurred_on
    )
