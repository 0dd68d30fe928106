"""Long logs made quickly: the documents that a log would have stored, sealed here and inserted at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from bson.binary import Binary
from pymongo.collection import Collection

from services.eventkit.commits import GENESIS, NewCommit, index_copies, seal
from services.eventkit.events import EventRecord
from tests.integration.log.world import fact, registered

Document = dict[str, Any]

#: When the first commit of a long log is recorded; each next one a second later.
BEGAN = datetime(2019, 1, 1, tzinfo=UTC)


def news(count: int, *, actor: str = "lan") -> Iterator[NewCommit]:
    """Every fourth commit suspends the facility that was registered before it."""
    for number in range(count):
        subject, version = f"facility:{number}", 1
        event: EventRecord = registered(subject)
        if number % 4 == 3:
            subject, version = f"facility:{number - 1}", 2
            event = fact(subject, "facility.suspended", "2018-06-01", reason="bảo trì")
        yield NewCommit(
            stream=subject,
            version=version,
            events=(event,),
            command_id=f"c{number}",
            actor=actor,
            correlation_id=f"request-{number}",
        )


def documents(commits: Iterator[NewCommit], *, after: int = 0, prev: str = GENESIS) -> Iterator[Document]:
    """What `MongoLog` stores of them, from position `after` + 1 on."""
    for position, new in enumerate(commits, after + 1):
        at = BEGAN + timedelta(seconds=position)
        commit, body, prev = seal(new, position=position, prev=prev, recorded_at=at)
        yield {"_id": position, "hash": prev, "body": Binary(body), **index_copies(commit)}


def store(log: Collection[Document], found: Iterator[Document]) -> None:
    batch: list[Document] = []
    for document in found:
        batch.append(document)
        if len(batch) == 5000:
            log.insert_many(batch)
            batch = []
    if batch:
        log.insert_many(batch)
