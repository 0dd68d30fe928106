"""Records that may be one facility: groups that share a tax code, or a name within a unit.

Made by one aggregation each time it is asked for::

    [{$match: {_id: {$nin: [merged …]}}}, {$group: {_id: <key>, ids: {$push: "$_id"}}},
     {$match: {"ids.1": {$exists: true}, _id: {$gt: <cursor>}}}, {$sort: {_id: 1}}]
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import Any

from services.eventkit.text import words
from services.registry.domain.likeness import ENTERPRISE_DIGITS, Alike, strongest
from services.registry.domain.merging import MergeRegister
from services.registry.views.common import collection
from services.registry.views.models import FacilityView

#: By what records are grouped, as an expression over the query model.
KEYS: Mapping[str, Any] = {
    "tax-code": {"$substrBytes": ["$tax_code", 0, ENTERPRISE_DIGITS]},
    "name": {"$concat": ["$unit_id", ":", "$name_key"]},
}
#: Of a group, the records that are compared and shown.
SHOWN = 50
#: Groups whose records are read together.
TOGETHER = 100


def groups(
    by: str,
    register: MergeRegister,
    *,
    within: Collection[str] | None = None,
    unit_id: str | None = None,
    q: str | None = None,
    after: str | None = None,
    descending: bool = False,
) -> Iterator[dict[str, Any]]:
    """Groups in order of their key, beyond `after`: ``{by, key, strength, size, facilities}``.

    Left out are those whose pairs are all declared distinct. Only records in the units of `within` are looked
    at; `unit_id` keeps the groups with a record in that unit, `q` those with a record of these words.
    """
    wanted = None if q is None else words(q)
    pipeline = _pipeline(by, register, within, after, descending)
    found = collection(FacilityView).aggregate(pipeline, allowDiskUse=True)
    while chunk := list(islice(found, TOGETHER)):
        records = _records({id_ for group in chunk for id_ in group["ids"][:SHOWN]})
        for group in chunk:
            members = [records[id_] for id_ in group["ids"][:SHOWN] if id_ in records]
            made = _group(by, group["_id"], len(group["ids"]), members, register)
            if made is not None and _asked(members, unit_id, wanted):
                yield made


def _pipeline(
    by: str, register: MergeRegister, within: Collection[str] | None, after: str | None, descending: bool
) -> list[dict[str, Any]]:
    kept: dict[str, Any] = {"_id": {"$nin": sorted(register.merged)}}
    if within is not None:
        kept["unit_id"] = {"$in": sorted(within)}
    if by == "tax-code":
        kept["tax_code"] = {"$ne": None}
    several: dict[str, Any] = {"ids.1": {"$exists": True}}
    if after is not None:
        several["_id"] = {"$lt" if descending else "$gt": after}
    return [
        {"$match": kept},
        {"$sort": {"_id": 1}},
        {"$group": {"_id": KEYS[by], "ids": {"$push": "$_id"}}},
        {"$match": several},
        {"$sort": {"_id": -1 if descending else 1}},
    ]


def _records(ids: Collection[str]) -> dict[str, dict[str, Any]]:
    found = collection(FacilityView).find({"_id": {"$in": sorted(ids)}})
    return {record["_id"]: record for record in found}


def _group(
    by: str, key: str, size: int, members: list[dict[str, Any]], register: MergeRegister
) -> dict[str, Any] | None:
    strength = strongest(
        [Alike(each["_id"], each["name_key"], each["unit_id"], each["tax_code"]) for each in members],
        register,
    )
    if strength is None:
        return None
    facilities = [{**each, "id": each["_id"]} for each in members]
    return {"by": by, "key": key, "strength": strength, "size": size, "facilities": facilities}


def _asked(members: list[dict[str, Any]], unit_id: str | None, wanted: list[str] | None) -> bool:
    if unit_id is not None and all(each["unit_id"] != unit_id for each in members):
        return False
    if wanted is None:
        return True
    return bool(wanted) and any(_has(each["search"], wanted) for each in members)


def _has(said: list[str], wanted: list[str]) -> bool:
    return all(any(word.startswith(each) for word in said) for each in wanted)
