"""How much one client may ask: a person or machine by its name, whoever is not believed by the address."""

from __future__ import annotations

import time

from flask import request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from services.eventkit.errors import TooManyRequests


class Rates:
    """Counts in this process alone; `per_minute` requests in any minute, which may come all at once.

    `trusted` are the addresses of proxies whose X-Forwarded-For is believed (FORWARDED_ALLOW_IPS).
    """

    def __init__(self, per_minute: int, trusted: frozenset[str] = frozenset()) -> None:
        self._item = RateLimitItemPerMinute(per_minute)
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._trusted = trusted

    def count(self, client: str) -> None:
        """One more request of a client. Raises `TooManyRequests` when it is one too many."""
        if not self._limiter.hit(self._item, client):
            left = self._limiter.get_window_stats(self._item, client).reset_time - time.time()
            raise TooManyRequests(
                f"More than {self._item.amount} requests in a minute. Go on after Retry-After seconds.",
                retry_after=left,
            )

    def address(self) -> str:
        """Where the present request came from, as a client: the nearest proxy that is trusted says it."""
        peer = request.remote_addr or ""
        if "*" in self._trusted or peer in self._trusted:
            peer = request.headers.get("X-Forwarded-For", peer).rpartition(",")[2].strip()[:64] or peer
        return f"address {peer}"
