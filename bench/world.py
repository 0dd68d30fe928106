"""The servers of a run: a real mongod, a real broker, processes of our own, in a folder that goes."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database

from deploy.sxsh.identity import LocalIdentity
from deploy.sxsh.servers import KafkaBroker, MongoServer

Document = dict[str, Any]


class World:
    """`folder` lies on the disk where the program stands: durable means durable there."""

    def __init__(self, folder: Path, mongo: MongoServer, *, quick: bool) -> None:
        self.folder = folder
        self.mongo = mongo
        self.quick = quick
        self.client: MongoClient[Document] = MongoClient(mongo.uri)
        self.identity = LocalIdentity(folder / "identity")
        self.identity.ensure()

    def new_database(self) -> Database[Document]:
        return self.client[f"bench_{uuid.uuid4().hex[:12]}"]

    @contextlib.contextmanager
    def broker(self) -> Iterator[KafkaBroker]:
        broker = KafkaBroker(self.folder / "logs" / "kafka.log")
        broker.start()
        try:
            broker.wait_ready()
            yield broker
        finally:
            broker.stop()


@contextlib.contextmanager
def world(quick: bool) -> Iterator[World]:
    folder = Path(tempfile.mkdtemp(prefix="sxsh-bench-"))
    (folder / "logs").mkdir()
    mongo = MongoServer(folder / "mongo", folder / "logs" / "mongod.log")
    try:
        mongo.start()
        mongo.wait_ready()
        found = World(folder, mongo, quick=quick)
        yield found
        found.client.close()
    finally:
        mongo.stop()
        shutil.rmtree(folder, ignore_errors=True)
