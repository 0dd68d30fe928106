"""What a page of differences hands to the next: the two readings, exactly, and the item it ended with.

A cursor comes from a caller, who may have written it: nothing in it is believed that no page could have said.
"""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import msgspec

from services.eventkit.errors import InvalidInput
from services.kpi.api.queries import YEARS
from services.kpi.domain.facts import SOURCES
from services.kpi.views.moments import SETTLED
from services.kpi.views.past import Past

_NO_CURSOR = "is not a cursor; take `next` of the page before as it is"


class Asked(msgspec.Struct, array_like=True, frozen=True):
    """Of one side: kept in the cursor, so that all pages are of the same two readings."""

    known_at: Annotated[datetime, msgspec.Meta(tz=True)]
    on: date
    positions: dict[str, Annotated[int, msgspec.Meta(ge=0, lt=2**53)]]


class Cursor(msgspec.Struct, array_like=True, frozen=True):
    before: Asked
    after: Asked
    last: str


def encode(cursor: Cursor) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def decode(cursor: str, past: Past) -> Cursor:
    """Raises `InvalidInput` for what no page says: above all for positions that the logs had not reached at
    the moment beside them, which would have a moment built that never was."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        found = msgspec.json.decode(raw, type=Cursor)
    except (binascii.Error, ValueError):
        raise InvalidInput.at("/cursor", _NO_CURSOR) from None
    for side in (found.before, found.after):
        _check(side, past)
    return found


def _check(side: Asked, past: Past) -> None:
    if side.positions.keys() != set(SOURCES):
        raise InvalidInput.at("/cursor", _NO_CURSOR)
    if side.on.year not in YEARS or side.known_at.year not in YEARS:
        raise InvalidInput.at(
            "/cursor", f"names a year that is not from {YEARS[0]} to {YEARS[-1]}; {_NO_CURSOR}"
        )
    # Whoever made the page may have a clock that is a little ahead of this one.
    if side.known_at > datetime.now(UTC) + timedelta(seconds=SETTLED):
        raise InvalidInput.at("/cursor", f"names a moment to come; {_NO_CURSOR}")
    for source, position in past.beyond(side.positions, side.known_at).items():
        raise InvalidInput.at(
            "/cursor",
            f"names position {position} of {source}, which had not been recorded by "
            f"{side.known_at.isoformat()}; {_NO_CURSOR}",
        )
