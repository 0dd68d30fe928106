"""The rules by which the indicators are worked out, all of them: what an auditor works them out by again."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Response

from services.eventkit.http import Blueprint, Schema, allow, fields, json_response
from services.kpi.api.described import always
from services.kpi.api.queries import AfterQuery, applied, rules_of
from services.kpi.domain.official import sha256_of

blueprint = Blueprint(
    "rules", __name__, url_prefix="/rules", description="By what the indicators are worked out"
)


class RulesContentSchema(Schema):
    id = fields.String(**always())
    version = fields.String(**always())
    sha256 = fields.String(**always("Of `content` as canonical JSON: sorted keys, no white space, UTF-8"))
    content = fields.Dict(**always("Scope, thresholds, conversion factors with sources, the rules in words"))


@blueprint.route("", methods=["GET"])
@allow()
@blueprint.arguments(AfterQuery, location="query")
@blueprint.response(200, RulesContentSchema)
def get_rules(query: dict[str, Any]) -> Response:
    """The rules of the present projection, with the conversion factors."""
    rules = rules_of(applied(query))
    return json_response(
        {
            "id": rules.id,
            "version": rules.version,
            "sha256": sha256_of(rules.data),
            "content": msgspec.to_builtins(rules.data),
        }
    )
