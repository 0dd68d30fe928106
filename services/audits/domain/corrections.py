"""Corrections: what was recorded wrongly is said again, with a reason. What stood before is kept as history.

A corrected follow-up waits for acceptance again, by someone else than who corrected it. A corrected baseline
keeps the approval, but the doubts about every follow-up's figures are to be decided again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from services.audits.domain import checks, follow_ups, measurement, options
from services.audits.domain.catalogue import (
    Amount,
    BaselineCorrected,
    FollowUpCorrected,
    OptionClass,
    OptionCorrected,
)
from services.audits.domain.evolve_option import CORRECTABLE
from services.audits.domain.state import Assessment
from services.eventkit.errors import InvalidInput, Refused
from services.eventkit.events import Event


class CorrectBaseline(msgspec.Struct, frozen=True, kw_only=True):
    measurement: measurement.Measurement
    by: str
    reason: str


class CorrectFollowUp(msgspec.Struct, frozen=True, kw_only=True):
    follow_up_id: str
    measurement: measurement.Measurement
    by: str
    reason: str


class CorrectOption(msgspec.Struct, frozen=True, kw_only=True):
    """None leaves a field as it is."""

    option_id: str
    by: str
    reason: str
    occurred_on: date
    option_class: OptionClass | None = None
    title: str | None = None
    resources: tuple[str, ...] | None = None
    investment_vnd: int | None = None
    yearly_saving_vnd: int | None = None
    estimated: tuple[Amount, ...] | None = None


Correction = CorrectBaseline | CorrectFollowUp | CorrectOption
CORRECTIONS = (CorrectBaseline, CorrectFollowUp, CorrectOption)


def decide(command: Correction, state: Assessment) -> Sequence[Event]:
    checks.opened(state)
    checks.given(command.reason, "/reason")
    match command:
        case CorrectBaseline():
            return _correct_baseline(command, state)
        case CorrectFollowUp():
            return _correct_follow_up(command, state)
        case CorrectOption():
            return _correct_option(command, state)


def _correct_baseline(command: CorrectBaseline, state: Assessment) -> Sequence[Event]:
    if state.status != "approved":
        raise Refused(
            "Only the baseline of an approved assessment is corrected; "
            f"this one is {state.status}: record it anew instead (PUT …/baseline)."
        )
    measurement.check(command.measurement)
    period = command.measurement.period
    if state.submitted_on is not None and period.end > state.submitted_on:
        raise InvalidInput.at("/period/end", f"must not be after the submission, {state.submitted_on}")
    for report in state.follow_ups.values():
        if report.status != "refused" and report.measurement.period.start <= period.end:
            raise InvalidInput.at(
                "/period/end",
                f"must be before every follow-up; one covers {report.measurement.period}. "
                "Correct that one first, or have it refused",
            )
    if command.measurement == state.baseline:
        return []
    return [
        BaselineCorrected(
            **checks.of(state),
            measurement=command.measurement,
            by=command.by,
            reason=command.reason,
            occurred_on=period.end,
        )
    ]


def _correct_follow_up(command: CorrectFollowUp, state: Assessment) -> Sequence[Event]:
    follow_up = checks.follow_up_of(state, command.follow_up_id)
    checks.follow_up_status(follow_up, ("reported", "accepted"), "corrected")
    follow_ups.check_figures(command.measurement, state, command.follow_up_id)
    if command.measurement == follow_up.measurement:
        return []
    return [
        FollowUpCorrected(
            **checks.of_follow_up(state, command.follow_up_id),
            measurement=command.measurement,
            by=command.by,
            reason=command.reason,
            occurred_on=command.measurement.period.end,
        )
    ]


def _correct_option(command: CorrectOption, state: Assessment) -> Sequence[Event]:
    option = checks.option_of(state, command.option_id)
    checks.status_in(state, "An option can only be corrected", *checks.UNDER_WORK)
    if option.status == "excluded":
        raise Refused("An excluded option counts nowhere and is not corrected. Propose a new one.")
    given = {name: getattr(command, name) for name in CORRECTABLE if getattr(command, name) is not None}
    if not given:
        raise InvalidInput(f"Nothing to correct. Give at least one of {', '.join(CORRECTABLE)}.")
    options.valid(
        "The correction is not valid",
        *options.wrong_class(command.option_class or option.option_class),
        *options.wrong_title(option.title if command.title is None else command.title),
        *options.wrong_resources(command.resources or ()),
        *options.wrong_amounts(command.estimated or (), "/estimated"),
    )
    checks.not_before(command.occurred_on, option.proposed_on, "the proposal of the option")
    changes = {name: value for name, value in given.items() if value != getattr(option, name)}
    if not changes:
        return []
    return [
        OptionCorrected(
            **checks.of_option(state, command.option_id),
            by=command.by,
            reason=command.reason,
            occurred_on=command.occurred_on,
            **changes,
        )
    ]
