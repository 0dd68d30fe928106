"""Options: measures proposed by an assessment, on their way to a verified implementation, or refused.

Proposed, then implemented or refused; implemented, then verified (once the assessment is approved); in use,
then discontinued. Refused and discontinued are final: a new attempt is a new option. What happens to one that
has to wait stands in `option_life`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import msgspec

from services.audits.domain import checks
from services.audits.domain.catalogue import (
    OPTION_CLASSES,
    Amount,
    OptionClass,
    OptionDiscontinued,
    OptionImplemented,
    OptionProposed,
    OptionRefused,
    OptionVerified,
)
from services.audits.domain.measurement import RESOURCES, UNITS
from services.audits.domain.state import Assessment, Option
from services.eventkit.errors import FieldError, InvalidInput, Refused
from services.eventkit.events import Event


class ProposeOption(msgspec.Struct, frozen=True, kw_only=True):
    option_id: str
    option_class: OptionClass
    title: str
    resources: tuple[str, ...]
    by: str
    occurred_on: date
    investment_vnd: int | None = None
    yearly_saving_vnd: int | None = None
    estimated: tuple[Amount, ...] = ()


class ImplementOption(msgspec.Struct, frozen=True, kw_only=True):
    option_id: str
    by: str
    occurred_on: date


class VerifyOption(msgspec.Struct, frozen=True, kw_only=True):
    option_id: str
    verifier: str
    occurred_on: date
    verified: tuple[Amount, ...] = ()
    verified_saving_vnd: int | None = None


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


def decide(command: OptionCommand, state: Assessment) -> Sequence[Event]:
    checks.opened(state)
    if isinstance(command, ProposeOption):
        return [_propose(command, state)]
    option = checks.option_of(state, command.option_id)
    match command:
        case ImplementOption():
            return [_implement(command, state, option)]
        case VerifyOption():
            return [_verify(command, state, option)]
        case DiscontinueOption():
            return [_discontinue(command, state, option)]
        case RefuseOption():
            return [_refuse(command, state, option)]


def _propose(command: ProposeOption, state: Assessment) -> Event:
    checks.status_in(state, "An option can only be proposed", *checks.UNDER_WORK)
    if command.option_id in state.options:
        raise Refused("The assessment already has an option with this id.")
    _check_proposal(command)
    checks.not_before(command.occurred_on, state.opened_on, "the opening of the assessment")
    return OptionProposed(
        **checks.of_option(state, command.option_id),
        option_class=command.option_class,
        title=command.title,
        resources=command.resources,
        by=command.by,
        investment_vnd=command.investment_vnd,
        yearly_saving_vnd=command.yearly_saving_vnd,
        estimated=command.estimated,
        occurred_on=command.occurred_on,
    )


def _check_proposal(command: ProposeOption) -> None:
    valid(
        "The option is not valid",
        *wrong_class(command.option_class),
        *wrong_title(command.title),
        *wrong_resources(command.resources),
        *wrong_amounts(command.estimated, "/estimated"),
    )


def valid(what: str, *wrong: FieldError) -> None:
    """Raises `InvalidInput` that names every wrong field."""
    if wrong:
        listed = "; ".join(f"{error['field']}: {error['detail']}" for error in wrong[:3])
        raise InvalidInput(f"{what}. {listed}", errors=list(wrong))


def wrong_class(option_class: str) -> Iterator[FieldError]:
    if option_class not in OPTION_CLASSES:
        yield {"field": "/option_class", "detail": f"must be one of {', '.join(OPTION_CLASSES)}"}


def wrong_title(title: str) -> Iterator[FieldError]:
    if not title.strip():
        yield {"field": "/title", "detail": "must not be empty"}


def wrong_resources(resources: Sequence[str]) -> Iterator[FieldError]:
    for index, resource in enumerate(resources):
        if resource not in RESOURCES:
            yield {"field": f"/resources/{index}", "detail": f"must be one of {', '.join(RESOURCES)}"}
        elif resource in resources[:index]:
            yield {"field": f"/resources/{index}", "detail": f"{resource} stands here twice"}


def wrong_amounts(amounts: Sequence[Amount], at: str) -> Iterator[FieldError]:
    for index, amount in enumerate(amounts):
        units = UNITS.get(amount.resource, ())
        if not units:
            yield {"field": f"{at}/{index}/resource", "detail": f"must be one of {', '.join(RESOURCES)}"}
        elif amount.unit not in units:
            detail = f"{amount.resource} is given in {' or '.join(units)}, not in {amount.unit!r}"
            yield {"field": f"{at}/{index}/unit", "detail": detail}
        if not amount.quantity.is_finite() or amount.quantity < 0:
            yield {"field": f"{at}/{index}/quantity", "detail": "must be a number of 0 or more"}


def _implement(command: ImplementOption, state: Assessment, option: Option) -> Event:
    checks.status_in(state, "An option can only be implemented", *checks.UNDER_WORK)
    checks.option_status(option, ("proposed", "pending"), "implemented")
    checks.not_before(command.occurred_on, state.opened_on, "the opening of the assessment")
    checks.not_before(command.occurred_on, option.proposed_on, "the proposal of the option")
    return OptionImplemented(
        **checks.of_option(state, command.option_id), by=command.by, occurred_on=command.occurred_on
    )


def _verify(command: VerifyOption, state: Assessment, option: Option) -> Event:
    checks.independent(command.verifier, option.contributors | {state.assessor}, "An option")
    checks.status_in(state, "An option can only be verified", "approved")
    checks.option_status(option, ("implemented",), "verified")
    if option.implemented_on is not None:
        checks.not_before(command.occurred_on, option.implemented_on, "its implementation")
    valid("The verification is not valid", *wrong_amounts(command.verified, "/verified"))
    return OptionVerified(
        **checks.of_option(state, command.option_id),
        verifier=command.verifier,
        verified=command.verified,
        verified_saving_vnd=command.verified_saving_vnd,
        occurred_on=command.occurred_on,
    )


def _discontinue(command: DiscontinueOption, state: Assessment, option: Option) -> Event:
    checks.option_status(option, ("implemented", "verified"), "discontinued")
    checks.given(command.reason, "/reason")
    if option.implemented_on is not None:
        checks.not_before(command.occurred_on, option.implemented_on, "its implementation")
    if option.verified_on is not None:
        checks.not_before(command.occurred_on, option.verified_on, "its verification")
    return OptionDiscontinued(
        **checks.of_option(state, command.option_id), reason=command.reason, occurred_on=command.occurred_on
    )


def _refuse(command: RefuseOption, state: Assessment, option: Option) -> Event:
    checks.option_status(option, ("proposed", "pending"), "refused")
    checks.given(command.reason, "/reason")
    checks.not_before(command.occurred_on, option.proposed_on, "the proposal of the option")
    return OptionRefused(
        **checks.of_option(state, command.option_id), reason=command.reason, occurred_on=command.occurred_on
    )
