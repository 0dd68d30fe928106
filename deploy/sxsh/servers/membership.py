"""Who belongs to a replica set, brought step by step to where its members listen now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

REPLICA_SET = "rs0"
_NOT_YET_INITIALIZED = 94
_PRIMARY, _SECONDARY = 1, 2

Hello = dict[str, Any]


def step(members: Sequence[MongoClient[Hello]], hosts: Sequence[str]) -> bool:
    """Do what is next; whether nothing is left to do: one takes writes, all have the data.

    `members`: a direct connection to each of `hosts`. A set that was at other addresses is told the new ones
    by force, as no majority finds itself under the old. New members are added one by one, each when the one
    before has its copy: until then they have no vote, so what was acknowledged stays so.
    """
    try:
        configs = [_config(member) for member in members]
        if not any(configs):
            _initiate(members[0], hosts)
            return False
        newest, config = reduce(
            lambda one, other: other if is_newer(other[1], one[1]) else one,
            [(member, found) for member, found in zip(members, configs, strict=True) if found],
        )
        here = {member["_id"]: member["host"] for member in config["members"]}
        if any(here[number] != hosts[number] for number in here):
            for member in config["members"]:
                member["host"] = hosts[member["_id"]]
            config["version"] += 1
            newest.admin.command("replSetReconfig", config, force=True)
            return False
        primary = next((m for m in members if m.admin.command("hello").get("isWritablePrimary")), None)
        if primary is None:
            return False
        if len(hosts) == 1:
            return True
        if not _all_have_data(primary, len(here)):
            return False
        if len(here) < len(hosts):
            _add(primary, len(here), hosts)
            return False
        return True
    except PyMongoError:
        return False


def is_newer(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether a config replaces the other, as MongoDB judges: by term, then version; by version alone where
    one was forced, which gives it no term."""
    if "term" in one and "term" in other and one["term"] != other["term"]:
        return bool(one["term"] > other["term"])
    return bool(one["version"] > other["version"])


def _config(member: MongoClient[Hello]) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = member.admin.command("replSetGetConfig")["config"]
    except OperationFailure as failure:
        if failure.code != _NOT_YET_INITIALIZED:
            raise
        return None
    return found


def _initiate(first: MongoClient[Hello], hosts: Sequence[str]) -> None:
    # Alone it needs no patience; among several, an election for every pause of a busy machine does harm.
    patience = 1000 if len(hosts) == 1 else 3000
    first.admin.command(
        "replSetInitiate",
        {
            "_id": REPLICA_SET,
            "members": [{"_id": number, "host": host} for number, host in enumerate(hosts)],
            "settings": {"electionTimeoutMillis": patience, "heartbeatIntervalMillis": 500},
        },
    )


def _add(primary: MongoClient[Hello], number: int, hosts: Sequence[str]) -> None:
    config = primary.admin.command("replSetGetConfig")["config"]
    config["members"].append({"_id": number, "host": hosts[number]})
    config["version"] += 1
    config["settings"]["electionTimeoutMillis"] = 3000
    primary.admin.command("replSetReconfig", config)


def _all_have_data(primary: MongoClient[Hello], count: int) -> bool:
    states = [member["state"] for member in primary.admin.command("replSetGetStatus")["members"]]
    return len(states) == count and set(states) <= {_PRIMARY, _SECONDARY}
