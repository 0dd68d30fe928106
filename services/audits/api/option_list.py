"""The options of all assessments: the yearly reminder list, and what they cost and pay back together."""

from __future__ import annotations

from typing import Any

from flask import Response

from services.audits.api.access import limits
from services.audits.api.schemas_options import (
    OptionListSchema,
    OptionQuery,
    OptionSummaryQuery,
    OptionSummarySchema,
)
from services.audits.views.options import list_options, summary
from services.eventkit.http import Blueprint, allow, json_response

blueprint = Blueprint(
    "option-list", __name__, url_prefix="/api/v1/options", description="Options of all assessments"
)


@blueprint.route("", methods=["GET"])
@allow()
@blueprint.arguments(OptionQuery, location="query")
@blueprint.response(200, OptionListSchema)
def get_options(query: dict[str, Any]) -> Response:
    """List options; `due_on` gives those that wait for their yearly answer, `q` searches titles."""
    return json_response(list_options(query, *limits(query)))


@blueprint.route("/summary", methods=["GET"])
@allow()
@blueprint.arguments(OptionSummaryQuery, location="query")
@blueprint.response(200, OptionSummarySchema)
def get_summary(query: dict[str, Any]) -> Response:
    """How many options are in which status, their money, their median payback; for the list's filters."""
    return json_response(summary(query, *limits(query)))
