"""What is added up. A cohort is who, a vector is how much; both are what a cell of the cube holds.

A cohort's first element is its kind; what follows are the kind's `DIMENSIONS`, in their order. A vector's
members are the kind's `MEASURES`. Cells of a kind are summed over cohorts by any choice of dimensions
(`services.kpi.views.cube`), never over facilities: identity stays on the card.

**To add a kind**: its enum in `MEASURES` and its dimensions in `DIMENSIONS`; then a part of a facility's
life, or what another card counts for, in `services.kpi.domain.contributions`. Vectors of one kind are all as
long as its enum. A measure of which most facilities have none belongs into a kind of its own: the core,
``facility``, is added up for each of them and stays narrow.

``spread`` is a multiset for medians: a flat tuple (value, count, value, count, …), ascending by value, no
count zero. `add` and `sub` know it; everything else is added member by member. Use these two, never
``map(add, …)``. Values must fit 64 bits, sums too.
"""

from __future__ import annotations

import operator
from enum import IntEnum

#: (kind, dimension, …), such as ``("facility", "kim-son", "2018:C10", "household", "micro")``.
Cohort = tuple[str, ...]

#: Integers, one per member of the measure enum of the cohort's kind; a spread's see above.
Vector = tuple[int, ...]

#: Day as proleptic ordinal -> what is added from that day on.
Days = dict[int, Vector]

#: The same by (cohort, day).
Contributions = dict[tuple[Cohort, int], Vector]

#: A facility as the cells know it: unit id, industry key like ``2018:C10``, kind, size.
Who = tuple[str, str, str, str]
WHO = ("unit", "industry", "kind", "size")

SPREAD = "spread"


class FacilityMeasure(IntEnum):
    """Facilities. Of each in scope, while it is active."""

    ACTIVE = 0
    AWARE = 1
    ADOPTER = 2
    #: adopters whose latest accepted measurement gives an energy saving that counts
    MEASURED = 3
    STRICT8 = 4
    STRICT5 = 5
    #: left out as an outlier that awaits review
    FLAGGED = 6
    #: left out by a review
    LEFT_OUT = 7
    #: accepted, but the energy saving cannot be computed
    UNCOMPUTABLE = 8


class SavingMeasure(IntEnum):
    """Of the facilities that are `FacilityMeasure.MEASURED`. Energy and fuel in grams of oil equivalent
    (TOE * 1e6), water in litres, material and cost in whole VND at baseline prices, CO2 in grams. Fuel is
    part of energy. `CO2_KNOWN` and `COST_KNOWN` count the facilities whose amounts are computed."""

    ENERGY_EXPECTED = 0
    ENERGY_ACTUAL = 1
    FUEL_EXPECTED = 2
    FUEL_ACTUAL = 3
    WATER_EXPECTED = 4
    WATER_ACTUAL = 5
    MATERIAL_EXPECTED = 6
    MATERIAL_ACTUAL = 7
    CO2_EXPECTED = 8
    CO2_ACTUAL = 9
    COST_EXPECTED = 10
    COST_ACTUAL = 11
    CO2_KNOWN = 12
    COST_KNOWN = 13


class QualityMeasure(IntEnum):
    """Facilities in U: reached by a course or campaign, with a complete record, heard of within a year."""

    REACHED = 0
    COMPLETE = 1
    FRESH = 2


class OptionMeasure(IntEnum):
    """Options by their status on the day; money in whole VND, of those in use. `PROPOSED` holds all but the
    excluded, `IN_USE` the verified too, `NOT_IMPLEMENTED` the lapsed too."""

    PROPOSED = 0
    PENDING = 1
    IN_USE = 2
    VERIFIED = 3
    NOT_IMPLEMENTED = 4
    LAPSED = 5
    EXCLUDED = 6
    DISCONTINUED = 7
    INVESTMENT = 8
    YEARLY_SAVING = 9
    #: pending, and the yearly question waits for an answer
    DUE = 10


class PilotMeasure(IntEnum):
    PILOTS = 0
    FINISHED = 1
    REPLICATIONS = 2


class TrainingMeasure(IntEnum):
    """Participations, wherever the participant is today."""

    ATTENDED = 0
    TESTED = 1
    PASSED = 2


class CountMeasure(IntEnum):
    COUNT = 0


class SurveyMeasure(IntEnum):
    """Answers of a sample; weights w in hundredths, y is 1 for an answer that names a benefit."""

    ANSWERS = 0
    WEIGHT = 1
    WEIGHT_NAMING = 2
    WEIGHT_SQUARED = 3
    #: the facilities that it stands for, 0 when nobody said
    POPULATION = 4


class OfficerMeasure(IntEnum):
    QUALIFIED = 0
    DEDICATED = 1
    #: qualified here while holding a dedicated appointment to another unit too
    SHARED = 2


class UnitMeasure(IntEnum):
    """District-level units that exist."""

    EXISTS = 0


class NetworkMeasure(IntEnum):
    UNITS = 0
    CONSULTANTS = 1


class PolicyMeasure(IntEnum):
    """`PLANNED` holds the issued too, not the dropped."""

    PLANNED = 0
    ISSUED = 1
    DROPPED = 2
    #: due and not issued
    LATE = 3


class TaskMeasure(IntEnum):
    COUNT = 0
    #: sum of the percents done, as last reported
    PERCENT = 1
    #: their period is over and they are not done
    LATE = 2


class FundingMeasure(IntEnum):
    """Whole VND, cumulated."""

    PLANNED = 0
    COMMITTED = 1
    DISBURSED = 2


#: The measures of each kind but `SPREAD`.
MEASURES: dict[str, type[IntEnum]] = {
    "facility": FacilityMeasure,
    "saving": SavingMeasure,
    "quality": QualityMeasure,
    "options": OptionMeasure,
    "pilots": PilotMeasure,
    "training": TrainingMeasure,
    "activity": CountMeasure,
    "survey": SurveyMeasure,
    "officer": OfficerMeasure,
    "unit": UnitMeasure,
    "link": CountMeasure,
    "network": NetworkMeasure,
    "policy": PolicyMeasure,
    "task": TaskMeasure,
    "funding": FundingMeasure,
}

#: What stands in a cohort after its kind. ``industry`` also answers for ``section``, its letter.
DIMENSIONS: dict[str, tuple[str, ...]] = {
    "facility": WHO,
    "saving": WHO,
    "quality": WHO,
    "options": (*WHO, "class"),
    "pilots": WHO,
    "training": ("audience", "unit"),
    "activity": ("what", "of"),
    "survey": ("survey",),
    "officer": ("unit",),
    "unit": ("unit",),
    "link": ("unit", "network"),
    "network": ("network",),
    "policy": ("plan",),
    "task": ("plan", "group", "status"),
    "funding": ("plan", "source", "group"),
    SPREAD: ("name", *WHO),
}


#: Cohorts that the same events change: they are stored as one document. A spread goes by its name.
Family = tuple[str, ...]

_FAMILIES = {
    "quality": "facility",
    "lag": "facility",
    "payback": "options",
    "saving-energy": "saving",
    "saving-fuel": "saving",
    "saving-water": "saving",
    "saving-material": "saving",
}


def family_of(cohort: Cohort) -> Family:
    """Who it is of, without what is told apart of them: ``("facility", *who)`` of a lag, too."""
    kind, *rest = cohort[1:] if cohort[0] == SPREAD else cohort
    family = _FAMILIES.get(kind, kind)
    return (family, *rest[:4]) if family == "options" else (family, *rest)


def empty(kind: str) -> Vector:
    return () if kind == SPREAD else (0,) * len(MEASURES[kind])


def add(kind: str, a: Vector, b: Vector) -> Vector:
    return _merged(a, b, 1) if kind == SPREAD else tuple(map(operator.add, a, b))


def sub(kind: str, a: Vector, b: Vector) -> Vector:
    return _merged(a, b, -1) if kind == SPREAD else tuple(map(operator.sub, a, b))


def negated(kind: str, a: Vector) -> Vector:
    return _merged((), a, -1) if kind == SPREAD else tuple(-x for x in a)


def _merged(a: Vector, b: Vector, sign: int) -> Vector:
    if sign > 0 and a and b:
        # Apart, as two of a few values mostly are.
        if a[-2] < b[0]:
            return a + b
        if b[-2] < a[0]:
            return b + a
    counts = dict(zip(a[::2], a[1::2], strict=True))
    for value, count in zip(b[::2], b[1::2], strict=True):
        counts[value] = counts.get(value, 0) + sign * count
    return tuple(x for value in sorted(counts) if counts[value] for x in (value, counts[value]))
