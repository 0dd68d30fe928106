"""A rebuild loses nothing, tells what differs, can be stopped and gone on with, and takes no value back."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest
from bson.binary import Binary
from pymongo.database import Database
from pymongo.errors import AutoReconnect, OperationFailure

from services.eventkit.errors import Refused
from services.eventkit.settings import Settings
from services.kpi.domain.measures import FacilityMeasure
from services.kpi.domain.rules import RuleSet
from services.kpi.projection import builds, command, comparing
from services.kpi.projection.building import Step, Stopped
from services.kpi.projection.builds import Builds, Cancelled, Paused
from services.kpi.projection.bulk import filling, spool
from services.kpi.projection.bulk.filling import Filling
from services.kpi.projection.generations import PARTS, Generations
from services.kpi.projection.rebuild import Differs, _Rebuilding, rebuild
from services.kpi.views.live import LiveCube
from services.kpi.views.store import ProjectionStore
from tests.integration.log.world import PARTITIONS, RULES, World, commit, fact, registered

OTHER = RuleSet(msgspec.structs.replace(RULES.data, version="next"))
NAMES = [f"facility:{n}" for n in range(30)]
DAY = date(2018, 12, 31)


@pytest.fixture
def world(new_database: Callable[[], Database[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch) -> World:
    """Thirty facilities, one of which can not be read further, are live; pages of five commits."""
    monkeypatch.setattr(spool, "PAGE", 5)
    monkeypatch.setattr(spool, "LEAST_PAGE", 5)
    world = World(new_database())
    for name in NAMES:
        world.log.append(commit(name, 1, registered(name)))
    world.log.append(commit(NAMES[3], 2, fact(NAMES[3], "facility.vanished")))
    world.drain()
    return world


def rebuilt(world: World, **options: Any) -> str:
    return rebuild(world.database, RULES, world.feeds, PARTITIONS, **options)


def live(world: World) -> str:
    found = Generations(world.database).live()
    assert found is not None
    return found.generation


def active(cube: LiveCube) -> int:
    return cube.read(lambda cells, view: cells.at("facility", DAY)[FacilityMeasure.ACTIVE])


def test_a_moment_that_the_database_has_forgotten_is_no_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it does minutes later, while a new generation is being brought up to it."""
    alter_a_cell(world, "1")
    taken: list[int] = []
    real = comparing._Standing.take

    def forgotten(*given: Any) -> None:
        taken.append(1)
        if len(taken) < comparing.TRIES:
            raise OperationFailure("Read timestamp is older than the oldest available", code=239)
        real(*given)

    monkeypatch.setattr(comparing, "PAUSE", 0.0)
    monkeypatch.setattr(comparing._Standing, "take", forgotten)
    with pytest.raises(Differs, match="1 differences"):
        rebuilt(world)


def alter_a_cell(world: World, generation: str) -> None:
    """One facility more in some district, by the hand of nobody who says so."""
    cells = world.database["cells"]
    family = cells.find_one({"generation": generation, "cells.cohort.0": "facility"})
    assert family is not None
    cell = next(cell for cell in family["cells"] if cell["cohort"][0] == "facility")
    days = msgspec.msgpack.decode(cell["days"])
    first = min(days)
    days[first][0] += 1
    cell["days"] = Binary(msgspec.msgpack.encode(days))
    cells.replace_one({"_id": family["_id"]}, family)


def test_the_same_numbers_are_switched_to(world: World) -> None:
    before = world.stored()
    assert rebuilt(world) == live(world) == "2"
    world.workers[0].crash()
    after = world.stored()
    assert (after["cells"], after["parked"]) == (before["cells"], before["parked"])
    assert Builds(world.database).find() is None


def test_events_that_the_live_one_lacks_are_no_difference(world: World) -> None:
    world.log.append(commit(NAMES[0], 2, fact(NAMES[0], "facility.closed", "2018-02-01")))
    world.log.append(commit(NAMES[3], 3, fact(NAMES[3], "facility.closed", "2018-02-01")))
    world.log.append(commit(NAMES[1], 2, fact(NAMES[1], "facility.vanished")))
    assert rebuilt(world) == "2"


def test_events_that_the_live_one_has_beyond_are_no_difference(world: World) -> None:
    def beyond(step: Step) -> None:
        if step.stage == "folding":
            version = 2 + len(closed)
            kind = "facility.reopened" if len(closed) % 2 else "facility.closed"
            closed.append(world.log.append(commit(NAMES[5], version, fact(NAMES[5], kind, "2018-03-01"))))
            world.drain()

    closed: list[Any] = []
    rebuilt(world, step=beyond)
    assert closed
    world.workers[0].crash()
    assert world.stored()["cells"] == world.folded()["cells"]


def test_an_altered_live_number_is_named_and_stops_the_switch(world: World) -> None:
    alter_a_cell(world, "1")
    with pytest.raises(Differs) as stopped:
        rebuilt(world)
    (difference,) = stopped.value.differences
    assert "nho-quan" in difference.what
    assert difference.what.endswith(" active")
    assert difference.on == date(2016, 1, 31)
    assert int(difference.live) == int(difference.rebuilt) + 1
    assert {"K1", "K2a"} <= set(difference.codes) and str(difference).endswith(
        f"[{', '.join(difference.codes)}]"
    )
    assert live(world) == "1"
    found = Builds(world.database).find()
    assert found is not None
    assert (found.stage, found.differences) == ("differs", 1)
    assert rebuilt(world, accept=True) == live(world) == "2"


def test_a_subject_parked_in_one_alone_is_a_difference(world: World) -> None:
    world.database["parked"].delete_many({})
    with pytest.raises(Differs, match="1 differences") as stopped:
        rebuilt(world)
    assert stopped.value.differences[0].what == NAMES[3]


def asking(world: World, what: Any, stage: str) -> Callable[[Step], None]:
    def step(step: Step) -> None:
        if step.stage == stage:
            Builds(world.database).ask(what)
            time.sleep(0.7)

    return step


@pytest.mark.parametrize("stage", ["reading", "folding", "comparing"])
def test_paused_it_rests_and_is_gone_on_with(world: World, stage: str) -> None:
    with pytest.raises(Paused):
        rebuilt(world, step=asking(world, "pause", stage))
    found = Builds(world.database).find()
    assert found is not None
    assert found.resting
    assert live(world) == "1"
    with pytest.raises(Refused, match="rests"):
        rebuilt(world, resume=False)
    world.log.append(commit(NAMES[1], 2, fact(NAMES[1], "facility.closed", "2018-02-01")))
    assert rebuilt(world) == live(world) == "2"
    world.workers[0].crash()
    assert world.stored()["cells"] == world.folded()["cells"]


@pytest.mark.parametrize("stage", ["reading", "folding", "comparing"])
def test_called_off_nothing_of_it_is_left(world: World, stage: str) -> None:
    with pytest.raises(Cancelled):
        rebuilt(world, step=asking(world, "cancel", stage))
    assert Builds(world.database).find() is None
    for part in PARTS:
        assert set(world.database[part].distinct("generation")) <= {"1"}
    assert not [name for name in world.database.list_collection_names() if name.startswith("spool_")]
    assert live(world) == "1"


def test_one_whose_process_ends_is_gone_on_with_at_once(world: World) -> None:
    with pytest.raises(Stopped):
        rebuilt(world, go_on=lambda: False)
    found = Builds(world.database).find()
    assert found is not None
    assert (found.generation, found.owner) == ("2", "")
    assert rebuilt(world, resume=False) == "2"


def test_one_that_rests_is_called_off_at_once(world: World) -> None:
    with pytest.raises(Paused):
        rebuilt(world, step=asking(world, "pause", "folding"))
    Builds(world.database).ask("cancel")
    assert Builds(world.database).find() is None
    assert rebuilt(world) == "3"


def all_of(world: World, generation: str) -> dict[str, list[Any]]:
    query = {"generation": generation}
    return {part: list(world.database[part].find(query).sort("_id", 1)) for part in PARTS}


@pytest.mark.parametrize("asleep", ["before a bucket", "before the sums", "while the sums are written"])
def test_a_builder_that_slept_and_wakes_up_changes_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, asleep: str
) -> None:
    """Meanwhile another took over, switched, and the projector went on."""
    monkeypatch.setattr(builds, "WORD", 1000)
    left: list[dict[str, list[Any]]] = []

    def sleeping(original: Callable[..., Any]) -> Callable[..., Any]:
        def sleep(*arguments: Any) -> Any:
            if not left:
                left.append({})
                long_ago = {"$set": {"at": datetime(2020, 1, 1, tzinfo=UTC)}}
                world.database["pointer"].update_one({"_id": "building"}, long_ago)
                assert rebuilt(world) == live(world) == "2"
                world.workers[0].crash()
                for name in NAMES[:3]:
                    world.log.append(commit(name, 2, fact(name, "facility.closed", "2018-02-01")))
                world.drain()
                left[0] = all_of(world, "2")
            return original(*arguments)

        return sleep

    with monkeypatch.context() as patched:
        if asleep == "before a bucket":
            patched.setattr(spool.Spool, "bucket", sleeping(spool.Spool.bucket))
        elif asleep == "before the sums":
            patched.setattr(Filling, "finish", sleeping(Filling.finish))
        else:
            patched.setattr(filling, "_delete_others", sleeping(filling._delete_others))
        with pytest.raises(Refused):
            rebuilt(world)
    assert left[0]["partitions"]
    assert all_of(world, "2") == left[0]
    assert live(world) == "2"


def in_live(world: World) -> dict[str, int]:
    return {part: world.database[part].count_documents({"generation": live(world)}) for part in PARTS}


def finish_by_claim(found: Builds) -> None:
    assert found.claim("next release", OTHER, resume=True) is not None


@pytest.mark.parametrize("then", [lambda found: found.ask("cancel"), finish_by_claim])
@pytest.mark.parametrize("where", ["after the switch", "while dropping"])
def test_what_fails_after_the_switch_takes_nothing_of_the_live_one(
    world: World, monkeypatch: pytest.MonkeyPatch, where: str, then: Callable[[Builds], None]
) -> None:
    with monkeypatch.context() as patched:
        if where == "after the switch":
            patched.setattr(Builds, "end", failing)
        else:
            patched.setattr(Generations, "drop_others", failing)
        with pytest.raises(AutoReconnect):
            rebuilt(world)
    assert live(world) == "2"
    before = in_live(world)
    assert all(before.values())
    then(Builds(world.database))
    assert in_live(world) == before
    found = Builds(world.database).find()
    assert found is None or (found.generation, found.rules) == ("3", OTHER.key)


def failing(*_: object) -> None:
    raise AutoReconnect("the primary steps down")


@pytest.mark.parametrize(
    ("where", "said"),
    [("compare", "as it was"), ("drop_others", "switched already: generation 2 is live")],
)
def test_a_failure_of_the_database_is_told_with_what_is_live(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], where: str, said: str
) -> None:
    settings = SimpleNamespace(log_level="INFO", mongodb_uri="", topic_partitions=PARTITIONS)
    monkeypatch.setattr(command, "database_of", lambda _: world.database)
    monkeypatch.setattr(command, "feeds_of", lambda _: world.feeds)
    monkeypatch.setattr(command.RuleSet, "load", lambda: RULES)
    monkeypatch.setattr(_Rebuilding, where, failing)
    assert command.run_rebuild(cast("Settings", settings)) == 1
    assert said in capsys.readouterr().out


def test_a_rebuild_after_one_cut_off_behind_the_switch_begins_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Builds, "end", failing)
        with pytest.raises(AutoReconnect):
            rebuilt(world)
    assert rebuilt(world) == live(world) == "3"
    assert Builds(world.database).find() is None


def test_what_was_dropped_can_not_be_switched_to_nor_the_live_one_dropped(world: World) -> None:
    generations = Generations(world.database)
    with pytest.raises(Refused, match="is live"):
        generations.drop("1")
    generations.drop("2")
    assert not generations.switch("1", "2", RULES)
    assert live(world) == "1"
    assert rebuilt(world) == live(world) == "3"


def test_what_was_read_is_not_taken_back_by_a_switch(world: World) -> None:
    cube = LiveCube(ProjectionStore(world.database), PARTITIONS)
    assert rebuilt(world) == "2"
    Generations(world.database).switch("2", "1", RULES)
    world.log.append(commit("facility:new", 1, registered("facility:new")))
    world.drain()
    before = active(cube)
    assert (before, cube.view().generation) == (31, "1")
    Generations(world.database).switch("1", "2", RULES)
    cube.refresh()
    assert (active(cube), cube.view().generation) == (31, "1"), "generation 2 lacks the newest facility"
    world.workers[0].crash()
    world.drain()
    cube.refresh()
    assert (active(cube), cube.view().generation) == (31, "2")
