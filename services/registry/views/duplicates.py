"""Records that may be one facility: groups that share a tax code, or a name within a unit.

What several records share is kept (`shared_keys`) when a record is stored, so that a list need not look at
all of them. A key stays when records no longer share it; whoever reads asks who has it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import mongoengine as me
from pymongo import UpdateOne

from services.eventkit.text import words
from services.eventkit.views import View
from services.registry.domain.facility import FACILITY
from services.registry.domain.likeness import ENTERPRISE_DIGITS, Alike, strongest
from services.registry.domain.merging import MergeRegister
from services.registry.views.common import collection
from services.registry.views.models import ALIAS, FacilityView, facility_row

#: Of a group, the records that are compared and shown.
SHOWN = 50
#: Groups whose records are read together.
TOGETHER = 100


class SharedKey(me.Document):
    """One of `alike` that several facilities have, or had."""

    id = me.StringField(primary_key=True)

    meta = {"collection": "shared_keys", "db_alias": ALIAS, "auto_create_index": False}  # noqa: RUF012


def note_shared(stored: Sequence[Mapping[str, Any]]) -> None:
    """Keep what these records, just stored, share with others. Of two workers that store at once the later
    one sees both. Safe to repeat."""
    keys = {key for record in stored for key in record.get("alike", ())}
    keys -= {known["_id"] for known in collection(SharedKey).find({"_id": {"$in": sorted(keys)}})}
    found = collection(FacilityView).aggregate(
        [
            {"$match": {"alike": {"$in": sorted(keys)}}},
            {"$unwind": "$alike"},
            {"$match": {"alike": {"$in": sorted(keys)}}},
            *_SEVERAL,
        ]
    )
    new = [UpdateOne({"_id": each["_id"]}, {"$setOnInsert": {}}, upsert=True) for each in found]
    if new:
        collection(SharedKey).bulk_write(new, ordered=False)


_SEVERAL: list[dict[str, Any]] = [
    {"$group": {"_id": "$alike", "count": {"$sum": 1}}},
    {"$match": {"count": {"$gt": 1}}},
    {"$project": {"_id": 1}},
]


def share_keys() -> None:
    """Give what an earlier release stored its keys, and keep those that are shared. Safe to repeat."""
    stored = collection(FacilityView)
    lacking = {"alike": {"$exists": False}, "name_key": {"$exists": True}}
    if stored.find_one(lacking, {"_id": 1}) is None:
        return
    code = {"$concat": ["tax-code:", {"$substrBytes": ["$tax_code", 0, ENTERPRISE_DIGITS]}]}
    codes = {"$cond": [{"$gt": ["$tax_code", None]}, [code], []]}
    name = {"$concat": ["name:", "$unit_id", ":", "$name_key"]}
    # First what is shared: whoever is killed in between begins again.
    keys = {"$concatArrays": [codes, [name]]}
    stored.aggregate(
        [{"$project": {"alike": keys}}, {"$unwind": "$alike"}, *_SEVERAL, {"$merge": "shared_keys"}],
        allowDiskUse=True,
    )
    stored.update_many(lacking, [{"$set": {"alike": keys}}])


VIEWS = [View(FACILITY, FacilityView, facility_row, note_shared)]


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
    keys = _keys(by, after, descending)
    while chunk := list(islice(keys, TOGETHER)):
        found = list(collection(FacilityView).aggregate(_pipeline(chunk, register, within, descending)))
        records = _records({id_ for group in found for id_ in group["ids"][:SHOWN]})
        for group in found:
            members = [records[id_] for id_ in group["ids"][:SHOWN] if id_ in records]
            key = group["_id"].removeprefix(f"{by}:")
            made = _group(by, key, len(group["ids"]), members, register)
            if made is not None and _asked(members, unit_id, wanted):
                yield made


def _keys(by: str, after: str | None, descending: bool) -> Iterator[str]:
    """What several records share, or once did."""
    begin, end = f"{by}:", f"{by};"
    if after is not None and descending:
        end = begin + after
    asked = {"$gt": begin if after is None or descending else begin + after, "$lt": end}
    for key in collection(SharedKey).find({"_id": asked}).sort("_id", -1 if descending else 1):
        yield key["_id"]


def _pipeline(
    keys: Sequence[str], register: MergeRegister, within: Collection[str] | None, descending: bool
) -> list[dict[str, Any]]:
    kept: dict[str, Any] = {"alike": {"$in": list(keys)}, "_id": {"$nin": sorted(register.merged)}}
    if within is not None:
        kept["unit_id"] = {"$in": sorted(within)}
    return [
        {"$match": kept},
        {"$sort": {"_id": 1}},
        {"$project": {"alike": 1}},
        {"$unwind": "$alike"},
        {"$match": {"alike": kept["alike"]}},
        {"$group": {"_id": "$alike", "ids": {"$push": "$_id"}}},
        {"$match": {"ids.1": {"$exists": True}}},
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
