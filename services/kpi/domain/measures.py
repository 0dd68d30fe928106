"""What is added up. A cohort is who, a vector is how much; both are what a cell of the cube holds."""

from __future__ import annotations

from enum import IntEnum
from typing import Literal

#: A facility's is (unit id, industry key like ``2018:C10``, kind); ``("officer", unit id, "")`` and
#: ``("unit", unit id, "")`` are those of officers and units.
Cohort = tuple[str, str, str]

#: Integers, one per member of the cohort's measure enum below.
Vector = tuple[int, ...]

#: (cohort, day as proleptic ordinal) -> what is added from that day on.
Contributions = dict[tuple[Cohort, int], Vector]

CohortKind = Literal["facility", "officer", "unit"]


class FacilityMeasure(IntEnum):
    """Counts are facilities. Energy and fuel in grams of oil equivalent (TOE * 1e6), water in litres,
    material in whole VND at baseline prices; amounts stand only where `MEASURED` is 1. Fuel is part of
    energy."""

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
    ENERGY_EXPECTED = 9
    ENERGY_ACTUAL = 10
    FUEL_EXPECTED = 11
    FUEL_ACTUAL = 12
    WATER_EXPECTED = 13
    WATER_ACTUAL = 14
    MATERIAL_EXPECTED = 15
    MATERIAL_ACTUAL = 16


class OfficerMeasure(IntEnum):
    QUALIFIED = 0
    DEDICATED = 1
    #: qualified here while holding a dedicated appointment to another unit too
    SHARED = 2


class UnitMeasure(IntEnum):
    EXISTS = 0


MEASURES: dict[CohortKind, type[IntEnum]] = {
    "facility": FacilityMeasure,
    "officer": OfficerMeasure,
    "unit": UnitMeasure,
}


def cohort_kind(cohort: Cohort) -> CohortKind:
    if cohort[2]:
        return "facility"
    return "officer" if cohort[0] == "officer" else "unit"
