"""The query models of the support network: its units, consultants and links."""

from __future__ import annotations

from typing import Any

import mongoengine as me
import msgspec

from services.eventkit.text import fold, search_keys
from services.eventkit.views import View
from services.registry.domain.consultant import CONSULTANT, Consultant
from services.registry.domain.link import LINK, Links
from services.registry.domain.network import NETWORK, Network
from services.registry.views.models import ALIAS


class NetworkView(me.Document):
    id = me.StringField(primary_key=True)
    version = me.IntField()
    position = me.IntField()
    name = me.StringField()
    name_key = me.StringField()
    decision = me.StringField()
    established_on = me.StringField()
    dissolved_on = me.StringField()
    reason = me.StringField()
    active = me.BooleanField()
    search = me.ListField(me.StringField())

    meta = {  # noqa: RUF012 - the parent's name and type
        "collection": "networks",
        "db_alias": ALIAS,
        "auto_create_index": False,
        "indexes": ["search", ("name_key", "id"), ("established_on", "id")],
    }


class ConsultantView(me.Document):
    """Without personal data: those stay sealed in the log and are opened on reading one consultant."""

    id = me.StringField(primary_key=True)
    version = me.IntField()
    position = me.IntField()
    network_id = me.StringField()
    fields = me.ListField(me.StringField())
    active = me.BooleanField()
    registered_on = me.StringField()
    search = me.ListField(me.StringField())

    meta = {  # noqa: RUF012 - the parent's name and type
        "collection": "consultants",
        "db_alias": ALIAS,
        "auto_create_index": False,
        "indexes": ["search", ("network_id", "active"), ("registered_on", "id")],
    }


class LinkView(me.Document):
    """`id` is the unit's; `network_ids` are those it is linked to now."""

    id = me.StringField(primary_key=True)
    version = me.IntField()
    position = me.IntField()
    unit_id = me.StringField()
    network_ids = me.ListField(me.StringField())
    linked = me.BooleanField()
    links = me.ListField(me.DictField())
    since = me.StringField()
    search = me.ListField(me.StringField())

    meta = {  # noqa: RUF012 - the parent's name and type
        "collection": "network_links",
        "db_alias": ALIAS,
        "auto_create_index": False,
        "indexes": ["search", "network_ids", ("unit_id", "id"), ("since", "id")],
    }


def network_row(network: Network | None, id_: str) -> dict[str, Any]:
    if network is None:
        return {}
    return {
        **network_shown(network),
        "name_key": fold(network.name),
        "search": search_keys(network.name, network.decision),
    }


def network_shown(network: Network) -> dict[str, Any]:
    return {
        "name": network.name,
        "decision": network.decision,
        "established_on": network.established_on.isoformat(),
        "dissolved_on": network.dissolved_on.isoformat() if network.dissolved_on else None,
        "reason": network.reason,
        "active": network.dissolved_on is None,
    }


def consultant_row(consultant: Consultant | None, id_: str) -> dict[str, Any]:
    if consultant is None:
        return {}
    return {**consultant_shown(consultant), "search": search_keys(*consultant.fields)}


def consultant_shown(consultant: Consultant) -> dict[str, Any]:
    return {
        "network_id": consultant.network_id,
        "fields": list(consultant.fields),
        "active": consultant.active,
        "registered_on": consultant.registered_on.isoformat(),
    }


def link_row(links: Links | None, id_: str) -> dict[str, Any]:
    if links is None:
        return {}
    offices = (link.office for link in links.links if link.until is None)
    return {**links_shown(links), "search": search_keys(*offices, links.unit_id)}


def links_shown(links: Links) -> dict[str, Any]:
    """`since` is the day of the newest link."""
    return {
        "unit_id": links.unit_id,
        "network_ids": links.network_ids,
        "linked": bool(links.network_ids),
        "links": msgspec.to_builtins(links.links),
        "since": max(link.since for link in links.links).isoformat(),
    }


VIEWS = [
    View(NETWORK, NetworkView, network_row),
    View(CONSULTANT, ConsultantView, consultant_row),
    View(LINK, LinkView, link_row),
]
