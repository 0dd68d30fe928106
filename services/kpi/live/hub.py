"""One look at the projection for all who listen. While nobody does, nothing is asked of anybody."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

import msgspec
import structlog
from pymongo.errors import PyMongoError

from services.eventkit.errors import SxshError, Unavailable
from services.eventkit.telemetry import metrics
from services.kpi.live.news import News
from services.kpi.views.lag import Lag

LOG = structlog.get_logger("live")

#: Seconds between looks at the projection, between looks at the lag, and after which a listener is told what
#: it knows already, so that either side notices when the other is gone.
LOOK, MEASURE, BEAT = 0.1, 1.0, 15.0
#: Seconds after which a stream ends: the browser opens it again, and its rights are looked at anew.
LONGEST = 900.0
#: Streams of one person: a few browsers with many pages.
EACH = 32


class Stopping(Exception):
    """The process is about to end."""


class Hub:
    """Safe between threads; a listener waits in a thread (or greenlet) of its own.

    `version` tells the present state, `lags` how far it is behind the logs; `make` puts both together.
    """

    def __init__(
        self,
        version: Callable[[], str],
        lags: Callable[[], list[Lag]],
        make: Callable[[str, list[Lag]], News],
        most: int,
    ) -> None:
        self._version, self._lags, self._make, self._most = version, lags, make, most
        self._changed = threading.Condition()
        self._listening: Counter[str] = Counter()
        self._news: News | None = None
        self._measured: list[Lag] = []
        self._stopped = False
        self._watch: object | None = None

    def listen(self, who: str) -> Stream:
        """Raises `Unavailable` beyond the bounds, and while stopping. Close what it gives."""
        with self._changed:
            if self._stopped or self._listening.total() >= self._most or self._listening[who] >= EACH:
                raise Unavailable(
                    "There are too many open streams. Ask /news from time to time.", retry_after=60
                )
            self._count(who, 1)
            if self._watch is None:
                self._watch = object()
                for loop in (self._look, self._measure):
                    threading.Thread(target=loop, args=(self._watch,), name="live", daemon=True).start()
        return Stream(self, who)

    def leave(self, who: str) -> None:
        with self._changed:
            self._count(who, -1)
            if not self._listening:
                self._watch = self._news = None

    def wait(self, told: News | None) -> News | None:
        """The next news after `told`, or the same after `BEAT`. Raises `Stopping`."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._news is not told, BEAT)
            if self._stopped:
                raise Stopping
            return self._news

    def stop(self) -> None:
        """Ends every stream; browsers come back by themselves."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _count(self, who: str, by: int) -> None:
        self._listening[who] += by
        self._listening = +self._listening
        metrics.live_streams.set(self._listening.total())

    def _look(self, watch: object) -> None:
        while self._watch is watch and not self._stopped:
            try:
                self._tell(self._version())
            except (PyMongoError, SxshError) as error:
                LOG.warning("the projection can not be read", error=type(error).__name__)
                self._tell(None)
            time.sleep(LOOK)

    def _measure(self, watch: object) -> None:
        while self._watch is watch and not self._stopped:
            self._measured = self._lags()
            time.sleep(MEASURE)

    def _tell(self, version: str | None) -> None:
        last = self._news
        if version is None:
            if last is None or last.events is None:
                return
            news = self._make(last.version, [])
        else:
            news = self._make(version, self._measured)
            if last is not None and (news.version, news.events) == (last.version, last.events):
                return
        with self._changed:
            self._news = news
            self._changed.notify_all()


class Stream:
    """The frames of one listener: an iterable response."""

    def __init__(self, hub: Hub, who: str) -> None:
        self._hub, self._who, self._open = hub, who, True

    def __iter__(self) -> Iterator[bytes]:
        end, told = time.monotonic() + LONGEST, None
        yield b"retry: 2000\n\n"
        while time.monotonic() < end:
            try:
                told = self._hub.wait(told)
            except Stopping:
                return
            yield b": \n\n" if told is None else frame(told)

    def close(self) -> None:
        if self._open:
            self._open = False
            self._hub.leave(self._who)


def frame(news: News) -> bytes:
    return b"event: news\nid: %b\ndata: %b\n\n" % (news.version.encode(), msgspec.json.encode(news))
