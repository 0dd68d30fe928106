"""Reads pages of a feed, checks that their lines chain, and puts their events by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, datetime
from hashlib import sha256
from typing import Protocol, runtime_checkable

import msgspec

from services.eventkit.commits import EVENTS_PER_COMMIT
from services.eventkit.crash import crash_point
from services.eventkit.errors import Unavailable
from services.kpi.projection.bulk.spool import Page, Plan, Read, Spool, Spooled


class _Event(msgspec.Struct, gc=False):
    id: str
    type: str
    subject: str
    occurred_on: date
    data: msgspec.Raw
    schema: int = 1


class Line(msgspec.Struct, gc=False):
    """As much of a commit as is read here."""

    position: int
    prev: str
    recorded_at: datetime
    events: list[_Event]


LINE = msgspec.json.Decoder(Line)


@runtime_checkable
class PagedFeed(Protocol):
    """A feed of which any page can be asked for; `head` is its last position, as last told."""

    @property
    def head(self) -> int: ...
    def linked(
        self, after: int, limit: int, decoder: msgspec.json.Decoder[Line]
    ) -> list[tuple[bytes, Line]]: ...


def gather(
    feed: PagedFeed,
    spool: Spool,
    plan: Plan,
    pages: Sequence[Page],
    told: Callable[[int], None],
    go_on: Callable[[], bool],
) -> None:
    """Put pages by; the next is fetched, and the one before written, while one is worked on.

    Tells how many commits each had. Raises what the feed does, `Unavailable` when it ends too early; returns
    early when `go_on` says no.
    """
    with ThreadPoolExecutor(1, "fetch") as fetching, ThreadPoolExecutor(1, "put") as putting:
        writing: Future[None] | None = None
        for page, lines in _fetched(feed, pages, fetching, go_on):
            by_bucket, read = _cut(plan, page, lines)
            spool.ensure(plan)
            if writing is not None:
                writing.result()
            writing = putting.submit(spool.put, page, by_bucket, read)
            told(page.limit)
            crash_point("rebuild.after_page")
        if writing is not None:
            writing.result()


def _fetched(
    feed: PagedFeed, pages: Sequence[Page], fetching: ThreadPoolExecutor, go_on: Callable[[], bool]
) -> Iterator[tuple[Page, list[tuple[bytes, Line]]]]:
    def fetch(page: Page) -> list[tuple[bytes, Line]]:
        return feed.linked(page.after, page.limit, LINE)

    coming = fetching.submit(fetch, pages[0]) if pages else None
    for index, page in enumerate(pages):
        if coming is None or not go_on():
            return
        lines = coming.result()
        coming = fetching.submit(fetch, pages[index + 1]) if index + 1 < len(pages) else None
        if len(lines) != page.limit:
            raise Unavailable(
                f"The feed of {page.source} gave {len(lines)} commits after {page.after}, "
                f"not the {page.limit} it had before. Is its log being restored? Try again."
            )
        yield page, lines


def _cut(plan: Plan, page: Page, lines: list[tuple[bytes, Line]]) -> tuple[dict[int, list[Spooled]], Read]:
    by_bucket: dict[int, list[Spooled]] = {}
    by_subject: dict[str, list[Spooled]] = {}
    events = 0
    for _, line in lines:
        sequence, recorded_at = line.position * EVENTS_PER_COMMIT, line.recorded_at
        for e in line.events:
            found = by_subject.get(e.subject)
            if found is None:
                found = by_subject[e.subject] = by_bucket.setdefault(plan.bucket_of(e.subject), [])
            found.append(
                Spooled(
                    e.id, e.type, e.subject, e.occurred_on, recorded_at, sequence, e.schema, bytes(e.data)
                )
            )
            sequence += 1
            events += 1
    return by_bucket, Read(events, lines[0][1].prev, sha256(lines[-1][0]).hexdigest())
