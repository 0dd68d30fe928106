"""Shares tasks between this process and others, which it starts and which end with it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database

from services.eventkit.errors import Unavailable
from services.kpi.collecting import seldom_collect
from services.kpi.domain.rules import RuleSet
from services.kpi.projection.bulk.filling import Filling
from services.kpi.projection.bulk.fold import fold
from services.kpi.projection.bulk.gather import PagedFeed, gather
from services.kpi.projection.bulk.spool import Page, Plan, Spool

#: Either pages of one feed to put by, or a partition to fold.
Task = Sequence[Page] | int

#: Commits below which starting another process costs more than it saves.
WORTH_IT = 20_000


@dataclass
class Desk:
    """What a task needs. `read` is told of commits put by, `folded` of events; `stopped` ends tasks early."""

    database: Database[dict[str, Any]]
    plan: Plan
    rules: RuleSet
    feeds: Mapping[str, PagedFeed]
    read: Callable[[int], None]
    folded: Callable[[int], None]
    stopped: Callable[[], bool]

    def perform(self, task: Task) -> None:
        spool = Spool(self.database, self.plan.generation)

        def go_on() -> bool:
            return not self.stopped()

        if isinstance(task, int):
            store = Filling(self.database, self.plan.generation, task)
            fold(spool, store, self.plan, self.rules, self.folded, go_on)
        elif task:
            gather(self.feeds[task[0].source], spool, self.plan, task, self.read, go_on)


class Crew:
    """`processes` work on the tasks, this one among them; the others find the database at `uri`. Without a
    `uri`, or for less than `worth_it` commits, this one works alone."""

    def __init__(self, uri: str = "", processes: int | None = None, worth_it: int = WORTH_IT) -> None:
        self._uri, self._worth_it = uri, worth_it
        self._others = max((processes or os.cpu_count() or 1) - 1, 0) if uri else 0

    @contextmanager
    def at(self, desk: Desk) -> Iterator[Callable[[Sequence[Task]], None]]:
        """A function that has tasks done, in any order; it returns when all are, or `desk` was told to stop,
        and raises what went wrong first. Afterwards the other processes may still be ending."""
        others = self._others if desk.plan.commits >= self._worth_it else 0
        if not others:
            yield lambda tasks: _work(deque(tasks), desk.perform, desk.stopped)
            return
        spawn = multiprocessing.get_context("spawn")
        stop, counts = spawn.Event(), spawn.Array("q", 2)
        known = (self._uri, desk.database.name, desk.plan, desk.rules, dict(desk.feeds), stop, counts)
        pool = ProcessPoolExecutor(others, spawn, _open, known)
        try:
            yield _Shared(desk, pool, others, stop, counts).run
        except BaseException:
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise
        # They have nothing left to do; closing their connections takes them half a second. The thread holds
        # what one that is only starting is yet to read.
        threading.Thread(target=pool.shutdown, name="crew-ends").start()


class _Shared:
    """Tasks taken by this process and by `others`; `counts` is what those have done and not told yet."""

    def __init__(self, desk: Desk, pool: ProcessPoolExecutor, others: int, stop: Any, counts: Any) -> None:
        self._pool, self._others, self._stop, self._counts = pool, others, stop, counts
        self._desk = replace(desk, read=self._read, folded=self._folded, stopped=self._stopped)
        self._told = desk

    def run(self, tasks: Sequence[Task]) -> None:
        todo, errors = deque(tasks), list[BaseException]()

        def elsewhere() -> None:
            try:
                _work(todo, lambda task: self._pool.submit(_perform, task).result(), self._stop.is_set)
            except BaseException as error:  # noqa: BLE001
                errors.append(_told(error))
                self._stop.set()

        threads = [threading.Thread(target=elsewhere, daemon=True) for _ in range(self._others)]
        for thread in threads:
            thread.start()
        try:
            _work(todo, self._desk.perform, self._stopped)
            while any(thread.is_alive() for thread in threads):
                time.sleep(0.02)
                self._stopped()
        except BaseException:
            self._stop.set()
            raise
        finally:
            for thread in threads:
                thread.join()
        if errors:
            raise errors[0]
        self._read(0)
        self._folded(0)

    def _read(self, commits: int) -> None:
        self._told.read(commits + self._taken(0))

    def _folded(self, events: int) -> None:
        self._told.folded(events + self._taken(1))

    def _taken(self, which: int) -> int:
        with self._counts.get_lock():
            taken = int(self._counts[which])
            self._counts[which] = 0
        return taken

    def _stopped(self) -> bool:
        if self._told.stopped():
            self._stop.set()
        return bool(self._stop.is_set())


def _told(error: BaseException) -> BaseException:
    if isinstance(error, BrokenProcessPool):
        return Unavailable("A process that shared the work was ended. What was done stays: start again.")
    return error


def _work(todo: deque[Task], perform: Callable[[Task], object], stopped: Callable[[], bool]) -> None:
    while not stopped():
        try:
            task = todo.popleft()
        except IndexError:
            return
        perform(task)


# In another process:

_desk: Desk | None = None


def _open(
    uri: str, name: str, plan: Plan, rules: RuleSet, feeds: Mapping[str, PagedFeed], stop: Any, counts: Any
) -> None:
    global _desk
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    seldom_collect()
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()

    def add(which: int) -> Callable[[int], None]:
        def told(number: int) -> None:
            with counts.get_lock():
                counts[which] += number

        return told

    client: MongoClient[dict[str, Any]] = MongoClient(uri, appname="sxsh-rebuild")
    _desk = Desk(client[name], plan, rules, feeds, add(0), add(1), stop.is_set)


def _perform(task: Task) -> None:
    if _desk is None:
        raise AssertionError("this process was not set up")
    _desk.perform(task)


def _end_with(parent: int) -> None:
    """When the process that began this one is gone, nobody waits for what this one does."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
