"""The servers of a run: a real mongod, a real broker, processes of our own, in a folder that goes."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from pymongo import MongoClient
from pymongo.database import Database

from deploy.sxsh.identity import LocalIdentity
from deploy.sxsh.servers import KafkaBroker, MongoServer

Document = dict[str, Any]
T = TypeVar("T")


class World:
    """`folder` lies on the disk where the program stands: durable means durable there."""

    def __init__(self, folder: Path, mongo: MongoServer, *, quick: bool) -> None:
        self.folder = folder
        self.mongo = mongo
        self.quick = quick
        self.client: MongoClient[Document] = MongoClient(mongo.uri)
        self.identity = LocalIdentity(folder / "identity")
        self.identity.ensure()
        self._made: dict[str, Any] = {}

    def new_database(self) -> Database[Document]:
        return self.client[f"bench_{uuid.uuid4().hex[:12]}"]

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What `make` made when this name was first asked for: rows share what takes long to fill."""
        if name not in self._made:
            self._made[name] = make()
        found: T = self._made[name]
        return found

    def forget(self, name: str) -> None:
        self._made.pop(name, None)

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
