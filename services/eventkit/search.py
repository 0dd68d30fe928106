"""Finds events in a log: page by page, each bounded, whatever is looked for and however rare it is."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from services.eventkit.blocks import SIZE, Blocks, Wanted
from services.eventkit.errors import NotFound, Unavailable
from services.eventkit.log import EventLog, StoredCommit

#: A page ends after so many commits were looked through, or bytes found.
LOOKED, BYTES = 20_000, 8_000_000
#: Blocks that one request looks through for all that come after it; commits beyond those that it still reads.
CATCH_UP, BEYOND = 40, 100_000
#: Parts that a stretch of a log is cut into, at the price of one read, to find a moment in it.
PROBES = 16


class Found(NamedTuple):
    """A commit with the indexes of those of its events that were looked for."""

    stored: StoredCommit
    indexes: list[int]


class Page(NamedTuple):
    """`position`: everything up to it was looked through, so the next page begins after it."""

    found: list[Found]
    position: int


class Search:
    """`blocks` None: everything is read, in as many pages as that takes. Safe for several threads."""

    def __init__(self, log: EventLog, blocks: Blocks | None = None) -> None:
        self._log = log
        self._blocks = blocks

    def page(self, wanted: Wanted, after: int, until: int, limit: int) -> Page:
        """Of the commits at positions `after` + 1 … `until`, at most `limit` of those wanted.

        It may find none and yet not have come to `until`: then go on from its position.
        """
        known = 0 if self._blocks is None else self._blocks.extend(CATCH_UP) * SIZE
        found: list[Found] = []
        position, looked, taken = after, 0, 0
        while position < until and looked < LOOKED and taken < BYTES:
            commits, reached = self._part(wanted, position, until, known)
            for stored in commits:
                if indexes := wanted.of(stored.commit):
                    found.append(Found(stored, indexes))
                    taken += len(stored.body)
                    if len(found) == limit:
                        return Page(found, stored.commit.position)
            if reached == position:
                break
            position = reached
            looked += max(1, len(commits))
        return Page(found, max(after, min(position, until)))

    def event(self, event_id: str) -> Found:
        """Raises `NotFound`, or `Unavailable` while much of the log was not yet looked through."""
        known = 0 if self._blocks is None else self._blocks.extend(CATCH_UP)
        for number in [] if self._blocks is None else self._blocks.with_event(event_id):
            if (found := self._in(event_id, number * SIZE, SIZE)) is not None:
                return found
        position, head = known * SIZE, self._log.head()
        if head - position > BEYOND:
            raise Unavailable(
                f"The log is being looked through: {position:,} of {head:,} commits are done.", retry_after=5
            )
        while position < head:
            if (found := self._in(event_id, position, SIZE)) is not None:
                return found
            position += SIZE
        raise NotFound(f"There is no event {event_id} in the log of {self._log.source}.")

    def reached_at(self, at: datetime) -> int:
        """The last position recorded by a moment; 0 before the first commit.

        In a log no commit bears an earlier time than the one before it. Of one written before that was so,
        where times step back: a position recorded by then whose successor was recorded later.
        """
        low, high = 0, self._log.head()
        if high == 0 or self._log.at([high])[0].commit.recorded_at <= at:
            return high
        while high - low > 1:
            probes = sorted({low + (high - low) * n // PROBES for n in range(1, PROBES)} - {low})
            for stored in self._log.at(probes):
                if stored.commit.recorded_at > at:
                    high = stored.commit.position
                    break
                low = stored.commit.position
        return low

    def _part(self, wanted: Wanted, after: int, until: int, known: int) -> tuple[list[StoredCommit], int]:
        """Commits to look at next, and up to where nothing else may have what is wanted."""
        if self._blocks is not None and after < known and wanted.subjects:
            places, reached = self._blocks.places(wanted, after, min(until, known))
            return (self._log.at(places) if places else []), reached
        after = self._skipped(wanted, after, known)
        if after >= until:
            return [], until
        commits = self._log.read(after, min(until, (after // SIZE + 1) * SIZE) - after)
        return commits, commits[-1].commit.position if commits else after

    def _skipped(self, wanted: Wanted, position: int, known: int) -> int:
        """Where to go on reading: after blocks, up to `known`, that have nothing wanted."""
        if self._blocks is None or position >= known or not wanted.query():
            return position
        following = self._blocks.matching(wanted, position // SIZE, 1)
        return max(position, following[0] * SIZE) if following else known

    def _in(self, event_id: str, after: int, limit: int) -> Found | None:
        for stored in self._log.read(after, limit):
            for index, record in enumerate(stored.commit.events):
                if record.id == event_id:
                    return Found(stored, [index])
        return None
