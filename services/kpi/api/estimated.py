"""Estimates from samples, shown beside the census count and never in it."""

from __future__ import annotations

from datetime import date
from typing import Any

from marshmallow import validate

from services.eventkit.http import Schema, fields
from services.kpi.api.described import always, nullable
from services.kpi.domain.estimate import METHOD
from services.kpi.views.cube import Cube
from services.kpi.views.estimates import estimates


class EstimateSchema(Schema):
    """Of the whole sample: it is not divided by unit, industry, size or kind."""

    survey_id = fields.String(**always())
    method = fields.String(
        validate=validate.Equal(METHOD),
        **always("Wilson's interval at 95% on Kish's effective number of answers; no strata, no clusters"),
    )
    value = fields.String(**always("The weighted share of those that name a benefit, exact"))
    decimal = fields.String(**always("The same, rounded half-even to six places"))
    low = fields.String(**always("Of the interval"))
    high = fields.String(**always("Of the interval"))
    answers = fields.Integer(**always())
    population = fields.Integer(**nullable("The facilities it stands for, where that is known"))


def estimated(cube: Cube, on: date) -> list[dict[str, Any]]:
    return [
        {
            "survey_id": survey,
            "method": METHOD,
            "value": found.value,
            "decimal": found.decimal,
            "low": found.low,
            "high": found.high,
            "answers": found.answers,
            "population": found.population,
        }
        for survey, found in estimates(cube, on)
    ]
