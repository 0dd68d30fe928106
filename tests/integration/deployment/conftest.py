"""A mongod that demands passwords, set up as a deployment does it."""

from __future__ import annotations

import base64
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.errors import ConnectionFailure

from deploy.setup.mongo import BACKUP, ROOT, USERS, set_up_mongo
from deploy.sxsh.processes import wait_until
from deploy.sxsh.servers import MongoServer


class Guarded:
    """`secrets` is the folder of the passwords; `uri` one that has none in it."""

    def __init__(self, folder: Path) -> None:
        self.secrets = folder / "secrets"
        self.secrets.mkdir()
        key = folder / "key"
        key.write_bytes(base64.b64encode(os.urandom(96)))
        key.chmod(0o400)
        for user in (ROOT, BACKUP, *USERS):
            (self.secrets / f"mongo_{user}").write_text(f"p@ss/{user}\n")
        self.server = MongoServer(
            folder / "mongo", folder / "mongod.log", options=("--keyFile", str(key), "--auth")
        )

    @property
    def member(self) -> str:
        return f"127.0.0.1:{self.server.port}"

    @property
    def environ(self) -> dict[str, str]:
        return {
            "MONGO_MEMBER": self.member,
            "MONGO_ADDRESS": self.member,
            "MONGO_SECRETS": str(self.secrets),
        }

    def uri(self, user: str) -> str:
        return f"mongodb://{user}@{self.member}/?replicaSet=rs0&authSource=admin"

    def client(self, user: str) -> MongoClient[dict[str, Any]]:
        password = (self.secrets / f"mongo_{user}").read_text().strip()
        return MongoClient(self.uri(user), password=password, serverSelectionTimeoutMS=5000, tz_aware=True)


def _answers(member: str) -> bool:
    with MongoClient[dict[str, Any]](
        f"mongodb://{member}/?directConnection=true", serverSelectionTimeoutMS=500
    ) as client:
        try:
            return bool(client.admin.command("hello")["ok"])
        except ConnectionFailure:
            return False


@pytest.fixture(scope="package")
def guarded(tmp_path_factory: pytest.TempPathFactory, server_folder: Path) -> Iterator[Guarded]:
    folder = Path(tempfile.mkdtemp(prefix="guarded-", dir=server_folder))
    found = Guarded(folder)
    found.server.start()
    try:
        assert wait_until(lambda: _answers(found.member), 30)
        found.said = list(set_up_mongo(found.environ))  # type: ignore[attr-defined]
        yield found
    finally:
        found.server.stop()
