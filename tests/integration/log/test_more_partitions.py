"""Partitions are added while people write and relays of both numbers publish: each event counts once."""

from __future__ import annotations

import random

import pytest
from pymongo.database import Database

from services.eventkit.cloudevents import partition_of
from services.eventkit.errors import Refused
from services.kpi.past.build import build as build_past
from services.kpi.past.register import Register
from services.kpi.projection.builds import Builds
from services.kpi.projection.generations import Generations, OtherRules
from services.kpi.projection.projector import Projector
from services.kpi.projection.rebuild import rebuild
from services.kpi.projection.upgrade import NewerRules, ensure_rules
from services.kpi.views.live import LiveCube
from services.kpi.views.store import ProjectionStore
from tests.integration.log.world import PARTITIONS, RULES, World, commit, fact, registered

#: No multiple of those before: what was in one partition does not stay together.
MORE = PARTITIONS + 1


def change(world: World, dice: random.Random, versions: dict[str, int], times: int) -> None:
    for _ in range(times):
        subject = f"facility:{dice.randrange(12)}"
        version = versions[subject] = versions.get(subject, 0) + 1
        kind = "facility.closed" if version % 2 == 0 else "facility.reopened"
        event = registered(subject) if version == 1 else fact(subject, kind, f"2017-{1 + version % 12:02}-01")
        world.log.append(commit(subject, version, event))


def more(world: World) -> World:
    """The same system, its relays and projectors told of more partitions."""
    ensure_rules(world.database, RULES, world.feeds, MORE)
    return World(world.database, MORE, world.topic)


@pytest.fixture
def world(database: Database[dict[str, object]]) -> World:
    return World(database)


def test_each_event_counts_once_whatever_relays_publish(world: World) -> None:
    dice, versions = random.Random(11), dict[str, int]()
    change(world, dice, versions, 40)
    world.drain()
    change(world, dice, versions, 10)  # published by the old relay alone, projected by nobody yet
    world.drain_relay()
    grown = more(world)
    assert grown.generation() == "2"
    for _ in range(12):  # both relays publish all of it, in turns, to the same topic
        change(grown, dice, versions, dice.randrange(1, 5))
        for one in dice.sample([world, grown], 2):
            one.drain_relay()
        if dice.random() < 0.6:  # by one that is not overtaken, so what is taken wrongly stays
            grown.workers[0].does(lambda projector: projector.handle(grown.topic.records))
    grown.drain()
    stored, folded = grown.stored(), grown.folded()
    assert stored["cells"] == folded["cells"]
    assert stored["parked"] == folded["parked"] == {}
    cards = list(grown.database["cards"].find({"generation": "2"}))
    assert {c["_id"].partition("|")[2]: c["partition"] for c in cards} == {
        subject: partition_of(subject, MORE) for subject in versions
    }
    assert {p.complete["registry"] for p in stored["positions"]} == {grown.log.head()}


def test_relays_of_the_new_number_go_on_where_the_old_were(world: World) -> None:
    """The history is not told again; who lacks some of it is told that there is something before."""
    change(world, random.Random(1), {}, 20)
    world.drain()
    before = len(world.topic.records)
    grown = more(world)
    grown.log.append(commit("facility:new", 1, registered("facility:new")))
    grown.drain_relay()
    told = [value for _, _, value in grown.topic.records[before:] if b"facility.registered" in value]
    assert len(told) == 1
    assert b'"prevsequence":20999' in told[0]
    assert b'"partitions":3' in told[0]


def test_readers_go_by_what_the_live_projection_is_divided_into(world: World) -> None:
    change(world, random.Random(3), {}, 20)
    world.drain()
    cube = LiveCube(
        ProjectionStore(world.database), MORE
    )  # a reader that was told earlier than the projector
    assert cube.view().position["registry"] == 20
    grown = more(world)
    grown.drain()
    old = LiveCube(ProjectionStore(world.database), PARTITIONS)  # and one that was not told yet
    assert old.view().position["registry"] == 20
    cube.refresh()
    assert (cube.view().generation, len(cube.view().partitions)) == ("2", MORE)
    # A past moment kept in fewer partitions is not filled on in more.
    register, moment = Register(world.database), {"registry": 10, "audits": 0, "training": 0}
    for positions, partitions, base in ((moment, PARTITIONS, ""), ({**moment, "registry": 15}, MORE, "")):
        register.want(positions, RULES.key)
        wanted = register.claim("me", RULES.key)
        assert wanted is not None
        assert build_past(register, wanted, RULES, world.feeds, partitions) == base
        register.tell(wanted, state="ready")


def test_partitions_never_become_fewer(world: World) -> None:
    world.log.append(commit("facility:a", 1, registered("facility:a")))
    world.drain()
    more(world)
    with pytest.raises(OtherRules, match="in 3 partitions, not 2"):
        Projector(world.database, RULES, world.feeds, PARTITIONS)
    with pytest.raises(NewerRules, match="TOPIC_PARTITIONS=3"):
        ensure_rules(world.database, RULES, world.feeds, PARTITIONS)
    with pytest.raises(Refused, match="TOPIC_PARTITIONS=3"):
        rebuild(world.database, RULES, world.feeds, PARTITIONS)


def test_what_an_earlier_release_left_is_measured_and_a_build_for_fewer_is_not_gone_on_with(
    world: World,
) -> None:
    world.log.append(commit("facility:a", 1, registered("facility:a")))
    world.drain()
    pointer = world.database["pointer"]
    pointer.update_one({"_id": "active"}, {"$unset": {"partitions": ""}})
    ensure_rules(world.database, RULES, world.feeds, PARTITIONS)
    assert Generations(world.database).live() == ("1", RULES.key, PARTITIONS)
    pointer.update_one({"_id": "active"}, {"$unset": {"partitions": ""}})
    builds = Builds(world.database)
    begun = builds.claim("gone", RULES, PARTITIONS)
    assert begun is not None
    pointer.update_one({"_id": "building"}, {"$set": {"owner": ""}})
    grown = more(world)
    assert grown.generation() > begun.generation
    assert grown.stored()["cells"] == grown.folded()["cells"]
