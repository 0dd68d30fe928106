"""Options: measures proposed by an assessment, on their way to a verified implementation, or refused.

Proposed, then implemented or refused; implemented, then verified (once the assessment is approved); in use,
then discontinued. Refused and discontinued are final: a new attempt is a new option.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from services.audits.domain import checks
from services.audits.domain.catalogue import (
    OPTION_CLASSES,
    OptionClass,
    OptionDiscontinued,
    OptionImplemented,
    OptionProposed,
    OptionRefused,
    OptionVerified,
)
from services.audits.domain.measurement import RESOURCES
from services.audits.domain.state import Assessment, Option, Status
from services.eventkit.errors import FieldError, InvalidInput, NotFound, Refused
from services.eventkit.events import Event

#: Not while a reviewer has it: what is approved must be what was read.
UNDER_WORK: tuple[Status, ...] = ("open", "rejected", "approved")


class ProposeOption(msgspec.Struct, frozen=True, kw_only=True):
    option_id: str
    option_class: OptionClass
    title: str
    resources: tuple[str, ...]
    by: str
    occurred_on: date
    investment_vnd: int | None = None
    yearly_saving_vnd: int | None = None


class ImplementOption(msgspec.Struct, frozen=True, kw_only=True):
    option_id: str
    by: str
    occurred_on: date


class VerifyOption(msgspec.Struct, frozen=True, kw_only=True):
    option_id: str
    verifier: str
    occurred_on: date


class DiscontinueOption(msgspec.Struct, frozen=True, kw_only=True):
    option_id: str
    reason: str
    occurred_on: date


class RefuseOption(msgspec.Struct, frozen=True, kw_only=True):
    option_id: str
    reason: str
    occurred_on: date


OptionCommand = ProposeOption | ImplementOption | VerifyOption | DiscontinueOption | RefuseOption
OPTION_COMMANDS = (ProposeOption, ImplementOption, VerifyOption, DiscontinueOption, RefuseOption)


def decide(command: OptionCommand, state: Assessment) -> Event:
    checks.opened(state)
    if isinstance(command, ProposeOption):
        return _propose(command, state)
    option = state.options.get(command.option_id)
    if option is None:
        raise NotFound("The assessment has no option with this id. Read the assessment for those it has.")
    match command:
        case ImplementOption():
            return _implement(command, state, option)
        case VerifyOption():
            return _verify(command, state, option)
        case DiscontinueOption():
            return _discontinue(command, state, option)
        case RefuseOption():
            return _refuse(command, state, option)


def _propose(command: ProposeOption, state: Assessment) -> Event:
    checks.status_in(state, "An option can only be proposed", *UNDER_WORK)
    if command.option_id in state.options:
        raise Refused("The assessment already has an option with this id.")
    _check_proposal(command)
    checks.not_before(command.occurred_on, state.opened_on, "the opening of the assessment")
    return OptionProposed(
        **_of(state, command.option_id),
        option_class=command.option_class,
        title=command.title,
        resources=command.resources,
        by=command.by,
        investment_vnd=command.investment_vnd,
        yearly_saving_vnd=command.yearly_saving_vnd,
        occurred_on=command.occurred_on,
    )


def _check_proposal(command: ProposeOption) -> None:
    errors: list[FieldError] = []
    if command.option_class not in OPTION_CLASSES:
        errors.append({"field": "/option_class", "detail": f"must be one of {', '.join(OPTION_CLASSES)}"})
    if not command.title.strip():
        errors.append({"field": "/title", "detail": "must not be empty"})
    for index, resource in enumerate(command.resources):
        if resource not in RESOURCES:
            detail = f"must be one of {', '.join(RESOURCES)}"
            errors.append({"field": f"/resources/{index}", "detail": detail})
        elif resource in command.resources[:index]:
            errors.append({"field": f"/resources/{index}", "detail": f"{resource} stands here twice"})
    if errors:
        listed = "; ".join(f"{error['field']}: {error['detail']}" for error in errors[:3])
        raise InvalidInput(f"The option is not valid. {listed}", errors=errors)


def _implement(command: ImplementOption, state: Assessment, option: Option) -> Event:
    checks.status_in(state, "An option can only be implemented", *UNDER_WORK)
    _status(option, ("proposed",), "implemented")
    checks.not_before(command.occurred_on, state.opened_on, "the opening of the assessment")
    checks.not_before(command.occurred_on, option.proposed_on, "the proposal of the option")
    return OptionImplemented(**_of(state, command.option_id), by=command.by, occurred_on=command.occurred_on)


def _verify(command: VerifyOption, state: Assessment, option: Option) -> Event:
    checks.independent(command.verifier, option.contributors | {state.assessor}, "An option")
    checks.status_in(state, "An option can only be verified", "approved")
    _status(option, ("implemented",), "verified")
    if option.implemented_on is not None:
        checks.not_before(command.occurred_on, option.implemented_on, "its implementation")
    return OptionVerified(
        **_of(state, command.option_id), verifier=command.verifier, occurred_on=command.occurred_on
    )


def _discontinue(command: DiscontinueOption, state: Assessment, option: Option) -> Event:
    _status(option, ("implemented", "verified"), "discontinued")
    checks.given(command.reason, "/reason")
    if option.implemented_on is not None:
        checks.not_before(command.occurred_on, option.implemented_on, "its implementation")
    if option.verified_on is not None:
        checks.not_before(command.occurred_on, option.verified_on, "its verification")
    return OptionDiscontinued(
        **_of(state, command.option_id), reason=command.reason, occurred_on=command.occurred_on
    )


def _refuse(command: RefuseOption, state: Assessment, option: Option) -> Event:
    _status(option, ("proposed",), "refused")
    checks.given(command.reason, "/reason")
    checks.not_before(command.occurred_on, option.proposed_on, "the proposal of the option")
    return OptionRefused(
        **_of(state, command.option_id), reason=command.reason, occurred_on=command.occurred_on
    )


def _status(option: Option, allowed: tuple[str, ...], verb: str) -> None:
    if option.status not in allowed:
        raise Refused(
            f"Only an option that is {' or '.join(allowed)} can be {verb}; this one is {option.status}."
        )


def _of(state: Assessment, option_id: str) -> dict[str, Any]:
    return {"assessment_id": state.id, "facility_id": state.facility_id, "option_id": option_id}
