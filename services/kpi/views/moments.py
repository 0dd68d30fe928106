"""Which position each log had reached at a moment: the last commit recorded by then."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from pymongo.database import Database
from pymongo.read_concern import ReadConcern

from services.eventkit.commits import Commit

#: Seconds after which no commit can appear any more that bears an earlier time: a write waits ten at most.
SETTLED = 60
#: Answers kept in memory, how many of them in MongoDB, and for how many days.
_MOST, _STORED, _DAYS = 4096, 100_000, 30

Positions = dict[str, int]


class Feed(Protocol):
    def commits(self, after: int, limit: int = ...) -> list[Commit]: ...
    def reached_at(self, at: datetime) -> int: ...


class Moments:
    def __init__(self, feeds: Mapping[str, Feed], database: Database[dict[str, Any]]) -> None:
        self._feeds = feeds
        self._stored = database.get_collection("moments", read_concern=ReadConcern("majority"))
        self._lock = threading.Lock()
        self._known: OrderedDict[datetime, Positions] = OrderedDict()

    def positions(self, at: datetime) -> Positions:
        """By source; 0 before the first commit. The same for ever, once the moment is `SETTLED` seconds
        past. Raises `Unavailable` when a log does not answer."""
        with self._lock:
            if (known := self._known.get(at)) is not None:
                self._known.move_to_end(at)
                return known
        key = at.astimezone(UTC).isoformat()
        stored = self._stored.find_one({"_id": key})
        if stored is None:
            found = {source: feed.reached_at(at) for source, feed in self._feeds.items()}
            if not settled(at):
                return found
            self._store(key, found)
        else:
            found = {source: int(stored["positions"][source]) for source in self._feeds}
        with self._lock:
            self._known[at] = found
            if len(self._known) > _MOST:
                self._known.popitem(last=False)
        return found

    def beyond(self, positions: Mapping[str, int], at: datetime) -> Positions:
        """Those of some positions that the logs had not reached by a moment. Asks for the commits at just
        these; raises `Unavailable` when a log does not answer."""
        return {
            source: position
            for source, position in positions.items()
            if position and not _by(self._feeds[source], position, at)
        }

    def _store(self, key: str, found: Positions) -> None:
        """For others. Whoever asks for ever new moments does not fill the database."""
        if self._stored.estimated_document_count() >= _STORED:
            return
        self._stored.create_index("asked_at", expireAfterSeconds=_DAYS * 86_400, name="kept")
        kept = {"positions": found, "asked_at": datetime.now(UTC)}
        self._stored.update_one({"_id": key}, {"$setOnInsert": kept}, upsert=True)


def settled(at: datetime) -> bool:
    """Whether nothing can be recorded any more that bears this time, or an earlier one."""
    return at < datetime.now(UTC) - timedelta(seconds=SETTLED)


def _by(feed: Feed, position: int, at: datetime) -> bool:
    """Whether there is such a commit, recorded by then."""
    found = feed.commits(position - 1, 1)
    return bool(found) and found[0].recorded_at <= at
