"""Policy documents that a plan asks for: planned, issued, dropped."""

from __future__ import annotations

from typing import Any

from flask import Response

from services.eventkit.http import (
    Blueprint,
    ReceiptSchema,
    allow,
    command_context,
    receipt_response,
    record_response,
)
from services.eventkit.identity import Role
from services.eventkit.ids import new_id
from services.registry.api.access import container, written
from services.registry.api.policy_schemas import (
    IssueSchema,
    PlanPolicySchema,
    PolicyListSchema,
    PolicyQuery,
    PolicySchema,
)
from services.registry.api.province import ensure_province, known_plan, listed
from services.registry.api.schemas import ReasonSchema
from services.registry.domain.policy import POLICY, Command, Drop, Issue, PlanPolicy, Policy, existing
from services.registry.views.policies import PolicyView, policy_shown

POLICIES = "/api/v1/policies"
SORTABLE = {"title": "title_key", "due": "due", "issued_on": "issued_on", "days_late": "days_late"}
blueprint = Blueprint("policies", __name__, url_prefix=POLICIES, description="Policy documents of the plans")


@blueprint.route("", methods=["POST"])
@allow(Role.REGISTRAR)
@blueprint.arguments(PlanPolicySchema)
@blueprint.response(201, ReceiptSchema)
def plan_policy(body: dict[str, Any]) -> Response:
    """Record a document that a plan asks for, with the day it is due."""

    def guard(_: Policy | None) -> None:
        ensure_province()
        known_plan(body["plan_id"])

    id_ = new_id()
    command = PlanPolicy(policy_id=id_, **body)
    receipt = container().bus.execute(POLICY, id_, command, command_context(), guard=guard)
    return receipt_response(receipt, location=f"{POLICIES}/{receipt.id}")


@blueprint.route("", methods=["GET"])
@allow()
@blueprint.arguments(PolicyQuery, location="query")
@blueprint.response(200, PolicyListSchema)
def get_policies(query: dict[str, Any]) -> dict[str, Any]:
    """List documents; `q` searches titles, kinds, agencies and numbers, with or without accents."""
    return listed(PolicyView, query, sort="due", sortable=SORTABLE)


@blueprint.route("/<policy_id>", methods=["GET"])
@allow()
@blueprint.response(200, PolicySchema)
def get_policy(policy_id: str) -> Response:
    """One document as it stands, straight from the log."""
    loaded = container().bus.load(POLICY, policy_id)
    policy = existing(loaded.state)
    shown = {"id": policy_id, "version": loaded.version, **policy_shown(policy)}
    return record_response(shown, loaded.version)


@blueprint.route("/<policy_id>/issue", methods=["POST"])
@allow(Role.REGISTRAR)
@blueprint.arguments(IssueSchema)
@blueprint.response(201, ReceiptSchema)
def issue(body: dict[str, Any], policy_id: str) -> Response:
    """Record that the document was issued; once."""
    return _execute(policy_id, Issue(**body))


@blueprint.route("/<policy_id>/drop", methods=["POST"])
@allow(Role.REGISTRAR)
@blueprint.arguments(ReasonSchema)
@blueprint.response(201, ReceiptSchema)
def drop(body: dict[str, Any], policy_id: str) -> Response:
    """Record that the document is not planned any more, and why."""
    return _execute(policy_id, Drop(**body))


def _execute(policy_id: str, command: Command) -> Response:
    return written(POLICY, policy_id, command, f"{POLICIES}/{policy_id}", guard=ensure_province)
