"""The query model of policy documents."""

from __future__ import annotations

from typing import Any

import mongoengine as me

from services.eventkit.text import fold, search_keys
from services.eventkit.views import View
from services.registry.domain.policy import POLICY, Policy
from services.registry.views.models import ALIAS


class PolicyView(me.Document):
    id = me.StringField(primary_key=True)
    version = me.IntField()
    position = me.IntField()
    plan_id = me.StringField()
    title = me.StringField()
    title_key = me.StringField()
    kind = me.StringField()
    agency = me.StringField()
    status = me.StringField()
    due = me.StringField()
    planned_on = me.StringField()
    issued_on = me.StringField()
    days_late = me.IntField()
    dropped_on = me.StringField()
    number = me.StringField()
    issuer = me.StringField()
    reason = me.StringField()
    search = me.ListField(me.StringField())

    meta = {  # noqa: RUF012 - the parent's name and type
        "collection": "policies",
        "db_alias": ALIAS,
        "auto_create_index": False,
        "indexes": [
            "search",
            ("plan_id", "status"),
            ("title_key", "id"),
            ("due", "id"),
            ("issued_on", "id"),
            ("days_late", "id"),
        ],
    }


def policy_row(policy: Policy | None, id_: str) -> dict[str, Any]:
    if policy is None:
        return {}
    return {
        **policy_shown(policy),
        "title_key": fold(policy.title),
        "search": search_keys(policy.title, policy.kind, policy.agency, policy.number, policy.issuer),
    }


def policy_shown(policy: Policy) -> dict[str, Any]:
    """`days_late` is from the day it was due to the day it was issued: below 0 when it came early."""
    return {
        "plan_id": policy.plan_id,
        "title": policy.title,
        "kind": policy.kind,
        "agency": policy.agency,
        "status": policy.status,
        "due": policy.due.isoformat(),
        "planned_on": policy.planned_on.isoformat(),
        "issued_on": policy.issued_on.isoformat() if policy.issued_on else None,
        "dropped_on": policy.dropped_on.isoformat() if policy.dropped_on else None,
        "days_late": (policy.issued_on - policy.due).days if policy.issued_on else None,
        "number": policy.number,
        "issuer": policy.issuer,
        "reason": policy.reason,
    }


VIEWS = [View(POLICY, PolicyView, policy_row)]
