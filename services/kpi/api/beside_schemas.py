"""What is shown of an official value beside the live one."""

from __future__ import annotations

from services.eventkit.http import Schema, fields
from services.kpi.api.described import always, nullable


class DifferenceSchema(Schema):
    """Live less official."""

    value = fields.String(**nullable("Exact; null unless both have a value"))
    decimal = fields.String(**nullable("Rounded half-even to six places"))
    numerator = fields.Integer(**nullable(""))
    denominator = fields.Integer(**nullable(""))


class BesideSchema(Schema):
    """What was frozen for this plan and day."""

    official_id = fields.String(**always())
    label = fields.String(**always())
    frozen_at = fields.DateTime(**always())
    by = fields.String(**always())
    corrections = fields.Integer(**always("How often it was corrected since it was first frozen"))
    rules = fields.String(**always("id@version it was worked out by"))
    value = fields.String(**nullable("Exact"))
    decimal = fields.String(**nullable("For display"))
    numerator = fields.Integer(**nullable(""))
    denominator = fields.Integer(**nullable(""))
    met = fields.Boolean(**nullable(""))
    restated = fields.Boolean(**always("Whether the live value is another one"))
    difference = fields.Nested(DifferenceSchema, **always())
    changes = fields.String(
        **nullable("The address that tells why it differs: which facilities, which events; K1, K2a–K2d, K3")
    )
