"""mongod commits and the answer is lost: the writer asks again, and the command is there once."""

from __future__ import annotations

import itertools
import random
import threading
from typing import Any

import pytest
from pymongo import MongoClient

from services.eventkit.errors import Unavailable
from services.eventkit.group_commit import Pending
from services.eventkit.mongo_log import MongoLog
from tests.chaos.world import check_chain
from tests.chaos.write import EVENTS, command
from tests.cluster.cluster import Cluster
from tests.cluster.proxy import Proxy

#: Each writer goes on until it has sent so many, and so many answers were lost.
WRITERS, COMMANDS, LOST = 3, 15, 8


class Repeating(MongoLog):
    """Sends again what it has no answer to, without looking whether it is there."""

    def prepare(self) -> None:
        """No index would notice."""

    def _settle_written(self, group: list[Pending]) -> None:
        return


@pytest.mark.parametrize(
    ("kind", "retrying"),
    [(MongoLog, True), (MongoLog, False), (Repeating, False)],
    ids=["the driver retries", "only the log does", "without its guard"],
)
def test_what_was_committed_unheard_is_found_and_not_repeated(
    cluster: Cluster, dice: random.Random, database_name: str, kind: type[MongoLog], retrying: bool
) -> None:
    database: Any = MongoClient(cluster.mongo.uri)[database_name]
    kind(database, "registry").prepare()
    proxy = Proxy(cluster.primary().port)
    client: MongoClient[dict[str, Any]] = MongoClient(
        f"mongodb://127.0.0.1:{proxy.port}/?directConnection=true",
        serverSelectionTimeoutMS=2000,
        retryWrites=retrying,
    )
    log = kind(client[database_name], "registry")
    acknowledged: dict[str, int] = {}
    over = threading.Event()

    def bad_weather() -> None:
        while not over.wait(dice.uniform(0.05, 0.3)):
            proxy.become("deaf")
            over.wait(dice.uniform(0.01, 0.06))
            proxy.become("pass")

    def write(writer: int) -> None:
        for number in itertools.count():
            if number >= COMMANDS and proxy.dropped >= LOST:
                return
            while True:
                try:
                    stored = log.append(command(writer, number))
                except Unavailable:
                    continue
                acknowledged[stored.commit.command_id] = stored.commit.position
                break

    weather = threading.Thread(target=bad_weather)
    writers = [threading.Thread(target=write, args=(writer,)) for writer in range(WRITERS)]
    try:
        for thread in (weather, *writers):
            thread.start()
        for thread in writers:
            thread.join()
    finally:
        over.set()
        weather.join()
        client.close()
        proxy.close()
    documents = list(database["log"].find().sort("_id", 1))
    if kind is Repeating:
        with pytest.raises(AssertionError):
            check_chain(documents)
        return
    check_chain(documents)
    assert {one["command_id"]: one["_id"] for one in documents} == acknowledged
    assert sum(one["last"] - one["version"] + 1 for one in documents) == len(acknowledged) * EVENTS
