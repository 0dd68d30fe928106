"""What the lists of this service share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

#: Name of the mongoengine connection of this service.
ALIAS = "audits"


def day(value: date | None) -> str | None:
    """ISO dates sort as text."""
    return None if value is None else value.isoformat()


def facility_filter(within: Sequence[str] | None, members: Sequence[str] | None) -> dict[str, Any] | None:
    """A filter on `facility_id`: those in `within` (``facility:<id>``) and in `members`; None: all."""
    facilities = None if members is None else set(members)
    if within is not None:
        own = {subject.removeprefix("facility:") for subject in within if subject.startswith("facility:")}
        facilities = own if facilities is None else own & facilities
    return None if facilities is None else {"$in": sorted(facilities)}
