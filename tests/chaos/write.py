"""Writers that can be killed: each thread appends to a stream of its own and prints what was acknowledged.

``python -m tests.chaos.write URI DATABASE THREADS COMMANDS``. A second run sends the same commands again.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import msgspec
from pymongo import MongoClient

from services.eventkit.commits import NewCommit
from services.eventkit.errors import Unavailable
from services.eventkit.events import EventRecord
from services.eventkit.ids import new_id
from services.eventkit.mongo_log import MongoLog

EVENTS = 2


def command(writer: int, number: int) -> NewCommit:
    events = tuple(
        EventRecord(
            id=new_id(),
            type="noted",
            schema=1,
            subject=f"s:{writer}",
            occurred_on=date(2018, 1, 1),
            data=msgspec.Raw(b"{}"),
        )
        for _ in range(EVENTS)
    )
    return NewCommit(
        stream=f"s:{writer}",
        version=number * EVENTS + 1,
        events=events,
        command_id=f"c{writer}-{number}",
        actor="a",
    )


def write(log: MongoLog, writer: int, count: int) -> None:
    """As a client does: whoever is told "try again" sends the same command again."""
    for number in range(count):
        while True:
            try:
                stored = log.append(command(writer, number))
                break
            except Unavailable:
                continue
        os.write(sys.stdout.fileno(), f"{stored.commit.command_id} {stored.commit.position}\n".encode())


def main(uri: str, database: str, threads: int, count: int) -> None:
    client: MongoClient[dict[str, Any]] = MongoClient(uri, serverSelectionTimeoutMS=2000)
    log = MongoLog(client[database], "registry")
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(write, log, writer, count) for writer in range(threads)]:
            done.result()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
