"""The log on MongoDB against the one in memory: the same answers, whatever batches come."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pymongo.database import Database

from services.eventkit.errors import SxshError
from services.eventkit.ids import new_id
from services.eventkit.log import EventLog
from services.eventkit.memory_log import MemoryLog
from services.eventkit.mongo_log import MongoLog
from services.eventkit.verify import verify_documents
from tests.examples import examples
from tests.integration.log.made import commit, prepared

requests = st.fixed_dictionaries(
    {
        "stream": st.sampled_from("ab"),
        "version": st.integers(1, 5),
        "events": st.integers(1, 2),
        "command_id": st.sampled_from("klmnopqr"),
        "fingerprint": st.sampled_from("ffg"),
        "claims": st.sampled_from([(), (), ("x:1",), ("x:2", "x:1")]),
    }
)
batches = st.lists(st.lists(requests, min_size=1, max_size=8), min_size=1, max_size=4)


def answers(log: EventLog, batch: list[dict[str, Any]], run: str, start: int) -> list[Any]:
    """Names are of this run alone, so that one database serves all of them."""
    named = [
        r
        | {
            "stream": run + r["stream"],
            "command_id": run + r["command_id"],
            "claims": tuple(claim + run for claim in r["claims"]),
        }
        for r in batch
    ]
    return [
        type(r) if isinstance(r, SxshError) else (r.commit.position - start, r.commit.version)
        for r in log.append_many([commit(**one) for one in named])
    ]


@settings(max_examples=examples(25))
@given(batches=batches)
def test_both_logs_answer_alike(
    database: Database[dict[str, Any]], batches: list[list[dict[str, Any]]]
) -> None:
    memory, mongo, run = MemoryLog("test"), prepared(database), new_id()
    other = MongoLog(database, "test")
    start = mongo.head()
    for at, batch in enumerate(batches):
        expected = answers(memory, batch, run, 0)
        assert answers((mongo, other)[at % 2], batch, run, start) == expected
    assert verify_documents(database["log"].find().sort("_id", 1)).whole
