"""What several requests of the training service share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from marshmallow import ValidationError
from marshmallow.validate import Length

from services.eventkit.http import Schema, fields
from services.eventkit.http.kinds import EARLIEST

ID = 64
STATUSES = ["open", "closed"]
#: Units that a campaign or survey may name; the province has had at most 145 communes and wards.
MOST_UNITS = 200
#: How far ahead a session is planned at most.
AHEAD = timedelta(days=2 * 366)


class ErasureQuery(Schema):
    """Of a DELETE that erases a person."""

    reason = fields.Text(
        500,
        required=True,
        metadata={"description": "Such as the number of the request; without names: it stays for ever"},
    )


class PlannedOn(fields.Date):
    """A day that may be to come, at most two years from now; not before 1990-01-01."""

    def __init__(self, **kwargs: Any) -> None:
        documented = {
            "description": "The day it is held on (YYYY-MM-DD), at most two years ahead",
            "examples": ["2019-05-20"],
        }
        super().__init__(**{**kwargs, "metadata": {**documented, **kwargs.get("metadata", {})}})

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kw: Any) -> date:
        day = super()._deserialize(value, attr, data, **kw)
        if day < EARLIEST:
            raise ValidationError(f"Must not be before {EARLIEST.isoformat()}.")
        if day > (latest := fields.today() + AHEAD):
            raise ValidationError(f"Must not be after {latest.isoformat()}, two years from now.")
        return day


class OccurredSchema(Schema):
    occurred_on = fields.OccurredOn(required=True)


class ReasonSchema(OccurredSchema):
    reason = fields.Text(max=2000, required=True)


def units_field(description: str) -> fields.List[str]:
    """A list of administrative units, empty when it is left out."""
    return fields.List(
        fields.Slug(),
        load_default=list,
        validate=Length(max=MOST_UNITS),
        metadata={"description": description, "uniqueItems": True},
    )
