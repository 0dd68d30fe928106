"""Conditions that several decisions share. Each says which state or which field stands in the way."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from services.audits.domain.state import Assessment, Status
from services.eventkit.errors import Forbidden, InvalidInput, NotFound, Refused


def opened(state: Assessment) -> None:
    if state.status == "none":
        raise NotFound("There is no assessment with this id. Look it up in /api/v1/assessments.")


def status_in(state: Assessment, what: str, *allowed: Status) -> None:
    opened(state)
    if state.status not in allowed:
        raise Refused(f"{what} while the assessment is {' or '.join(allowed)}; it is {state.status}.")


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
