"""Events as they are shown behind a number."""

from __future__ import annotations

from typing import Any

from marshmallow import validate

from services.eventkit.http import Schema, fields
from services.kpi.api.described import always
from services.kpi.domain.facts import SOURCES
from services.kpi.views.traced import Traced


class TracedSchema(Schema):
    id = fields.String(**always())
    log = fields.String(validate=validate.OneOf(SOURCES), **always("The service that owns it"))
    type = fields.String(**always())
    subject = fields.String(**always())
    position = fields.Integer(**always("Of its commit in that log"))
    recorded_at = fields.DateTime(**always())
    occurred_on = fields.Date(**always("The day from which it is true"))
    actor = fields.String(**always("Who recorded it"))
    href = fields.String(**always("Where its log tells it with its commit, as this service reaches that one"))


def traced(event: Traced) -> dict[str, Any]:
    names = ("id", "log", "type", "subject", "position", "recorded_at", "occurred_on", "actor", "href")
    return {name: getattr(event, name) for name in names}
