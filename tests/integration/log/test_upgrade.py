"""A release with other rules: its projection is built anew before it is read, and loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pymongo.database import Database

from services.kpi.projection.builds import Builds
from services.kpi.projection.generations import Generations, OtherRules
from services.kpi.projection.projector import Projector
from services.kpi.projection.upgrade import NewerRules, ensure_rules
from tests.integration.log.world import PARTITIONS, RULES, World, commit, fact, registered

A, B = "facility:a", "facility:b"


@pytest.fixture
def world(new_database: Callable[[], Database[dict[str, Any]]]) -> World:
    world = World(new_database())
    world.log.append(commit(A, 1, registered(A), fact(A, "facility.closed", "2018-01-01")))
    world.drain()
    return world


def built_by(world: World, rules: str) -> None:
    """As if the live generation were another release's: its cells have another shape, too."""
    world.database["pointer"].update_one({"_id": "active"}, {"$set": {"rules": rules}})
    older = {"$set": {"cohort": ["nho-quan", "2018:C10", "enterprise"]}, "$unset": {"cells": ""}}
    world.database["cells"].update_many({}, older)


def ensured(world: World) -> None:
    ensure_rules(world.database, RULES, world.feeds, PARTITIONS)


@pytest.mark.parametrize("older", ["sxsh-2016@1", "sxsh-2016@2"], ids=["rules", "layout"])
def test_a_projection_of_older_rules_is_built_anew_from_the_feeds(world: World, older: str) -> None:
    built_by(world, older)
    world.log.append(commit(B, 1, registered(B)))
    with pytest.raises(OtherRules):
        Projector(world.database, RULES, world.feeds, PARTITIONS)
    ensured(world)
    live = Generations(world.database).live()
    assert live is not None
    assert (live.generation, live.rules) == ("2", RULES.key)
    world.workers[0].crash()
    world.drain()
    assert world.stored()["cells"] == world.folded()["cells"]
    assert world.database["pointer"].find_one({"_id": "building"}) is None


def test_a_projection_of_the_same_rules_is_left_as_it_is(world: World) -> None:
    ensured(world)
    assert world.generation() == "1"


@pytest.mark.parametrize("later", ["sxsh-2016@99", "sxsh-2016@2+layout99"])
def test_a_later_releases_projection_is_not_touched(world: World, later: str) -> None:
    built_by(world, later)
    with pytest.raises(NewerRules, match="Stop this projector"):
        ensured(world)


def test_only_one_projector_builds_and_one_that_died_is_replaced(world: World) -> None:
    builds = Builds(world.database)
    begun = builds.claim("one", RULES)
    assert begun is not None
    assert builds.claim("two", RULES) is None
    builds.tell("one", events=70)
    long_ago = {"$set": {"at": world.database.command("hello")["localTime"].replace(year=2020)}}
    world.database["pointer"].update_one({"_id": "building"}, long_ago)
    taken = builds.claim("two", RULES)
    assert taken is not None
    assert (taken.generation, taken.owner) == (begun.generation, "two")
    builds.end("one")
    assert builds.claim("three", RULES) is None


def test_a_build_that_was_cut_off_is_not_built_upon(world: World) -> None:
    """Its half-written generation must never become the live one."""
    built_by(world, "sxsh-2016@1")
    half = {"_id": "2|0", "generation": "2", "partition": 0, "flush": 3, "applied_flush": 3}
    world.database["partitions"].insert_one(half | {"sequences": {"registry": 10**9}, "complete": {}})
    ensured(world)
    assert Generations(world.database).active(RULES) == "3"
    assert world.database["partitions"].distinct("generation") == ["1", "3"]
