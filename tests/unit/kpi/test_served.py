"""A difference names the indicators that it makes wrong: all of them, and no others."""

from __future__ import annotations

from datetime import date
from enum import IntEnum
from typing import Any

import msgspec
import pytest

from services.kpi.api.shown import Shown
from services.kpi.api.supporting_shown import Reader
from services.kpi.domain.measures import DIMENSIONS, MEASURES, SPREAD, WHO, Cohort, Vector
from services.kpi.domain.plans import built_in
from services.kpi.domain.served import codes_of
from services.kpi.views.cube import Cube
from tests.unit.kpi.lives import RULES
from tests.unit.kpi.test_territory import unit, units

ON, SINCE = date(2018, 12, 31), date(2017, 1, 1).toordinal()
UNITS = units(unit("kim-son"))
PLAN = built_in()
_WHO = {"unit": "kim-son", "industry": "2018:C10", "kind": "enterprise", "size": "small"}
_VALUES = {**_WHO, "plan": PLAN.id, "what": "course", "audience": "facilities", "network": "n"}
COHORTS: list[Cohort] = [
    (kind, *(_VALUES.get(dimension, "x") for dimension in dimensions))
    for kind, dimensions in DIMENSIONS.items()
    if kind != SPREAD
]
NAMES = ("saving-energy", "saving-water", "payback", "lag", f"policy-delay:{PLAN.id}")
SPREADS: list[Cohort] = [
    (SPREAD, name, *(("",) * 4 if name.startswith("policy") else (_WHO[each] for each in WHO)))
    for name in NAMES
]


def amounts(cohort: Cohort) -> Vector:
    """No two alike, the actual below the expected, all of them enough that some less shows."""
    if cohort[0] == SPREAD:
        return (7, 10, 9, 1)
    if cohort[0] == "survey":
        return (50, 5000, 2500, 550_000, 900)
    return tuple(range(90, 90 - len(MEASURES[cohort[0]]), -1))


def shown(changed: Cohort | None = None, vector: Vector = ()) -> dict[str, Any]:
    """The answer of each indicator."""
    cube = Cube()
    for cohort in (*COHORTS, *SPREADS):
        held = vector if cohort == changed else amounts(cohort)
        cube.put("|".join(cohort), cohort, msgspec.msgpack.encode({SINCE: held}))
    told = Shown(cube, RULES, PLAN, UNITS, ON)
    return {one["code"]: one for one in (*told.all(), *Reader(told).all())}


AS_IS = shown()


def moved(cohort: Cohort, vector: Vector) -> list[str]:
    now = shown(cohort, vector)
    return sorted(code for code in AS_IS if now[code] != AS_IS[code])


@pytest.mark.parametrize("cohort", COHORTS, ids=lambda cohort: cohort[0])
def test_what_a_measure_moves_is_named(cohort: Cohort) -> None:
    measures: list[IntEnum] = list(MEASURES[cohort[0]])
    for measure in measures:
        less = [*amounts(cohort)]
        less[measure] -= less[measure] if cohort[0] in ("unit", "link", "network", "officer") else 40
        assert moved(cohort, tuple(less)) == sorted(codes_of(cohort, measure)), measure.name


@pytest.mark.parametrize("cohort", SPREADS, ids=lambda cohort: cohort[1])
def test_what_the_values_of_a_spread_move_is_named(cohort: Cohort) -> None:
    assert moved(cohort, (7, 1, 9, 10)) == sorted(codes_of(cohort))
