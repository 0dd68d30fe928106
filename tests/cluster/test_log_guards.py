"""What mongod may do to the log, with the guard in place, and without it: then the same checker fails."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.errors import BulkWriteError, OperationFailure
from pymongo.write_concern import WriteConcern

from services.eventkit.commits import NEVER
from services.eventkit.errors import Unavailable
from services.eventkit.group_commit import Pending
from services.eventkit.log import StoredCommit
from services.eventkit.mongo_log import MongoLog
from tests.chaos.world import World
from tests.chaos.write import command
from tests.cluster.checker import check_log
from tests.cluster.cluster import Cluster
from tests.cluster.faults import no_space

GUARDED = pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "without its guard"])


@pytest.fixture
def world(cluster: Cluster, tmp_path: Path, topic_prefix: str) -> Iterator[World]:
    cluster.heal()
    made = World(cluster.mongo.uri, "no.broker:1", tmp_path, topic_prefix)
    yield made
    cluster.heal()
    made.stop()


class Writer:
    """Sends commands to one log, whatever becomes of them, and again at the end."""

    def __init__(self, world: World, kind: type[MongoLog] = MongoLog, **more: Any) -> None:
        self.world = world
        self.log = kind(world.client[world.databases["registry"]], "registry", **more)
        self.number = 0

    def write(self, count: int) -> list[Any]:
        """Those that were not acknowledged."""
        failed = []
        for _ in range(count):
            new = command(0, self.number)
            if not self._sent(new):
                failed.append(new)
                continue
            self.number += 1
        return failed

    def _sent(self, new: Any) -> bool:
        try:
            stored = self.log.append(new)
        except Unavailable:
            return False
        self.world.acknowledged["registry"][new.command_id] = stored.commit.position
        return True

    def until(self, number: int) -> None:
        while self.number < number:
            self.write(1)


def judged(world: World, guarded: bool, says: str) -> None:
    if guarded:
        assert check_log(world, "registry")
        return
    with pytest.raises(AssertionError, match=says):
        check_log(world, "registry")


@contextmanager
def nothing_copied(cluster: Cluster) -> Iterator[None]:
    """The others take nothing from the primary."""
    primary = cluster.primary()
    addresses = [
        f"mongodb://127.0.0.1:{server.port}/?directConnection=true"
        for server in cluster.mongo.servers
        if server is not primary
    ]
    for mode in ("alwaysOn", "off"):
        for address in addresses:
            with MongoClient[Any](address) as client:
                client.admin.command({"configureFailPoint": "stopReplProducer", "mode": mode})
        if mode == "alwaysOn":
            yield


class Hasty(MongoLog):
    """Content when the primary alone has a commit."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._commits = self._commits.with_options(write_concern=WriteConcern(w=1))


class Patient(MongoLog):
    """As it is; for a shorter time."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._commits = self._commits.with_options(
            write_concern=WriteConcern(w="majority", j=True, wtimeout=1000)
        )


@GUARDED
@pytest.mark.parametrize("fault", ["killed", "frozen"])
def test_what_one_mongod_alone_has_is_not_acknowledged(
    world: World, cluster: Cluster, fault: str, guarded: bool
) -> None:
    writer = Writer(world, Patient if guarded else Hasty)
    writer.until(3)
    primary = cluster.primary()
    with nothing_copied(cluster):
        assert bool(writer.write(2)) is guarded
        primary.kill() if fault == "killed" else primary.child.signal(signal.SIGSTOP)
    cluster.primary(but=primary)
    writer.until(6)
    cluster.heal()
    judged(world, guarded, "acknowledged, but not in")


class Believing(MongoLog):
    """Takes what a mongod refuses for written."""

    def _insert(self, sealed: list[StoredCommit]) -> tuple[int, dict[str, Any] | None]:
        try:
            return super()._insert(sealed)
        except BulkWriteError:
            raise
        except OperationFailure:
            return len(sealed), None


@GUARDED
def test_what_a_full_disk_refused_is_not_acknowledged(world: World, cluster: Cluster, guarded: bool) -> None:
    writer = Writer(world, MongoLog if guarded else Believing)
    writer.until(3)
    with no_space(cluster, {"times": 2}):
        assert len(writer.write(2)) == (2 if guarded else 0)
    if guarded:
        writer.until(6)
    judged(world, guarded, "acknowledged, but not in")


class Forgetful(MongoLog):
    """Does not look at the time of the commit before."""

    def _seal(self, group: list[Pending]) -> list[StoredCommit]:
        self._tip = (self._tip or self._read_tip())._replace(recorded_at=NEVER)
        return super()._seal(group)


@GUARDED
def test_a_clock_that_is_stepped_back_leaves_the_order(
    world: World, dice: random.Random, guarded: bool
) -> None:
    def clock() -> datetime:
        return datetime.now(UTC) + timedelta(hours=dice.uniform(-5, 5))

    Writer(world, MongoLog if guarded else Forgetful, clock=clock).until(12)
    judged(world, guarded, "goes back")
