"""Funding lines: planned, committed, disbursed; corrected with a reason; summed by source and task group."""

from __future__ import annotations

from typing import Any

from flask import Response

from services.eventkit.errors import InvalidInput
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
from services.registry.api.funding_schemas import (
    AmountSchema,
    CorrectFundingSchema,
    FundingListSchema,
    FundingQuery,
    FundingSchema,
    FundingSummarySchema,
    PlanFundingSchema,
    SummaryQuery,
)
from services.registry.api.province import ensure_province, known_plan, listed
from services.registry.domain.funding import (
    FUNDING,
    Command,
    Commit,
    CorrectFunding,
    Disburse,
    Line,
    PlanFunding,
    existing,
)
from services.registry.domain.plan import PLAN
from services.registry.domain.plan import existing as existing_plan
from services.registry.views.funding import SUMS, FundingView, funding_shown, summary

PATH = "/api/v1/funding"
SORTABLE = {name: name for name in ("planned_on", "group", "source", *SUMS)}
blueprint = Blueprint("funding", __name__, url_prefix=PATH, description="Funding of the plans")


@blueprint.route("", methods=["POST"])
@allow(Role.REGISTRAR)
@blueprint.arguments(PlanFundingSchema)
@blueprint.response(201, ReceiptSchema)
def plan_funding(body: dict[str, Any]) -> Response:
    """Plan a line of funding: one source, one task group of one plan."""

    def guard(_: Line | None) -> None:
        ensure_province()
        _ensure_place(body)

    id_ = new_id()
    command = PlanFunding(line_id=id_, **body)
    receipt = container().bus.execute(FUNDING, id_, command, command_context(), guard=guard)
    return receipt_response(receipt, location=f"{PATH}/{receipt.id}")


@blueprint.route("", methods=["GET"])
@allow()
@blueprint.arguments(FundingQuery, location="query")
@blueprint.response(200, FundingListSchema)
def get_funding(query: dict[str, Any]) -> dict[str, Any]:
    """List the lines with their sums; `q` searches donors and tasks, with or without accents."""
    return listed(FundingView, query, sort="planned_on", sortable=SORTABLE)


@blueprint.route("/summary", methods=["GET"])
@allow()
@blueprint.arguments(SummaryQuery, location="query")
@blueprint.response(200, FundingSummarySchema)
def get_summary(query: dict[str, Any]) -> dict[str, Any]:
    """The sums of a plan by source and task group, with all that was recorded up to now."""
    existing_plan(container().bus.load(PLAN, query["plan_id"]).state)
    container().updater.refresh()
    return summary(query["plan_id"])


@blueprint.route("/<line_id>", methods=["GET"])
@allow()
@blueprint.response(200, FundingSchema)
def get_line(line_id: str) -> Response:
    """One line as it stands, straight from the log, with every act."""
    loaded = container().bus.load(FUNDING, line_id)
    line = existing(loaded.state)
    acts = [{"on": act.day, "of": act.of, "vnd": act.vnd} for act in line.acts]
    shown = {"id": line_id, "version": loaded.version, **funding_shown(line), "acts": acts}
    return record_response(shown, loaded.version)


@blueprint.route("/<line_id>/commitments", methods=["POST"])
@allow(Role.REGISTRAR)
@blueprint.arguments(AmountSchema)
@blueprint.response(201, ReceiptSchema)
def commit(body: dict[str, Any], line_id: str) -> Response:
    """Record money that was committed. More than planned is allowed, and shown."""
    return _execute(line_id, Commit(**body))


@blueprint.route("/<line_id>/disbursements", methods=["POST"])
@allow(Role.REGISTRAR)
@blueprint.arguments(AmountSchema)
@blueprint.response(201, ReceiptSchema)
def disburse(body: dict[str, Any], line_id: str) -> Response:
    """Record money that was paid out; never more than is committed by that day."""
    return _execute(line_id, Disburse(**body))


@blueprint.route("/<line_id>/corrections", methods=["POST"])
@allow(Role.REGISTRAR)
@blueprint.arguments(CorrectFundingSchema)
@blueprint.response(201, ReceiptSchema)
def correct(body: dict[str, Any], line_id: str) -> Response:
    """Correct one of the three sums, and say why."""
    return _execute(line_id, CorrectFunding(**body))


def _ensure_place(body: dict[str, Any]) -> None:
    """The plan has that task group, and the task, if one is named, is in it."""
    plan = known_plan(body["plan_id"])
    groups = sorted(each.group for each in plan.content.task_groups)
    if body["group"] not in groups:
        known = ", ".join(map(str, groups)) or "none"
        raise InvalidInput.at("/group", f"must be a task group of plan {plan.id} ({known})")
    if body["task_id"] is None:
        return
    state = plan.tasks.get(body["task_id"])
    if state is None or state.task.group != body["group"]:
        raise InvalidInput.at("/task_id", f"must be a task of group {body['group']} of plan {plan.id}")


def _execute(line_id: str, command: Command) -> Response:
    return written(FUNDING, line_id, command, f"{PATH}/{line_id}", guard=ensure_province)
