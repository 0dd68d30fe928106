"""The list of reorganisations, and which facilities one has moved or left waiting."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import mongoengine as me

from services.eventkit.text import fold, search_keys
from services.eventkit.views import View
from services.registry.domain.facility import Status
from services.registry.domain.reorganisation import REORGANISATION, Reorganisation
from services.registry.views.common import collection
from services.registry.views.models import ALIAS, FacilityView


class ReorganisationView(me.Document):
    id = me.StringField(primary_key=True)
    version = me.IntField()
    position = me.IntField()
    title = me.StringField()
    title_key = me.StringField()
    source = me.StringField()
    complete = me.BooleanField()
    status = me.StringField()
    occurred_on = me.StringField()
    units = me.IntField()
    facilities_moved = me.IntField()
    facilities_waiting = me.IntField()
    search = me.ListField(me.StringField())

    meta = {  # noqa: RUF012 - the parent's name and type
        "collection": "reorganisations",
        "db_alias": ALIAS,
        "auto_create_index": False,
        "indexes": ["search", ("title_key", "id"), ("occurred_on", "id")],
    }


def shown(reorganisation: Reorganisation) -> dict[str, Any]:
    applied = reorganisation.applied
    return {
        "title": reorganisation.title,
        "source": reorganisation.source,
        "complete": reorganisation.complete,
        "status": "announced" if applied is None else "applied",
        "occurred_on": reorganisation.day.isoformat(),
        "units": None if applied is None else applied.units,
        "facilities_moved": None if applied is None else applied.facilities_moved,
        "facilities_waiting": None if applied is None else applied.facilities_waiting,
    }


def reorganisation_row(reorganisation: Reorganisation | None, id_: str) -> dict[str, Any]:
    if reorganisation is None:
        return {}
    return {
        **shown(reorganisation),
        "title_key": fold(reorganisation.title),
        "search": search_keys(reorganisation.title, id_),
    }


VIEWS = [View(REORGANISATION, ReorganisationView, reorganisation_row)]


def waiting_in(unit_ids: Collection[str], merged: Collection[str]) -> dict[str, Any]:
    """A filter: facilities whose present unit is one of these, but for the closed and the `merged`."""
    return {
        "unit_id": {"$in": sorted(unit_ids)},
        "status": {"$ne": Status.CLOSED.value},
        "_id": {"$nin": sorted(merged)},
    }


def facilities_in(unit_id: str) -> list[str]:
    """The ids of all whose present unit this is, also closed and merged ones."""
    return [found["_id"] for found in collection(FacilityView).find({"unit_id": unit_id}, {"_id": 1})]


def moved_and_waiting(reorganisation: Reorganisation, merged: Collection[str]) -> tuple[int, int]:
    """How many facilities it moved, and how many still stand in a unit that it ended."""
    facilities = collection(FacilityView)
    ended = [change.unit_id for change in reorganisation.ended]
    moved = {"reorganisations": reorganisation.id, "_id": {"$nin": sorted(merged)}}
    return facilities.count_documents(moved), facilities.count_documents(waiting_in(ended, merged))
