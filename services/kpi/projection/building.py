"""Fills one generation from the event feeds: for a rebuild, for other rules, for a past moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from pymongo.database import Database

from services.kpi.domain.facts import SOURCES
from services.kpi.domain.rules import RuleSet
from services.kpi.projection.bulk.crew import Crew, Desk, Task
from services.kpi.projection.bulk.filling import Filling
from services.kpi.projection.bulk.gather import LINE, PagedFeed
from services.kpi.projection.bulk.spool import Page, Plan, Spool, planned
from services.kpi.projection.catchup import Feed, catch_up
from services.kpi.projection.flushing import Flusher
from services.kpi.projection.partition import Partition
from services.kpi.projection.store import PartitionStore

#: (source, position reached, events taken so far).
Progress = Callable[[str, int, int], None]
#: Pages of one feed that a process takes at once.
RUN = 5
#: Commits that a generation may lack for its partitions to be taken on one after the other: each reads them
#: all again, and all at once are in memory together.
FEW = 20_000

Document = dict[str, Any]


class Stopped(Exception):
    """The build was called off. What is there stays, and `build` goes on with it."""


class Step(NamedTuple):
    """How far one stage of a build is: ``reading`` counts commits, ``folding`` and ``following`` events; of
    the last nobody knows how many there will be."""

    stage: str
    done: int
    total: int | None


def build(
    database: Database[Document],
    generation: str,
    rules: RuleSet,
    feeds: Mapping[str, Feed],
    partitions: int,
    *,
    until: Mapping[str, int] | None = None,
    progress: Progress = lambda source, position, events: None,
    step: Callable[[Step], None] = lambda step: None,
    go_on: Callable[[], bool] = lambda: True,
    crew: Crew | None = None,
    numbers: Sequence[int] | None = None,
) -> int:
    """Fill a generation with what the feeds have, up to and including `until`'s positions; how many events.

    Without `until`, to the end of each feed as it is when the partitions that lack something are read. A
    source that `until` does not name is taken to its end. A generation that holds something already is gone
    on with; one that holds nothing is filled in bulk, by the `crew`. The pointer is not touched. Raises
    `Unavailable` when a feed does not answer, `FeedBroken` when it does not chain, `Stopped` when `go_on`
    says no, `TooManyPoison`: what was taken then stays, and `build` may be called again. With `numbers`,
    those partitions alone are taken on.
    """
    if numbers is not None:
        return _follow(database, generation, rules, feeds, partitions, numbers, until, progress, go_on)
    total, groups = 0, [list(range(partitions))]
    paged = {source: feed for source, feed in feeds.items() if isinstance(feed, PagedFeed)}
    if len(paged) == len(feeds):
        bulk = _Bulk(database, generation, rules, paged, partitions, go_on)
        plan = bulk.plan(until)
        if plan is not None:
            total = bulk.fill(plan, crew or Crew(), step)
            for source, position in plan.target.items():
                progress(source, position, total)
        groups = bulk.left(until)
    for group in groups:
        total += _follow(database, generation, rules, feeds, partitions, group, until, progress, go_on)
        step(Step("following", total, None))
    return total


def _follow(
    database: Database[Document],
    generation: str,
    rules: RuleSet,
    feeds: Mapping[str, Feed],
    partitions: int,
    numbers: Sequence[int],
    until: Mapping[str, int] | None,
    progress: Progress,
    go_on: Callable[[], bool],
) -> int:
    """Take what some partitions lack, as the projector does; how many events."""
    owned = {number: Partition(PartitionStore(database, generation, number), rules) for number in numbers}
    flusher, total = Flusher(), 0
    for _ in range(2):
        for source in SOURCES:

            def show(position: int, events: int, source: str = source) -> None:
                nonlocal total
                total += events
                progress(source, position, total)

            end = None if until is None else until.get(source)
            position = catch_up(
                source,
                feeds[source],
                owned,
                partitions,
                until=end,
                go_on=go_on,
                progress=show,
                flusher=flusher,
            )
            last = source, position
        if left := flusher.flush(owned.values()):
            total += left
            progress(*last, total)
        if not go_on():
            raise Stopped(generation)
    return total


class _Bulk:
    """The part that is done before anything of the generation can be read."""

    def __init__(
        self,
        database: Database[Document],
        generation: str,
        rules: RuleSet,
        feeds: Mapping[str, PagedFeed],
        partitions: int,
        go_on: Callable[[], bool],
    ) -> None:
        self._database, self._generation, self._rules = database, generation, rules
        self._feeds, self._partitions, self._go_on = feeds, partitions, go_on
        self._spool = Spool(database, generation)

    def plan(self, until: Mapping[str, int] | None) -> Plan | None:
        """That of a build which was cut off, or a new one; None when the generation holds something."""
        target = self._target(until)
        old, new = self._spool.plan(), planned(self._generation, self._rules.key, self._partitions, target)
        if old is not None and _serves(old, new, until is not None):
            return old
        if old is None and self._database["partitions"].find_one(
            {"generation": self._generation}, {"_id": 1}
        ):
            return None
        if not new.commits:
            return None
        return self._spool.begin(new)

    def fill(self, plan: Plan, crew: Crew, step: Callable[[Step], None]) -> int:
        """How many events the generation holds then. Raises `Stopped`, and as `build`."""
        read = folded = events = 0

        def on_read(commits: int) -> None:
            nonlocal read
            read += commits
            step(Step("reading", read, plan.commits))

        def on_folded(number: int) -> None:
            nonlocal folded
            folded += number
            if events:
                step(Step("folding", folded, events))

        desk = Desk(
            self._database, plan, self._rules, self._feeds, on_read, on_folded, lambda: not self._go_on()
        )
        with crew.at(desk) as run:
            missing = self._spool.missing(plan)
            on_read(plan.commits - sum(page.limit for page in missing))
            while missing:
                run(_runs(missing))
                self._check_stopped()
                missing = self._spool.missing(plan)
            events = self._spool.check(plan)
            numbers = range(plan.partitions)
            waiting = [n for n in numbers if not Filling(self._database, plan.generation, n).filled()]
            folded = events - events * len(waiting) // plan.partitions
            run(waiting)
            self._check_stopped()
        self._spool.drop()
        return events

    def left(self, until: Mapping[str, int] | None) -> list[list[int]]:
        """The partitions that lack something, those together that are best taken on together."""
        target = self._target(until)
        own = {"generation": self._generation}
        found = self._database["partitions"].find(own, {"partition": 1, "complete": 1})
        complete = {each["partition"]: each["complete"] for each in found}
        lacking = {
            number: sum(max(at - complete[number].get(source, 0), 0) for source, at in target.items())
            if number in complete
            else sum(target.values())
            for number in range(self._partitions)
        }
        numbers = [n for n, commits in lacking.items() if commits or n not in complete]
        if max(lacking.values()) > FEW:
            return [numbers]
        return [[number] for number in numbers]

    def _target(self, until: Mapping[str, int] | None) -> dict[str, int]:
        target = {}
        for source, feed in self._feeds.items():
            feed.linked(0, 1, LINE)
            end = None if until is None else until.get(source)
            target[source] = feed.head if end is None else min(end, feed.head)
        return target

    def _check_stopped(self) -> None:
        if not self._go_on():
            raise Stopped(self._generation)


def _serves(old: Plan, new: Plan, exactly: bool) -> bool:
    """Whether what was begun may be gone on with."""
    if (old.rules, old.partitions) != (new.rules, new.partitions):
        return False
    return old.target == new.target if exactly else all(n <= new.target[s] for s, n in old.target.items())


def _runs(pages: Sequence[Page]) -> list[Task]:
    """Pages of one feed that follow each other, few enough to be shared evenly."""
    runs: list[list[Page]] = []
    for page in pages:
        last = runs[-1] if runs else None
        if last and len(last) < RUN and (last[-1].source, last[-1].after + last[-1].limit) == page[:2]:
            last.append(page)
        else:
            runs.append([page])
    return list(runs)
