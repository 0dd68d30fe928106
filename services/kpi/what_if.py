"""`python -m services.kpi what-if`: each target under other rules beside the live ones, which stay untouched.

A generation of its own is built from the feeds, up to where the live one is, read, and dropped.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import yaml
from pymongo import MongoClient
from pymongo.database import Database

from services.eventkit.errors import InvalidInput, SxshError, Unavailable
from services.eventkit.http import fields
from services.eventkit.ids import new_id
from services.eventkit.settings import Settings
from services.eventkit.telemetry import configure_logging
from services.kpi.api.shown import Shown
from services.kpi.collecting import seldom_collect
from services.kpi.domain.plans import DEFAULT
from services.kpi.domain.rules import RuleSet
from services.kpi.projection.building import Step, build
from services.kpi.projection.bulk.crew import Crew
from services.kpi.projection.bulk.spool import PREFIX
from services.kpi.projection.catchup import Feed
from services.kpi.projection.generations import WHAT_IF, Generations
from services.kpi.projection.partition import TooManyPoison
from services.kpi.projection.process import feeds_of
from services.kpi.views.cube import Cube
from services.kpi.views.live import LiveCube, View
from services.kpi.views.store import Pointer, ProjectionStore

#: Hours after which what a killed run has left is dropped by the next.
LEFT = 6

Targets = dict[str, dict[str, Any]]


class Beside(NamedTuple):
    """Each target by its code, under the live rules and under the others, on a day at the same positions."""

    on: date
    position: dict[str, int]
    live_rules: str
    other_rules: str
    live: Targets
    other: Targets


class _OtherCube(LiveCube):
    """Of one generation under rules that no release need hold."""

    def __init__(self, store: ProjectionStore, partitions: int, generation: str, rules: RuleSet) -> None:
        super().__init__(store, partitions)
        self._named, self._own = Pointer(generation, rules.key), rules

    def _pointer(self) -> Pointer:
        return self._named

    def _rules(self, key: str) -> RuleSet:
        return self._own


def rules_in(path: Path) -> RuleSet:
    """Raises `InvalidInput`, saying what is wrong where."""
    try:
        return RuleSet.parse(path.read_text("utf-8"))
    except OSError as error:
        raise InvalidInput(f"{path} can not be read: {error.strerror}.") from error
    except (msgspec.ValidationError, yaml.YAMLError, ValueError, UnicodeDecodeError) as error:
        raise InvalidInput(
            f"{path} holds no rules: {error}. services/kpi/rules/ shows the shape; every field is needed."
        ) from error


def beside(
    database: Database[dict[str, Any]],
    other: RuleSet,
    feeds: Mapping[str, Feed],
    partitions: int,
    on: date | None = None,
    plan_id: str = DEFAULT,
    step: Callable[[Step], None] = lambda step: None,
    crew: Crew | None = None,
) -> Beside:
    """Both readings. Raises `Unavailable` when nothing is live or a feed does not answer, `InvalidInput` for
    a plan that is not loaded, `TooManyPoison`."""
    store = ProjectionStore(database)
    with _generation(database) as generation:
        cube = LiveCube(store, partitions)
        rules = RuleSet.of_key(cube.view().rules)
        if rules is None:
            raise Unavailable(
                f"The live generation is of the rules {cube.view().rules!r}, of another release."
            )
        day, position, live = cube.read(lambda cells, view: _targets(cells, view, rules, plan_id, on))
        build(database, generation, other, feeds, partitions, until=position, step=step, crew=crew)
        hypothetical = _OtherCube(store, partitions, generation, other)
        _, _, found = hypothetical.read(lambda cells, view: _targets(cells, view, other, plan_id, day))
    return Beside(day, position, rules.name, other.name, live, found)


def _targets(
    cells: Cube, view: View, rules: RuleSet, plan_id: str, on: date | None
) -> tuple[date, dict[str, int], Targets]:
    plans = view.shared.plans()
    if plan_id not in plans:
        raise InvalidInput(f"There is no plan {plan_id!r}. There are {', '.join(plans)}.")
    plan = plans[plan_id]
    day = on or min(fields.today(), plan.due)
    shown = Shown(cells, rules, plan, view.shared.units, day)
    return day, dict(view.position), {target["code"]: target for target in shown.compared()}


@contextmanager
def _generation(database: Database[dict[str, Any]]) -> Iterator[str]:
    """The name of one that goes afterwards, as do those that killed runs have left."""
    generations = Generations(database)
    for left in _left(database):
        generations.drop(left)
    name = f"{WHAT_IF}{datetime.now(UTC):%Y%m%dT%H%M%S}-{new_id()}"
    try:
        yield name
    finally:
        generations.drop(name)


def _left(database: Database[dict[str, Any]]) -> set[str]:
    names = {str(name) for name in database["partitions"].distinct("generation")}
    names |= {name.removeprefix(PREFIX) for name in database.list_collection_names()}
    oldest = f"{WHAT_IF}{datetime.now(UTC) - timedelta(hours=LEFT):%Y%m%dT%H%M%S}"
    return {name for name in names if name.startswith(WHAT_IF) and name < oldest}


def run_what_if(settings: Settings, arguments: Sequence[str]) -> int:
    """Exit code 0: shown; 1: it could not be."""
    parser = argparse.ArgumentParser(prog="what-if", description="Each target under other rules.")
    parser.add_argument("--rules", type=Path, required=True, help="YAML, shaped as services/kpi/rules/*.yaml")
    parser.add_argument("--on", type=date.fromisoformat, help="the day (default: the targets' own)")
    parser.add_argument("--plan", default=DEFAULT, help="judged by this plan")
    parser.add_argument("--json", action="store_true", help="both readings, whole, as JSON")
    given = parser.parse_args(list(arguments))
    configure_logging("kpi", settings.log_level)
    seldom_collect()
    client: MongoClient[dict[str, Any]] = MongoClient(
        settings.mongodb_uri, tz_aware=True, appname="sxsh-what-if"
    )
    try:
        found = beside(
            client[settings.mongodb_database],
            rules_in(given.rules),
            feeds_of(settings),
            settings.topic_partitions,
            given.on,
            given.plan,
            crew=Crew(settings.mongodb_uri),
        )
    except SxshError as error:
        sys.stderr.write(f"{error.detail}\n")
        return 1
    except TooManyPoison as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(_json(found) if given.json else _table(found))
    return 0


def _json(found: Beside) -> str:
    return json.dumps(msgspec.to_builtins(found._asdict()), ensure_ascii=False, indent=2) + "\n"


def _table(found: Beside) -> str:
    at = ", ".join(f"{source} {position:,}" for source, position in found.position.items())
    lines = [
        f"On {found.on}, at {at}",
        "",
        f"{'':5} {found.live_rules:>24} {found.other_rules:>24}",
    ]
    for code, live in found.live.items():
        other = found.other[code]
        mark = " " if _said(live) == _said(other) else "*"
        lines.append(f"{code:5} {_said(live):>24} {_said(other):>24} {mark} {live['name'].en}")
    return "\n".join([*lines, "", "* differs. Nothing that is live was changed.", ""])


def _said(target: Mapping[str, Any]) -> str:
    met = {True: "met", False: "not met", None: ""}[target["met"]]
    if target["decimal"] is None:
        return met or "no value"
    value = f"{100 * float(target['decimal']):.2f} % ({target['numerator']}/{target['denominator']})"
    return value if target["denominator"] < 10**7 else f"{100 * float(target['decimal']):.2f} %"
