"""Communication campaigns: by which channel they spoke, and whom they reached."""

from __future__ import annotations

from typing import Any

from flask import Response

from services.eventkit.http import (
    Blueprint,
    ReceiptSchema,
    allow,
    command_context,
    expected_version,
    json_response,
    receipt_response,
)
from services.eventkit.identity import Role
from services.eventkit.ids import new_id
from services.training.api.access import (
    CAMPAIGNS,
    container,
    ensure_participant,
    ensure_scope,
    ensure_units,
    load_campaign,
    members_asked,
    own_subjects,
)
from services.training.api.schemas import (
    CampaignListSchema,
    CampaignQuery,
    CampaignSchema,
    OccurredSchema,
    OpenCampaignSchema,
    ReachedFacilitySchema,
    ReachedListSchema,
    ReachedQuery,
    ReachSchema,
)
from services.training.api.shown import campaign_shown
from services.training.domain.campaigns import (
    CAMPAIGN,
    Campaign,
    CloseCampaign,
    Command,
    OpenCampaign,
    ReportReach,
    existing,
)
from services.training.domain.events import Channel
from services.training.domain.reached import REACHED, ReachFacility, reached_id
from services.training.views.campaigns import facilities_reached, list_campaigns, list_reached

blueprint = Blueprint(
    "campaigns", __name__, url_prefix=CAMPAIGNS, description="Campaigns, their channel and their reach"
)


@blueprint.route("", methods=["POST"])
@allow(Role.TRAINER)
@blueprint.arguments(OpenCampaignSchema)
@blueprint.response(201, ReceiptSchema)
def open_campaign(body: dict[str, Any]) -> Response:
    """Open a campaign for some units, or for the whole province."""
    ensure_units(body["unit_ids"])
    id_ = new_id()
    command = OpenCampaign(
        campaign_id=id_,
        title=body["title"],
        channel=Channel(body["channel"]),
        unit_ids=tuple(body["unit_ids"]),
        task_id=body.get("task_id"),
        occurred_on=body["occurred_on"],
    )
    receipt = container().bus.execute(CAMPAIGN, id_, command, command_context())
    return receipt_response(receipt, location=f"{CAMPAIGNS}/{receipt.id}")


@blueprint.route("", methods=["GET"])
@allow()
@blueprint.arguments(CampaignQuery, location="query")
@blueprint.response(200, CampaignListSchema)
def get_campaigns(query: dict[str, Any]) -> Response:
    """List campaigns; `q` searches the titles, with or without accents."""
    container().updater.refresh()
    return json_response(list_campaigns(query, container().directory.survivors()))


@blueprint.route("/<campaign_id>", methods=["GET"])
@allow()
@blueprint.response(200, CampaignSchema)
def get_campaign(campaign_id: str) -> Response:
    """One campaign with the reports of its reach; the number of facilities is no part of its version."""
    campaign, version = load_campaign(campaign_id)
    container().updater.refresh()
    reached = facilities_reached([campaign_id], container().directory.survivors())[campaign_id]
    return json_response(campaign_shown(campaign, version, reached), headers={"ETag": f'"{version}"'})


@blueprint.route("/<campaign_id>/reach-reports", methods=["POST"])
@allow(Role.TRAINER)
@blueprint.arguments(ReachSchema)
@blueprint.response(201, ReceiptSchema)
def report_reach(body: dict[str, Any], campaign_id: str) -> Response:
    """Report how many people were reached since the last report; the same report again changes nothing."""
    return _write(campaign_id, ReportReach(**body))


@blueprint.route("/<campaign_id>/closure", methods=["POST"])
@allow(Role.TRAINER)
@blueprint.arguments(OccurredSchema)
@blueprint.response(201, ReceiptSchema)
def close_campaign(body: dict[str, Any], campaign_id: str) -> Response:
    """Close a campaign; `occurred_on` is its last day. What it reached until then can still be reported."""
    return _write(campaign_id, CloseCampaign(**body))


@blueprint.route("/<campaign_id>/facilities", methods=["POST"])
@allow(Role.TRAINER)
@blueprint.arguments(ReachedFacilitySchema)
@blueprint.response(201, ReceiptSchema)
def reach_facility(body: dict[str, Any], campaign_id: str) -> Response:
    """Record that the campaign reached a facility. It counts as reached, which is not yet awareness."""
    campaign, _ = load_campaign(campaign_id)
    receipt = container().bus.execute(
        REACHED,
        reached_id(campaign_id, body["facility_id"]),
        ReachFacility(campaign=campaign, **body),
        command_context(),
        expected_version=expected_version(),
        guard=lambda _: ensure_participant(body["facility_id"], None),
    )
    return receipt_response(receipt, location=f"{CAMPAIGNS}/{campaign_id}/facilities")


@blueprint.route("/<campaign_id>/facilities", methods=["GET"])
@allow()
@blueprint.arguments(ReachedQuery, location="query")
@blueprint.response(200, ReachedListSchema)
def get_reached(query: dict[str, Any], campaign_id: str) -> Response:
    """List the facilities it reached, those of the caller's districts only where the caller is limited.

    Those of a facility include those of its merged duplicates.
    """
    load_campaign(campaign_id)
    container().updater.refresh()
    return json_response(list_reached(query, campaign_id, own_subjects(), members_asked(query)))


def _write(id_: str, command: Command) -> Response:
    def guard(campaign: Campaign | None) -> None:
        ensure_scope(existing(campaign).unit_ids)

    receipt = container().bus.execute(
        CAMPAIGN, id_, command, command_context(), expected_version=expected_version(), guard=guard
    )
    return receipt_response(receipt, location=f"{CAMPAIGNS}/{id_}")
