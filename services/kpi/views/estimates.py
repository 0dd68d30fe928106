"""What each sample survey says of all facilities, from the sums of its answers that hold on a day."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from services.kpi.domain.estimate import Estimate, estimate
from services.kpi.domain.measures import SurveyMeasure as S
from services.kpi.views.cube import Cube, where


class Surveyed(NamedTuple):
    survey_id: str
    estimate: Estimate


def estimates(cube: Cube, on: date) -> list[Surveyed]:
    """Of the samples that somebody has answered by then."""
    found = []
    for survey in cube.names("survey", "survey"):
        sums = cube.at("survey", on, where(survey=survey))
        if sums[S.ANSWERS]:
            answered = (sums[S.ANSWERS], sums[S.WEIGHT], sums[S.WEIGHT_NAMING], sums[S.WEIGHT_SQUARED])
            found.append(Surveyed(survey, estimate(*answered, sums[S.POPULATION] or None)))
    return found
