"""Conditions that several decisions share. Each says which state or which field stands in the way."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from services.audits.domain.state import Assessment, FollowUp, Option, Status
from services.eventkit.errors import Forbidden, InvalidInput, NotFound, Refused

#: Not while a reviewer has it: what is approved must be what was read.
UNDER_WORK: tuple[Status, ...] = ("open", "rejected", "approved")


def opened(state: Assessment) -> None:
    if state.status == "none":
        raise NotFound("There is no assessment with this id. Look it up in /api/v1/assessments.")


def status_in(state: Assessment, what: str, *allowed: Status) -> None:
    opened(state)
    if state.status not in allowed:
        raise Refused(f"{what} while the assessment is {' or '.join(allowed)}; it is {state.status}.")


def option_of(state: Assessment, option_id: str) -> Option:
    opened(state)
    option = state.options.get(option_id)
    if option is None:
        raise NotFound("The assessment has no option with this id. Read the assessment for those it has.")
    return option


def follow_up_of(state: Assessment, follow_up_id: str) -> FollowUp:
    opened(state)
    follow_up = state.follow_ups.get(follow_up_id)
    if follow_up is None:
        raise NotFound("The assessment has no follow-up with this id. Read the assessment for those it has.")
    return follow_up


def option_status(option: Option, allowed: tuple[str, ...], verb: str) -> None:
    if option.status not in allowed:
        raise Refused(
            f"Only an option that is {' or '.join(allowed)} can be {verb}; this one is {option.status}."
        )


def follow_up_status(follow_up: FollowUp, allowed: tuple[str, ...], verb: str) -> None:
    if follow_up.status not in allowed:
        raise Refused(
            f"Only a follow-up that is {' or '.join(allowed)} can be {verb}; this one is {follow_up.status}."
        )


def independent(reviewer: str, involved: Collection[str], what: str) -> None:
    """Nobody judges what they brought in themselves."""
    if reviewer in involved:
        raise Forbidden(f"{what} must be judged by someone who had no part in it. Ask another reviewer.")


def not_before(day: date, earliest: date, what: str, field: str = "/occurred_on") -> None:
    if day < earliest:
        raise InvalidInput.at(field, f"{day} is before {what}, {earliest}")


def given(text: str, field: str) -> None:
    if not text.strip():
        raise InvalidInput.at(field, "must say why; it is empty")


def of(state: Assessment) -> dict[str, Any]:
    """The ids that every event of the assessment begins with."""
    return {"assessment_id": state.id, "facility_id": state.facility_id}


def of_option(state: Assessment, option_id: str) -> dict[str, Any]:
    return {**of(state), "option_id": option_id}


def of_follow_up(state: Assessment, follow_up_id: str) -> dict[str, Any]:
    return {**of(state), "follow_up_id": follow_up_id}
