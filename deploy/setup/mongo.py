"""The replica set of a deployment, and one user a service with rights to its own databases alone.

A mongod that demands passwords lets the first user be made from its own host only, by whoever has no password
yet. So this runs where it is `127.0.0.1` (compose: in the network of its container).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from deploy.setup.secrets import secret

Client = MongoClient[dict[str, Any]]

#: User -> the databases it may read and write. Whoever backs up may read them all, and write none.
USERS: dict[str, tuple[str, ...]] = {
    "registry": ("sxsh_registry", "sxsh_registry_keys"),
    "audits": ("sxsh_audits",),
    "training": ("sxsh_training", "sxsh_training_keys"),
    "kpi": ("sxsh_kpi",),
}
BACKUP = "backup"
#: May do everything; nothing that runs all the time knows its password.
ROOT = "root"
_AUTHENTICATION_FAILED, _UNAUTHORIZED, _ALREADY_INITIALIZED = 18, 13, 23
#: Seconds to wait for mongod, and then for it to take writes.
PATIENCE = 120.0


def set_up_mongo(environ: Mapping[str, str]) -> Iterator[str]:
    """What was done, in sentences. `MONGO_MEMBER` is the address by which the others reach this mongod,
    `MONGO_SECRETS` the folder of ``mongo_<user>``, a password each. Passwords that have changed since are
    set, but root's, which stays what it was at first. Raises `PyMongoError`, OSError, KeyError for a setting.
    """
    member, folder = environ["MONGO_MEMBER"], Path(environ["MONGO_SECRETS"])
    address = environ.get("MONGO_ADDRESS", "127.0.0.1:27017")
    passwords = {user: secret(folder / f"mongo_{user}") for user in (ROOT, BACKUP, *USERS)}
    yield from _initiate(address, member, passwords[ROOT])
    with _connect(address, passwords[ROOT]) as client:
        for user, roles in _roles().items():
            done = _put_user(client, user, passwords[user], roles)
            yield f"{user}: {done}, {len(roles)} rights"


def _connect(address: str, password: str | None) -> Client:
    who: dict[str, Any] = {"username": ROOT, "password": password} if password else {}
    return MongoClient(
        f"mongodb://{address}/?directConnection=true",
        serverSelectionTimeoutMS=int(PATIENCE * 1000),
        appname="sxsh-setup",
        **who,
    )


def _initiate(address: str, member: str, password: str) -> Iterator[str]:
    """A set of this one member where there is none, and root in it. Whoever is let in without a password is
    the first."""
    with _connect(address, password) as client:
        try:
            client.admin.command("ping")
        except OperationFailure as error:
            if error.code != _AUTHENTICATION_FAILED:
                raise
        else:
            yield "the replica set is there"
            return
    with _connect(address, None) as client:
        try:
            client.admin.command("replSetInitiate", {"_id": "rs0", "members": [{"_id": 0, "host": member}]})
        except OperationFailure as error:
            # Begun before, and cut off before root was made; or root has another password: told below.
            if error.code not in (_UNAUTHORIZED, _ALREADY_INITIALIZED):
                raise
        _until_writable(client)
        client.admin.command("createUser", ROOT, pwd=password, roles=["root"])
        yield f"the replica set rs0 was made with {member}, and {ROOT} in it"


def _until_writable(client: Client) -> None:
    ends = time.monotonic() + PATIENCE
    while not client.admin.command("hello")["isWritablePrimary"]:
        if time.monotonic() > ends:
            raise PyMongoError("the replica set has no primary that takes writes")
        time.sleep(0.2)


def _roles() -> dict[str, list[dict[str, str]]]:
    all_databases = [database for databases in USERS.values() for database in databases]
    return {
        **{
            user: [{"role": "readWrite", "db": database} for database in databases]
            for user, databases in USERS.items()
        },
        BACKUP: [{"role": "read", "db": database} for database in all_databases],
    }


def _put_user(client: Client, user: str, password: str, roles: list[dict[str, str]]) -> str:
    exists = bool(client.admin.command("usersInfo", user)["users"])
    client.admin.command("updateUser" if exists else "createUser", user, pwd=password, roles=roles)
    return "there" if exists else "made"
