"""How far the projection is behind each log, as the log's own feed tells it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from services.eventkit.commits import GENESIS, decode_body, hash_of
from services.eventkit.errors import SxshError, Unavailable
from services.eventkit.feed_client import FeedClient

#: Seconds for which a log's answer is kept.
KEPT = 1.0


class Lag(msgspec.Struct, frozen=True):
    """`events` counts log positions not applied yet (one commit each); `seconds` is the age of the oldest of
    them. All but `applied` are None when the log did not answer, and `problem` says why."""

    source: str
    applied: int
    head: int | None = None
    events: int | None = None
    seconds: float | None = None
    problem: str | None = None


class Last(NamedTuple):
    """The last commit that something rests on."""

    hash: str
    recorded_at: datetime


class Logs:
    def __init__(self, feeds: Mapping[str, FeedClient]) -> None:
        self._feeds = feeds
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, int], tuple[float, Lag]] = {}

    def lag(self, position: Mapping[str, int]) -> list[Lag]:
        with self._lock:
            return [self._of(source, position.get(source, 0)) for source in self._feeds]

    def heads(self) -> dict[str, int]:
        """The last position of each log, asked now. Raises `Unavailable` when one does not answer."""
        for feed in self._feeds.values():
            feed.read(feed.head, 1)
        return {source: feed.head for source, feed in self._feeds.items()}

    def hashes(self, position: Mapping[str, int]) -> dict[str, str]:
        """The hash of each log's commit at a position; of those logs that answer."""
        found = {}
        for source, feed in self._feeds.items():
            at = position.get(source, 0)
            with contextlib.suppress(SxshError):
                bodies = feed.read(at - 1, 1) if at else []
                found[source] = hash_of(bodies[0]) if bodies else GENESIS
        return found

    def last(self, position: Mapping[str, int]) -> dict[str, Last]:
        """Of each log that has begun, its commit at a position. Raises `Unavailable` when one is silent."""
        found = {}
        for source, at in position.items():
            if at:
                bodies = self._feeds[source].read(at - 1, 1)
                if not bodies:
                    raise Unavailable(f"The log of {source} does not have its commit {at}. Ask again.")
                found[source] = Last(hash_of(bodies[0]), decode_body(bodies[0]).recorded_at)
        return found

    def _of(self, source: str, applied: int) -> Lag:
        now = time.monotonic()
        known = self._kept.get((source, applied))
        if known is not None and now - known[0] < KEPT:
            return known[1]
        lag = self._ask(source, applied)
        self._kept = {key: kept for key, kept in self._kept.items() if key[0] != source}
        self._kept[source, applied] = (now, lag)
        return lag

    def _ask(self, source: str, applied: int) -> Lag:
        feed = self._feeds[source]
        try:
            waiting = feed.commits(applied, limit=1)
        except SxshError as error:
            return Lag(source, applied, problem=error.detail)
        head = max(feed.head, applied)
        age = (datetime.now(UTC) - waiting[0].recorded_at).total_seconds() if waiting else 0.0
        return Lag(source, applied, head, head - applied, round(max(age, 0.0), 3))
