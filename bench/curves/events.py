"""Ten times as many events: an append, a command's read, a page of the feed; and events taken from topics."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable

from bench import feeds
from bench.append import RAW, THREADS, Writers
from bench.consume import BARE, topics
from bench.curves import Measured, curve
from bench.progress import tell
from bench.province import CATALOGUES, Province
from bench.results import Row
from bench.world import World
from services.eventkit.commands import CommandBus
from services.eventkit.feed_client import FeedClient
from services.registry.domain.facility import FACILITY

#: Commits of the log.
SIZES, QUICK_SIZES = (10_000, 100_000), (2_000, 20_000)
#: Of a facility: its registration, and moves.
EACH = 10
#: Of a page of the feed.
PAGE = 1_000
#: Facilities whose events are consumed.
FACILITIES, QUICK_FACILITIES = (1_000, 10_000), (200, 2_000)
#: Seconds of one measurement: an append makes its log longer, so not many.
SECONDS = 0.5
CURSOR = "raw cursor over the same"


def measure(world: World) -> list[Row]:
    return ratios(world) + _consumed(world)


def ratios(world: World) -> list[Row]:
    """What CI asks: of so few events a projector's start is most, so that a ratio only rises."""
    rounds = 3 if world.quick else 5
    logs = [_log(world, size) for size in (QUICK_SIZES if world.quick else SIZES)]
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(feeds.serving(world, log.name))["registry"] for log in logs]
        appends, loads = [log.appends() for log in logs], [log.loads() for log in logs]
        pages = [log.pages(client) for log, client in zip(logs, clients, strict=True)]
        return [
            *curve("append to a log", "commits", "commits/s", RAW, rounds, appends, 1.0),
            *curve("command's read of its stream", "commits", "streams/s", CURSOR, rounds, loads, 0.5),
            *curve("page of the feed", "commits", "commits/s", CURSOR, rounds, pages, 0.15),
        ]


def _log(world: World, size: int) -> Log:
    return world.once(f"events_{size}", lambda: Log(world, size))


class Log:
    """A registry's log of so many commits. Each point beside the least that gives the same result; what is
    read is drawn from all of the log."""

    def __init__(self, world: World, size: int) -> None:
        tell(f"events: a log of {size:,} commits is filled")
        self.name = f"events_{size}"
        self._size = size
        province = Province(size // EACH)
        self._ids = province.ids
        feeds.fill(world, self.name, province.moves(EACH - 1))
        self._database = world.client[f"{self.name}_registry"]
        self._commits = self._database["log"]
        self._commits.aggregate([{"$out": "raw"}])
        self._drawn = random.Random(1051)
        self._bus = CommandBus(feeds.log_of(world.client, self.name, "registry"), CATALOGUES["registry"])

    def appends(self) -> Measured:
        def written(write: Callable[[Writers, int, float], float]) -> float:
            rate = write(Writers(self._database), THREADS, SECONDS)
            for name in ("log", "raw"):
                self._database[name].delete_many({"_id": {"$gt": self._size}})
            return rate

        return Measured(self._size, lambda: written(Writers.append), lambda: written(Writers.insert))

    def loads(self) -> Measured:
        """As before a command decides: read, decoded and folded."""

        def load() -> None:
            assert self._bus.load(FACILITY, self._drawn.choice(self._ids)).version == EACH

        def read() -> None:
            stream = {"stream": f"facility:{self._drawn.choice(self._ids)}"}
            assert len(list(self._commits.find(stream, {"body": 1}).sort("version", 1))) == EACH

        return Measured(self._size, lambda: _rate(load), lambda: _rate(read))

    def pages(self, client: FeedClient) -> Measured:
        """Over HTTP, the chain checked, the commits decoded."""

        def after() -> int:
            return self._drawn.randrange(self._size - PAGE + 1)

        def page() -> None:
            assert len(client.commits(after(), PAGE)) == PAGE

        def read() -> None:
            found = self._commits.find({"_id": {"$gt": after()}}, {"body": 1}, batch_size=PAGE)
            assert len(list(found.sort("_id", 1).limit(PAGE))) == PAGE

        return Measured(self._size, lambda: PAGE * _rate(page), lambda: PAGE * _rate(read))


def _rate(work: Callable[[], None]) -> float:
    """How often a second, one after the other."""
    count, started = 0, time.monotonic()
    while time.monotonic() < started + SECONDS:
        work()
        count += 1
    return count / (time.monotonic() - started)


def _consumed(world: World) -> list[Row]:
    sizes = QUICK_FACILITIES if world.quick else FACILITIES
    with contextlib.ExitStack() as stack:
        told = [stack.enter_context(topics(world, size)) for size in sizes]
        points = [Measured(each.total, each.project, each.bare) for each in told]
        return curve("consume", "events", "events/s", BARE, 3, points)
