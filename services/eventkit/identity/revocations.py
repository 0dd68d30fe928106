"""Credentials that are believed no more, though they have not expired: all of a subject's, or one token.

Kept in the database of each service, so that every worker of it on every host knows within `RECHECK` seconds.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import structlog
from bson.codec_options import CodecOptions
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import PyMongoError

from services.eventkit.errors import NotFound, Unauthenticated, Unavailable
from services.eventkit.identity.tokens import Believed

log = structlog.get_logger(__name__)

#: What is revoked is read again after this many seconds.
RECHECK = 2.0

SUBJECT, TOKEN = "subject", "token"


class Revocation(NamedTuple):
    """`id` is ``subject:<sub>`` (of an API key ``subject:machine:<name>``) or ``token:<jti>``. What was
    issued up to `before` is refused; an API key, which says no time, always."""

    id: str
    before: datetime
    at: datetime
    by: str
    reason: str


class Revocations:
    """Safe for several threads."""

    def __init__(
        self, database: Database[dict[str, Any]], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        aware: CodecOptions[dict[str, Any]] = CodecOptions(tz_aware=True, tzinfo=UTC)
        self._kept: Collection[dict[str, Any]] = database.get_collection("revocations", aware)
        self._clock = clock
        self._reading = threading.Lock()
        self._read_at: float | None = None
        self._known: dict[str, Revocation] = {}

    def add(self, kind: str, value: str, *, by: str, reason: str) -> Revocation:
        """Of a subject: what was issued until now. Again, it is until the later time."""
        now = datetime.now(UTC)
        found = Revocation(f"{kind}:{value}", now, now, by, reason)
        document = {"_id": found.id, "before": now, "at": now, "by": by, "reason": reason}
        self._kept.replace_one({"_id": found.id}, document, upsert=True)
        self._read_at = None
        return found

    def withdraw(self, id_: str) -> None:
        """Raises `NotFound`."""
        if not self._kept.delete_one({"_id": id_}).deleted_count:
            raise NotFound(f"{id_} is not revoked. GET /api/v1/revocations lists what is.")
        self._read_at = None

    def listed(self) -> list[Revocation]:
        """The newest first."""
        return [_revocation(each) for each in self._kept.find().sort("at", -1)]

    def ensure_holds(self, believed: Believed) -> None:
        """Raises `Unauthenticated` for what is revoked, `Unavailable` when it was never known what is."""
        self._read_when_old()
        if not self._known:
            return
        whole = self._known.get(f"{SUBJECT}:{believed.principal.id}")
        if whole is not None and (
            believed.issued_at is None or believed.issued_at <= whole.before.timestamp()
        ):
            raise Unauthenticated("What you sign in with was revoked. Sign in again, or ask an operator.")
        if believed.token_id is not None and f"{TOKEN}:{believed.token_id}" in self._known:
            raise Unauthenticated("This token was revoked. Sign in again, or ask an operator.")

    def _read_when_old(self) -> None:
        """One thread reads, while the others go by what is known; at first all wait for it."""
        read_at = self._read_at
        if read_at is not None and self._clock() - read_at < RECHECK:
            return
        if not self._reading.acquire(blocking=read_at is None):
            return
        try:
            if read_at is None and self._read_at is not None:
                return
            self._known = {each.id: each for each in self.listed()}
            self._read_at = self._clock()
        except PyMongoError as error:
            log.warning("revocations_unreadable", error=type(error).__name__)
            if self._read_at is None and not self._known:
                raise Unavailable("It is not known which sign-ins are revoked. Try again shortly.") from None
        finally:
            self._reading.release()


def _revocation(document: dict[str, Any]) -> Revocation:
    return Revocation(document["_id"], document["before"], document["at"], document["by"], document["reason"])
