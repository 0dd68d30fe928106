"""Builds a new projection generation beside the live one, compares the two, then moves the pointer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pymongo.database import Database

from services.eventkit.crash import crash_point
from services.eventkit.errors import Refused
from services.eventkit.ids import new_id
from services.kpi.domain.rules import RuleSet
from services.kpi.projection.building import Step, Stopped, build
from services.kpi.projection.builds import DIFFERS, Build, Builds, Hold
from services.kpi.projection.bulk.crew import Crew
from services.kpi.projection.catchup import Feed
from services.kpi.projection.comparing import Difference, compare
from services.kpi.projection.generations import Generations


class Differs(Exception):
    """The new generation does not hold what the live one does, though its rules are the same. It rests."""

    def __init__(self, differences: list[Difference]) -> None:
        super().__init__(f"{len(differences)} differences")
        self.differences = differences


def rebuild(
    database: Database[dict[str, Any]],
    rules: RuleSet,
    feeds: Mapping[str, Feed],
    partitions: int,
    *,
    resume: bool = True,
    accept: bool = False,
    step: Callable[[Step], None] = lambda step: None,
    go_on: Callable[[], bool] = lambda: True,
    crew: Crew | None = None,
    owner: str = "",
) -> str:
    """The new generation's name. Readers see the old one until the new one holds all that the feeds had.

    What rests is gone on with, with `resume`. Under the same rules and in as many partitions, a difference to
    the live generation stops it, unless it is to `accept`. The old generation's data stay until the next
    rebuild. Raises `Refused` when another is at it, or for fewer partitions, `Paused` and `Cancelled` when
    that was asked for, `Differs`, and what `build` raises: the live generation is then as it was, and what
    was done stays.
    """
    builds = Builds(database)
    _check_grown(database, partitions)
    claimed = builds.claim(owner or new_id(), rules, partitions, resume=resume)
    if claimed is None:
        raise Refused(
            "Another process is building a generation, or one rests that was paused. Look at "
            "/api/v1/projections; `sxsh rebuild --resume` goes on with it, `--cancel` calls it off."
        )
    with builds.held(claimed) as hold:
        rebuilding = _Rebuilding(database, rules, feeds, partitions, claimed, hold, step, go_on, crew)
        rebuilding.build()
        if not accept:
            differences = rebuilding.compare()
            if differences:
                builds.rest(claimed.owner, DIFFERS, [str(each) for each in differences])
                raise Differs(differences)
        rebuilding.switch()
        builds.end(claimed.owner)
        rebuilding.drop_others()
    return claimed.generation


def _check_grown(database: Database[dict[str, Any]], partitions: int) -> None:
    generations = Generations(database)
    live = generations.live()
    now = generations.divided(live) if live else None
    if now is not None and now > partitions:
        raise Refused(
            f"The projection is in {now} partitions, and they never become fewer: Kafka takes none away. "
            f"Set TOPIC_PARTITIONS={now}."
        )


class _Rebuilding:
    def __init__(
        self,
        database: Database[dict[str, Any]],
        rules: RuleSet,
        feeds: Mapping[str, Feed],
        partitions: int,
        claimed: Build,
        hold: Hold,
        step: Callable[[Step], None],
        go_on: Callable[[], bool],
        crew: Crew | None,
    ) -> None:
        self._database, self._rules, self._feeds, self._partitions = database, rules, feeds, partitions
        self._generation, self._hold, self._step, self._crew = claimed.generation, hold, step, crew
        self._go_on = go_on
        self._generations = Generations(database)
        live = self._generations.live()
        self._live = live.generation if live else self._generations.active(rules, partitions)
        self._comparable = (
            live is not None
            and live.rules == rules.key
            and self._generations.divided(live) in (None, partitions)
        )

    def build(self) -> None:
        def show(step: Step) -> None:
            self._hold.step(step)
            self._step(step)

        try:
            build(
                self._database,
                self._generation,
                self._rules,
                self._feeds,
                self._partitions,
                progress=self._hold.position,
                step=show,
                go_on=lambda: self._hold.go_on() and self._go_on(),
                crew=self._crew,
            )
        except Stopped:
            self._hold.check()
            raise
        self._hold.check()

    def compare(self) -> list[Difference]:
        """Nothing under other rules, when the numbers are meant to be others, nor in other partitions, whose
        sums are others."""
        if not self._comparable:
            return []
        told = Step("comparing", 0, self._partitions)
        differences: list[Difference] = []
        for number in range(self._partitions):
            self._hold.step(told._replace(done=number))
            self._step(told._replace(done=number))
            differences += compare(
                self._database,
                self._live,
                self._generation,
                self._rules,
                self._feeds,
                self._partitions,
                number,
            )
            self._hold.check()
        return differences

    def switch(self) -> None:
        """Once more to the end of the feeds, then the pointer is moved."""
        self.build()
        crash_point("rebuild.before_switch")
        if not self._generations.switch(self._live, self._generation, self._rules, self._partitions):
            raise Refused(
                "Another rebuild switched first, or this one was called off. Look at /api/v1/projections, "
                "then start again."
            )
        crash_point("rebuild.after_switch")

    def drop_others(self) -> None:
        """What this leaves undone, the next rebuild does: it is no part of a build that can be called off."""
        self._generations.drop_others(self._live, self._generation)
