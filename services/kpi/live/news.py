"""What an open page is told: which state of the indicators there is, and how far it is behind the logs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec

from services.kpi.views.lag import Lag
from services.kpi.views.store import Partition


class News(msgspec.Struct, frozen=True):
    """`version` is that of what pages are made from: when it differs from that of a page, the page is out of
    date. `events` and `seconds` are how far the projection is behind all logs together; None: not known."""

    version: str
    events: int | None
    seconds: float | None
    at: datetime


def version_of(generation: str, partitions: Iterable[Partition], official: int) -> str:
    """Of what is applied of the generation, and of the log of official values. That the projection has seen
    what concerns nobody makes no other version."""
    said = repr((generation, sorted((p.number, p.applied_flush) for p in partitions), official))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def news_of(version: str, lags: Iterable[Lag]) -> News:
    each = list(lags)
    counts = [lag.events for lag in each if lag.events is not None]
    ages = [lag.seconds for lag in each if lag.seconds is not None]
    known = bool(each) and len(counts) == len(ages) == len(each)
    return News(
        version=version,
        events=sum(counts) if known else None,
        seconds=max(ages) if known else None,
        at=datetime.now(UTC),
    )
