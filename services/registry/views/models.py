"""The query models: what the lists of this service show, and from which they filter and sort."""

from __future__ import annotations

from itertools import islice
from typing import Any

import mongoengine as me
from pymongo import UpdateOne

from services.eventkit.text import fold, order_key, search_keys
from services.eventkit.views import View
from services.registry.domain.facility import Facility, section_of
from services.registry.domain.likeness import shared
from services.registry.domain.officer import OFFICER, Officer
from services.registry.domain.unit import UNIT, Unit
from services.registry.views.common import collection

ALIAS = "registry"


class FacilityView(me.Document):
    id = me.StringField(primary_key=True)
    version = me.IntField()
    position = me.IntField()
    code = me.StringField()
    name = me.StringField()
    name_key = me.StringField()
    name_order = me.StringField()
    tax_code = me.StringField()
    kind = me.StringField()
    industry = me.DictField()
    section = me.StringField()
    unit_id = me.StringField()
    status = me.StringField()
    employees = me.IntField()
    registered_on = me.StringField()
    reorganisations = me.ListField(me.StringField())
    search = me.ListField(me.StringField())
    alike = me.ListField(me.StringField())

    meta = {  # noqa: RUF012 - the parent's name and type
        "collection": "facilities",
        "db_alias": ALIAS,
        "auto_create_index": False,
        "indexes": [
            "search",
            "alike",
            "unit_id",
            "reorganisations",
            ("name_order", "id"),
            ("code", "id"),
            ("registered_on", "id"),
        ],
    }


class UnitView(me.Document):
    id = me.StringField(primary_key=True)
    version = me.IntField()
    position = me.IntField()
    code = me.StringField()
    name = me.StringField()
    name_key = me.StringField()
    name_order = me.StringField()
    level = me.StringField()
    kind = me.StringField()
    parent_id = me.StringField()
    valid_from = me.StringField()
    valid_to = me.StringField()
    successors = me.ListField(me.StringField())
    search = me.ListField(me.StringField())

    meta = {  # noqa: RUF012 - the parent's name and type
        "collection": "units",
        "db_alias": ALIAS,
        "auto_create_index": False,
        "indexes": ["search", ("name_order", "id"), ("code", "id")],
    }


class OfficerView(me.Document):
    """Without personal data: those stay sealed in the log and are opened on reading one officer."""

    id = me.StringField(primary_key=True)
    version = me.IntField()
    position = me.IntField()
    unit_ids = me.ListField(me.StringField())
    registered_on = me.StringField()

    meta = {  # noqa: RUF012 - the parent's name and type
        "collection": "officers",
        "db_alias": ALIAS,
        "auto_create_index": False,
        "indexes": ["unit_ids", ("registered_on", "id")],
    }


def facility_row(facility: Facility | None, id_: str) -> dict[str, Any]:
    if facility is None:
        return {}
    details = facility.details
    return {
        "code": details.code,
        "name": details.name,
        "name_key": fold(details.name),
        "name_order": order_key(details.name),
        "tax_code": details.tax_code,
        "kind": details.kind.value,
        "industry": {"version": details.industry.version, "code": details.industry.code},
        "section": section_of(details.industry),
        "unit_id": facility.unit.latest,
        "status": str(facility.status.latest),
        "employees": details.employees,
        "registered_on": facility.registered_on.isoformat(),
        "reorganisations": list(facility.reorganisations),
        "search": search_keys(details.name, details.code, details.tax_code),
        "alike": shared(facility),
    }


def unit_row(unit: Unit | None, id_: str) -> dict[str, Any]:
    if unit is None:
        return {}
    return {
        "code": unit.code,
        "name": unit.name,
        "name_key": fold(unit.name),
        "name_order": order_key(unit.name),
        "level": unit.level.value,
        "kind": unit.kind,
        "parent_id": unit.parent_id,
        "valid_from": unit.valid_from.isoformat(),
        "valid_to": unit.valid_to.isoformat() if unit.valid_to else None,
        "successors": list(unit.successors),
        "search": search_keys(unit.name, unit.code),
    }


def officer_row(officer: Officer | None, id_: str) -> dict[str, Any]:
    if officer is None:
        return {}
    return {"unit_ids": officer.unit_ids, "registered_on": officer.registered_on.isoformat()}


def order_names() -> None:
    """Give what an earlier release stored, without its place in the alphabet, that place. Safe to repeat, and
    for several workers at once."""
    for document in (FacilityView, UnitView):
        stored = collection(document)
        lacking = stored.find({"name_order": {"$exists": False}}, {"name": 1})
        while chunk := list(islice(lacking, 1000)):
            stored.bulk_write(
                [
                    UpdateOne(
                        {"_id": each["_id"], "name": each["name"]},
                        {"$set": {"name_order": order_key(each["name"])}},
                    )
                    for each in chunk
                ],
                ordered=False,
            )


def units_within(unit_id: str) -> set[str]:
    """The unit, and all that are part of it or of a part of it."""
    found: set[str] = set()
    new = {unit_id}
    while new:
        found |= new
        parts = collection(UnitView).find({"parent_id": {"$in": sorted(new)}}, {"_id": 1})
        new = {part["_id"] for part in parts} - found
    return found


VIEWS = [
    View(UNIT, UnitView, unit_row),
    View(OFFICER, OfficerView, officer_row),
]
