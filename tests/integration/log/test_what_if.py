"""Targets under other rules: others, and the live ones as they were."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from services.eventkit.errors import InvalidInput
from services.kpi.domain.rules import FOLDER, RuleSet
from services.kpi.projection.generations import PARTS
from services.kpi.what_if import beside, rules_in
from tests.integration.log.world import PARTITIONS, World, commit, fact, registered

ON = date(2018, 12, 31)
GRACE = "suspended_grace_months: 12"


@pytest.fixture
def world(new_database: Callable[[], Database[dict[str, Any]]]) -> World:
    """Six facilities; four of them suspended, ten months before the day that is looked at."""
    world = World(new_database())
    for number in range(6):
        name = f"facility:{number}"
        told = [registered(name)]
        if number < 4:
            told.append(fact(name, "facility.suspended", "2018-02-28"))
        world.log.append(commit(name, 1, *told))
    world.drain()
    return world


def other_rules(folder: Path) -> Path:
    text = (FOLDER / "sxsh-2016.yaml").read_text("utf-8")
    assert GRACE in text
    changed = text.replace(GRACE, "suspended_grace_months: 3").replace("id: sxsh-2016", "id: shorter")
    path = folder / "shorter.yaml"
    path.write_text(changed, "utf-8")
    return path


def everything(world: World) -> dict[str, list[dict[str, Any]]]:
    names = (*PARTS, "pointer")
    return {name: list(world.database[name].find({}).sort("_id", 1)) for name in names}


def test_other_rules_give_other_targets_and_leave_the_live_ones_alone(world: World, tmp_path: Path) -> None:
    before = everything(world)
    found = beside(world.database, rules_in(other_rules(tmp_path)), world.feeds, PARTITIONS, ON)
    assert (found.live["K1"]["numerator"], found.live["K1"]["denominator"]) == (0, 6)
    assert (found.other["K1"]["numerator"], found.other["K1"]["denominator"]) == (0, 2)
    assert found.live_rules == RuleSet.load().name
    assert found.other_rules.startswith("shorter@")
    assert found.position["registry"] == world.log.head()
    assert everything(world) == before
    assert not [name for name in world.database.list_collection_names() if name.startswith("spool_")]


def test_the_same_rules_give_the_same_targets(world: World) -> None:
    found = beside(world.database, RuleSet.load(), world.feeds, PARTITIONS, ON)
    assert found.live == found.other
    assert found.live["K1"]["denominator"] == 6


def test_a_failed_run_leaves_nothing(world: World, tmp_path: Path) -> None:
    before = everything(world)

    def broken(step: Any) -> None:
        raise InterruptedError(step)

    with pytest.raises(InterruptedError):
        beside(world.database, rules_in(other_rules(tmp_path)), world.feeds, PARTITIONS, ON, step=broken)
    assert everything(world) == before


def test_what_is_wrong_in_the_rules_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text("id: x\nversion: '1'\n", "utf-8")
    with pytest.raises(InvalidInput, match="missing required field `scope`"):
        rules_in(path)
    with pytest.raises(InvalidInput, match="can not be read"):
        rules_in(tmp_path / "none.yaml")
