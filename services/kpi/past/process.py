"""The builder of past generations as a process: one asked for at a time, the longest waiting first."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import structlog
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from services.eventkit.errors import SxshError
from services.eventkit.ids import new_id
from services.eventkit.settings import Settings
from services.eventkit.telemetry import configure_logging, serve_metrics
from services.kpi.collecting import seldom_collect
from services.kpi.domain.rules import RuleSet
from services.kpi.past.build import build
from services.kpi.past.register import Register, Snapshot
from services.kpi.projection.building import Step, Stopped
from services.kpi.projection.catchup import Feed
from services.kpi.projection.partition import TooManyPoison
from services.kpi.projection.process import feeds_of
from services.kpi.projection.store import Overtaken

LOG = structlog.get_logger("past")

#: Seconds between looks at what is wanted, after a failure, between signs of life while one builds, and
#: between times that are used for tidying up while none is wanted.
LOOK, PAUSE, ALIVE, TIDY = 0.2, 1.0, 2.0, 30.0


class Builder:
    def __init__(
        self,
        register: Register,
        rules: RuleSet,
        feeds: Mapping[str, Feed],
        partitions: int,
        go_on: Callable[[], bool] = lambda: True,
    ) -> None:
        self._register, self._rules, self._feeds = register, rules, feeds
        self._partitions, self._go_on = partitions, go_on
        self._owner, self._tidied = new_id(), float("-inf")

    def step(self) -> bool:
        """Build one that is wanted, then drop what is too many; False when none was wanted."""
        snapshot = self._register.claim(self._owner, self._rules.key)
        if snapshot is None:
            if time.monotonic() - self._tidied > TIDY:
                self.tidy()
            return False
        try:
            self._build(snapshot)
        except Stopped:
            self._register.give_up(snapshot, "wanted")
        except (SxshError, TooManyPoison, Overtaken) as error:
            said = error.detail if isinstance(error, SxshError) else str(error)
            LOG.warning("a past generation could not be built", generation=snapshot.generation, error=said)
            self._register.give_up(snapshot, "failed", said)
        self.tidy()
        return True

    def tidy(self) -> None:
        """Drop what is too many, what nobody asks for any more, and what builds that ended have left."""
        self._tidied = time.monotonic()
        for snapshot in self._register.surplus(self._rules.key):
            LOG.info("dropped", generation=snapshot.generation)
            self._register.drop(snapshot)
        self._register.forget()
        for generation in self._register.sweep():
            LOG.info("dropped what a build has left", generation=generation)

    def _build(self, snapshot: Snapshot) -> None:
        LOG.info("building", generation=snapshot.generation)
        done: dict[str, int] = {}

        told: dict[str, Any] = {"step": None}

        def progress(source: str, position: int) -> None:
            done[source] = position

        def step(reached: Step) -> None:
            told["step"] = [reached.stage, reached.done, reached.total]

        with self._alive(snapshot, done, told) as mine:
            base = build(
                self._register,
                snapshot,
                self._rules,
                self._feeds,
                self._partitions,
                progress,
                step,
                lambda: self._go_on() and mine(),
            )
        if not self._register.tell(snapshot, state="ready", base=base):
            raise Stopped(snapshot.generation)
        LOG.info("ready", generation=snapshot.generation)

    @contextmanager
    def _alive(
        self, attempt: Snapshot, done: dict[str, int], told: dict[str, Any]
    ) -> Iterator[Callable[[], bool]]:
        """While within, others see that somebody builds, and how far; what is given says whether it is us."""
        over, lost = threading.Event(), threading.Event()

        def tell() -> None:
            while not over.wait(ALIVE):
                try:
                    if not self._register.tell(attempt, **told, done=dict(done)):
                        lost.set()
                except PyMongoError as error:
                    LOG.warning("MongoDB does not answer", error=type(error).__name__)

        thread = threading.Thread(target=tell, name="alive", daemon=True)
        thread.start()
        try:
            yield lambda: not lost.is_set()
        finally:
            over.set()
            thread.join()


def run_snapshots(settings: Settings, stop: threading.Event) -> int:
    """Build what is asked for until `stop`."""
    configure_logging("kpi", settings.log_level)
    serve_metrics(settings.metrics_bind)
    seldom_collect()
    client: MongoClient[dict[str, Any]] = MongoClient(settings.mongodb_uri, appname="sxsh-past")
    register, rules = Register(client[settings.mongodb_database]), RuleSet.load()
    builder = Builder(
        register, rules, feeds_of(settings), settings.topic_partitions, lambda: not stop.is_set()
    )
    LOG.info("builder of past generations started", rules=rules.key)
    while not stop.is_set():
        try:
            pause = LOOK if not builder.step() else 0.0
        except PyMongoError as error:
            LOG.warning("MongoDB does not answer, trying again", error=type(error).__name__)
            pause = PAUSE
        stop.wait(pause)
    LOG.info("builder of past generations stopped")
    return 0
