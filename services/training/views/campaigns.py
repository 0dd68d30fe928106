"""The list of campaigns, and which facilities each reached."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from mongoengine import Document, IntField, ListField, LongField, StringField

from services.eventkit.text import fold, search_keys
from services.eventkit.views import View
from services.training.domain.campaigns import CAMPAIGN, Campaign
from services.training.domain.reached import REACHED, Reached
from services.training.views.common import ALIAS, any_of, collection, day, page

SORTABLE = {"title": "title_key", "opened_on": "opened_on", "people": "people"}
REACHED_SORTABLE = {"reached_on": "reached_on", "facility_id": "facility_id"}


class CampaignDocument(Document):
    """`people` is the sum of what was reported."""

    id = StringField(primary_key=True)
    version = IntField(required=True)
    position = IntField(required=True)
    title = StringField(required=True)
    title_key = StringField(required=True)
    channel = StringField(required=True)
    unit_ids = ListField(StringField())
    task_id = StringField()
    status = StringField(required=True)
    opened_on = StringField(required=True)
    closed_on = StringField()
    people = LongField(required=True)
    search = ListField(StringField())

    meta = {  # noqa: RUF012 - the parent's name and type
        "collection": "campaigns",
        "db_alias": ALIAS,
        "indexes": [("title_key", "id"), ("opened_on", "id"), ("people", "id"), "search"],
    }


class ReachedDocument(Document):
    id = StringField(primary_key=True)
    version = IntField(required=True)
    position = IntField(required=True)
    subject = StringField(required=True)
    campaign_id = StringField(required=True)
    facility_id = StringField(required=True)
    reached_on = StringField(required=True)

    meta = {  # noqa: RUF012 - the parent's name and type
        "collection": "reached",
        "db_alias": ALIAS,
        "indexes": [
            ("campaign_id", "reached_on", "id"),
            ("campaign_id", "facility_id", "id"),
            ("subject", "campaign_id"),
        ],
    }


def flatten(campaign: Campaign, id_: str) -> dict[str, Any]:
    return {
        "title": campaign.title,
        "title_key": fold(campaign.title),
        "channel": campaign.channel.value,
        "unit_ids": list(campaign.unit_ids),
        "task_id": campaign.task_id,
        "status": "open" if campaign.closed_on is None else "closed",
        "opened_on": day(campaign.opened_on),
        "closed_on": day(campaign.closed_on),
        "people": campaign.people,
        "search": search_keys(campaign.title),
    }


def flatten_reached(reached: Reached, id_: str) -> dict[str, Any]:
    return {
        "subject": reached.subject,
        "campaign_id": reached.campaign_id,
        "facility_id": reached.facility_id,
        "reached_on": day(reached.on),
    }


CAMPAIGNS = View(CAMPAIGN, CampaignDocument, flatten)
REACHES = View(REACHED, ReachedDocument, flatten_reached)


def list_campaigns(query: dict[str, Any], survivors: Mapping[str, str]) -> dict[str, Any]:
    filters = {name: query.get(name) for name in ("channel", "status", "task_id")}
    filters["unit_ids"] = query.get("unit_id")
    found = page(CampaignDocument, query, filters, sort="-opened_on", sortable=SORTABLE)
    counts = facilities_reached([item["id"] for item in found["items"]], survivors)
    for item in found["items"]:
        item["facilities_reached"] = counts[item["id"]]
    return found


def facilities_reached(campaign_ids: Sequence[str], survivors: Mapping[str, str]) -> Counter[str]:
    """How many facilities each of the campaigns reached; one that was merged into another is that one.

    `survivors` says of a merged duplicate which facility it is now.
    """
    merged = sorted({*survivors, *survivors.values()})
    grouped = collection(ReachedDocument).aggregate(
        [
            {"$match": {"campaign_id": {"$in": list(campaign_ids)}, "facility_id": {"$nin": merged}}},
            {"$group": {"_id": "$campaign_id", "facilities": {"$sum": 1}}},
        ]
    )
    counts = Counter({group["_id"]: group["facilities"] for group in grouped})
    apart = collection(ReachedDocument).find(
        {"campaign_id": {"$in": list(campaign_ids)}, "facility_id": {"$in": merged}}
    )
    distinct = {
        (each["campaign_id"], survivors.get(each["facility_id"], each["facility_id"])) for each in apart
    }
    counts.update(campaign_id for campaign_id, _ in distinct)
    return counts


def list_reached(
    query: dict[str, Any], campaign_id: str, within: Sequence[str] | None, members: Sequence[str] | None
) -> dict[str, Any]:
    filters = {"campaign_id": campaign_id, "facility_id": any_of(members)}
    return page(ReachedDocument, query, filters, sort="-reached_on", sortable=REACHED_SORTABLE, within=within)
