"""Fills gaps from the event feeds: the logs are the truth, a topic only a fast copy of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import structlog

from services.eventkit.cloudevents import of_commit, partition_of
from services.eventkit.commits import EVENTS_PER_COMMIT, Commit
from services.eventkit.telemetry import metrics
from services.eventkit.tracing import Batch
from services.kpi.projection.flushing import Flusher
from services.kpi.projection.partition import Partition

LOG = structlog.get_logger("projector")

#: Commits asked of a feed at once.
PAGE = 5000


class Feed(Protocol):
    def commits(self, after: int, limit: int = ..., wait: float = ...) -> list[Commit]: ...


def catch_up(
    source: str,
    feed: Feed,
    owned: Mapping[int, Partition],
    partitions: int,
    *,
    until: int | None = None,
    go_on: Callable[[], bool] = lambda: True,
    progress: Callable[[int, int], None] = lambda position, events: None,
    flusher: Flusher | None = None,
    told: Batch | None = None,
) -> int:
    """Take from a feed all that any of `owned` lacks, to its end or the position `until`; the last position.

    Flushes as it goes; with a `flusher` the caller flushes what is left, when all feeds were read. Raises
    `Unavailable` when the feed does not answer: what was flushed stays. `told` is given what is taken, and
    tells it when that is durable.
    """
    if not owned:
        return 0
    after = min(max(p.known(source) // EVENTS_PER_COMMIT - 1, 0) for p in owned.values())
    metrics.projector_catchups.labels(source).inc()
    own, events = flusher is None, 0
    flusher = flusher or Flusher()
    for page in _pages(feed, after, until, go_on):
        for commit in page:
            for index, record in enumerate(commit.events):
                partition = owned.get(partition_of(record.subject, partitions))
                if partition is not None:
                    event = of_commit(source, commit, index)
                    if told is not None and event.sequence > partition.known(source):
                        told.add(commit.traceparent, {"log": source, "from": "feed"})
                    partition.take(source, event)
                    if partition.full:
                        events += flusher.flush(owned.values(), wait=False)
        after = page[-1].position
        for partition in owned.values():
            partition.complete(source, after)
        if (own and len(page) < PAGE) or flusher.due(owned.values()):
            events += flusher.flush(owned.values())
            if told is not None:
                told.tell()
        progress(after, events)
        events = 0
    if own and (left := flusher.flush(owned.values())):
        progress(after, left)
    if told is not None:
        told.tell()
    return after


def _pages(feed: Feed, after: int, until: int | None, go_on: Callable[[], bool]) -> Iterator[list[Commit]]:
    """To the feed's end or `until`; the next page is fetched while one is worked on."""

    def size(after: int) -> int:
        return PAGE if until is None else max(min(PAGE, until - after), 0)

    def fetched(after: int) -> list[Commit]:
        return feed.commits(after, size(after)) if size(after) else []

    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="feed") as fetching:
        page = fetched(after)
        while page and go_on():
            more = fetching.submit(fetched, page[-1].position) if len(page) == PAGE else None
            yield page
            page = more.result() if more is not None else []
