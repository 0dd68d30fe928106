"""Which indicators a sum goes into: whoever sees that one is wrong wants to know what it makes wrong."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

from services.kpi.domain.measures import SPREAD, Cohort, OfficerMeasure
from services.kpi.domain.measures import FacilityMeasure as F
from services.kpi.domain.measures import QualityMeasure as Q
from services.kpi.domain.measures import SavingMeasure as S

Codes = tuple[str, ...]

#: By kind, where all its measures go into the same.
_KINDS: dict[str, Codes] = {
    "options": ("S2",),
    "pilots": ("S2",),
    "training": ("S1",),
    "activity": ("S1",),
    "survey": ("K1",),
    "unit": ("K3", "S3"),
    "link": ("S3",),
    "network": ("S3",),
    "policy": ("S5",),
    "task": (),
    "funding": ("S6",),
}
_FACILITY: dict[IntEnum, Codes] = {
    F.ACTIVE: ("K1", "K2", "K2a", "K2c", "S1", "S4"),
    F.AWARE: ("K1",),
    F.ADOPTER: ("K2", "K2a", "K2d"),
    F.MEASURED: ("K2", "K2b", "K2d"),
    F.STRICT8: ("K2c",),
    F.STRICT5: ("K2c",),
    **dict.fromkeys((F.FLAGGED, F.LEFT_OUT, F.UNCOMPUTABLE), ("K2b", "K2d")),
}
_SAVING: dict[IntEnum, Codes] = {
    **dict.fromkeys(S, ("K2b",)),
    **dict.fromkeys((S.ENERGY_EXPECTED, S.ENERGY_ACTUAL), ("K2", "K2b")),
    **dict.fromkeys((S.COST_EXPECTED, S.COST_ACTUAL, S.COST_KNOWN), ("K2", "K2b")),
    **dict.fromkeys((S.CO2_EXPECTED, S.CO2_ACTUAL, S.CO2_KNOWN), ("K2", "K2b", "S2")),
}
_QUALITY: dict[IntEnum, Codes] = {Q.REACHED: ("S1",), Q.COMPLETE: ("S4",), Q.FRESH: ("S4",)}
_OFFICER: dict[IntEnum, Codes] = {**dict.fromkeys(OfficerMeasure, ("K3",)), OfficerMeasure.DEDICATED: ()}
#: By kind and measure. (Of two kinds the measures are equal numbers.)
_MEASURES: Mapping[str, Mapping[IntEnum, Codes]] = {
    "facility": _FACILITY,
    "saving": _SAVING,
    "quality": _QUALITY,
    "officer": _OFFICER,
}
#: By what the name of a spread begins with.
_SPREADS: dict[str, Codes] = {"saving": ("K2b",), "payback": ("S2",), "lag": ("S4",), "policy": ("S5",)}


def codes_of(cohort: Cohort, measure: IntEnum | None = None) -> Codes:
    """The targets and supporting indicators in whose answers anything follows from a measure of a cohort; of
    a spread, which has none, from its values. Of none that of tasks, which have a table of their own."""
    kind = cohort[0]
    if kind == SPREAD:
        return _SPREADS[cohort[1].partition("-")[0]]
    if kind in _KINDS:
        return _KINDS[kind]
    if measure is None:
        raise ValueError(f"which of the measures of {kind}?")
    return _MEASURES[kind][measure]
