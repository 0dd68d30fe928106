"""`python -m services.kpi rebuild`: builds anew, and tells a running or resting build what to do."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from typing import Any

from pymongo.database import Database
from pymongo.errors import PyMongoError

from services.eventkit.errors import SxshError
from services.eventkit.settings import Settings
from services.eventkit.telemetry import configure_logging
from services.kpi.collecting import seldom_collect
from services.kpi.domain.rules import RuleSet
from services.kpi.projection.building import Step
from services.kpi.projection.builds import SHOWN, Builds, Cancelled, Paused
from services.kpi.projection.bulk.crew import WORTH_IT, Crew
from services.kpi.projection.generations import Generations, Live
from services.kpi.projection.partition import TooManyPoison
from services.kpi.projection.process import database_of, feeds_of
from services.kpi.projection.rebuild import Differs, rebuild

#: Seconds between two lines of progress.
SAY = 1.0
#: The share that reading has of a build's time; the rest is folding.
READING = 0.4


def run_rebuild(settings: Settings, arguments: Sequence[str] = ()) -> int:
    """Exit code 0: done, or asked; 1: it could not be; 3: it differs from the live one, and rests; 4: paused,
    or called off."""
    parser = argparse.ArgumentParser(prog="rebuild", description="Build the projection anew from the feeds.")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--pause", action="store_true", help="have the running build rest")
    what.add_argument("--cancel", action="store_true", help="call the build off and drop what it made")
    what.add_argument("--resume", action="store_true", help="go on with one that rests; the default too")
    parser.add_argument(
        "--accept", action="store_true", help="switch although the new generation differs from the live one"
    )
    parser.add_argument("--processes", type=int, help="that share the work (default: one a core)")
    parser.add_argument(
        "--worth-it",
        type=int,
        default=WORTH_IT,
        help="commits from which others share it (default: %(default)s)",
    )
    given = parser.parse_args(list(arguments))
    configure_logging("kpi", settings.log_level)
    database = database_of(settings)
    if given.pause or given.cancel:
        return _ask(Builds(database), cancel=given.cancel)
    seldom_collect()
    rules, shown = RuleSet.load(), _Shown()
    builds, before = Builds(database), Generations(database).live()
    under_way = builds.find()
    if under_way is not None and under_way.owner:
        sys.stdout.write("A build is under way: looking whether its process lives.\n")
        builds.wait(under_way)
    try:
        generation = rebuild(
            database,
            rules,
            feeds_of(settings),
            settings.topic_partitions,
            accept=given.accept,
            step=shown.step,
            crew=Crew(settings.mongodb_uri, given.processes, given.worth_it),
        )
    except Differs as error:
        return _differs(error)
    except Paused:
        return _said("Paused. `rebuild --resume` goes on where it stopped.", 4)
    except Cancelled:
        return _said("Called off. What it had made was dropped, the live generation is as it was.", 4)
    except KeyboardInterrupt:
        return _said(f"Interrupted. {stands(database, before)}", 1)
    except SxshError as error:
        return _said(f"{error.detail}\n{stands(database, before)}", 1)
    except PyMongoError as error:
        return _said(f"MongoDB: {error}\n{stands(database, before)}", 1)
    except TooManyPoison as error:
        return _said(f"{error}\n{stands(database, before)}", 1)
    return _said(f"Generation {generation} is live, under the rules {rules.name}. {shown.summary()}", 0)


def stands(database: Database[dict[str, Any]], before: Live | None) -> str:
    """Whether a rebuild that failed had switched already, and what to do; `before`: what was live then."""
    try:
        live = Generations(database).live()
    except PyMongoError:
        return "Which generation is live can not be read now: look at /api/v1/projections, then start again."
    if live is None or before is None or live.generation == before.generation:
        return (
            "The live generation is as it was. `rebuild` goes on where it stopped, "
            "`rebuild --cancel` calls it off."
        )
    return (
        f"It had switched already: generation {live.generation} is live and whole. "
        "What is left of older ones goes with the next rebuild."
    )


class _Shown:
    """Progress on standard output, a line a second: how far, how fast, how long still."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._said, self._last = float("-inf"), Step("", 0, None)
        self._begun: dict[str, tuple[float, int]] = {}
        self._events = 0

    def step(self, step: Step) -> None:
        now = time.monotonic()
        if step.stage != self._last.stage:
            # A stage may come again, as following does before the switch.
            self._begun[step.stage] = now, step.done
        since, had = self._begun[step.stage]
        again, self._last = step == self._last, step
        if again:
            return
        if step.stage != "reading":
            self._events = max(self._events, step.done)
        if now - self._said < SAY and step.done != step.total:
            return
        self._said = now
        rate = (step.done - had) / max(now - since, 1e-6)
        what = {"reading": "commits", "comparing": "partitions"}.get(step.stage, "events")
        of = "" if step.total is None else f" of {step.total:,}"
        sys.stdout.write(f"{step.stage}: {step.done:,}{of} {what}, {rate:,.0f} a second{self._left(step)}\n")
        sys.stdout.flush()

    def _left(self, step: Step) -> str:
        done = step.done / step.total if step.total else 0.0
        if step.stage == "reading":
            whole = READING * done
        elif step.stage == "folding":
            whole = READING + (1 - READING) * done
        else:
            return ""
        spent = time.monotonic() - self._started
        return f", about {spent / whole - spent:,.0f} s left" if whole > 0.01 else ""

    def summary(self) -> str:
        seconds = time.monotonic() - self._started
        return f"{self._events:,} events in {seconds:,.1f} s, {self._events / seconds:,.0f} a second."


def _ask(builds: Builds, *, cancel: bool) -> int:
    build = builds.ask("cancel" if cancel else "pause")
    if build is None:
        return _said("No build is under way.", 1)
    if not cancel:
        said = "It rests already." if build.resting else "It rests as soon as the part in hand is done."
    elif builds.find() is None:
        said = f"Called off: generation {build.generation} was dropped."
    else:
        said = f"Generation {build.generation} is called off as soon as the part in hand is done."
    return _said(said, 0)


def _differs(error: Differs) -> int:
    for difference in error.differences[:SHOWN]:
        sys.stdout.write(f"  {difference}\n")
    if len(error.differences) > SHOWN:
        sys.stdout.write(f"  … and {len(error.differences) - SHOWN:,} more\n")
    return _said(
        f"The rules are the same, yet {len(error.differences):,} sums differ: one of the two generations is "
        "wrong. Nothing was switched. When you know why the new one is right, `rebuild --accept` switches to "
        "it; `rebuild --cancel` drops it.",
        3,
    )


def _said(text: str, code: int) -> int:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
    return code
