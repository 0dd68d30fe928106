"""A writer that can be killed: appends commands 0 … n-1 to the log, printing each that was acknowledged."""

from __future__ import annotations

import sys
from datetime import date

import msgspec
from pymongo import MongoClient

from services.eventkit.commits import NewCommit
from services.eventkit.events import EventRecord
from services.eventkit.ids import new_id
from services.eventkit.mongo_log import MongoLog


def main(uri: str, database: str, count: int) -> None:
    log = MongoLog(MongoClient(uri)[database], "registry")
    for n in range(count):
        event = EventRecord(
            id=new_id(),
            type="t",
            schema=1,
            subject=f"s:{n}",
            occurred_on=date(2018, 1, 1),
            data=msgspec.Raw(b"{}"),
        )
        new = NewCommit(stream=f"s:{n}", version=1, events=(event,), command_id=f"c{n}", actor="a")
        sys.stdout.write(f"c{n} {log.append(new).commit.position}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
