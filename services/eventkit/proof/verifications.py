"""When a log was walked from end to end, and what was found: for operators to see that it is done.

It is not signed, so it proves nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from bson.codec_options import CodecOptions
from pymongo.database import Database

from services.eventkit.errors import NotFound
from services.eventkit.verify import Verdict


class Verification(NamedTuple):
    """`checked` commits were in order; `fault` (see `verify.Fault`) at `position` when that was not all."""

    at: datetime
    whole: bool
    checked: int
    fault: str | None
    position: int | None
    reason: str | None


class Verifications:
    """Kept beside the log in `database`; all of them stay."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        aware: CodecOptions[dict[str, Any]] = CodecOptions(tz_aware=True)
        self._found = database.get_collection("verifications", codec_options=aware)

    def add(self, verdict: Verdict, at: datetime) -> None:
        found = Verification(
            at,
            verdict.whole,
            verdict.checked,
            verdict.fault and verdict.fault.value,
            None if verdict.whole else verdict.position,
            verdict.reason or None,
        )
        self._found.insert_one(found._asdict())

    def last(self) -> Verification:
        """Raises `NotFound` before the first."""
        found = self._found.find_one({}, {"_id": 0}, sort=[("_id", -1)])
        if found is None:
            raise NotFound("This log was not verified yet. `sxsh verify` walks it and says what it finds.")
        return Verification(**found)
