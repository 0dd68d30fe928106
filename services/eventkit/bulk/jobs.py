"""What becomes of an upload: one document a job, leased by the process that works on it.

``checking -> checked -> running -> done``; ``failed`` when the file cannot be read, ``cancelled`` on demand.
A worker moves its job only under its lease's token and while the state is what it was: a worker that was
replaced, or whose job was cancelled, finds out at its next step and leaves.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec
from pymongo import ReturnDocument
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError
from pymongo.write_concern import WriteConcern

from services.eventkit.bulk.problems import Problem
from services.eventkit.errors import NotFound, Refused
from services.eventkit.identity import Principal
from services.eventkit.text import search_keys

State = Literal["checking", "checked", "running", "done", "failed", "cancelled"]
#: In which somebody has to work on it; in which it can be called off; in which it has ended.
ACTIVE, OPEN, ENDED = (
    ("checking", "running"),
    ("checking", "checked", "running"),
    ("done", "failed", "cancelled"),
)

#: Seconds of a lease: many times what a chunk takes.
LEASE = 30.0
#: How often a job is taken up without any step forward before it has failed.
TRIES = 5
#: After its end, or when nobody runs it, an upload is dropped with its key and its problems.
KEPT = timedelta(days=30)

Document = dict[str, Any]


class LeaseLost(Exception):
    """Another worker has the job now, or it was cancelled."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """`rows` counts entries; `good` and `bad` are what the check found of them. Of a run: `done` so far, of
    which `written` are new in the log, `same` were there already, `refused` were not taken, bad ones
    included. `position` is that of the last commit written."""

    id: str
    kind: str
    format: str
    by: str
    caller: Principal
    state: State
    bytes: int
    sha256: str
    key: str
    command: str
    made_at: datetime
    token: int = 0
    tries: int = 0
    rows: int = 0
    good: int = 0
    bad: int = 0
    done: int = 0
    written: int = 0
    same: int = 0
    refused: int = 0
    position: str | None = None
    started_at: datetime | None = None
    moved_at: datetime | None = None
    ended_at: datetime | None = None
    failure: Problem | None = None
    dropped: bool = False

    @property
    def rate(self) -> float | None:
        """Rows a second of the run."""
        if self.started_at is None or self.moved_at is None or self.moved_at <= self.started_at:
            return None
        return round(self.done / (self.moved_at - self.started_at).total_seconds(), 1)


class Jobs:
    def __init__(self, database: Database[Document]) -> None:
        durable = WriteConcern(w="majority", j=True, wtimeout=10_000)
        self.collection = database.get_collection("imports", write_concern=durable)
        self.problems = database.get_collection("import_problems")

    def ensure_indexes(self) -> None:
        self.collection.create_index("command", unique=True)
        self.collection.create_index("state")
        self.problems.create_index([("job", 1), ("entry", 1)])
        self.problems.create_index([("job", 1), ("search", 1)])

    def add(self, job: Job) -> Job:
        """The job; or, of a repeated command, the first one."""
        document = _document(job)
        with contextlib.suppress(DuplicateKeyError):
            self.collection.insert_one(document)
        found = self.collection.find_one({"command": job.command})
        assert found is not None
        return _job(found)

    def get(self, id_: str) -> Job:
        found = self.collection.find_one({"_id": id_})
        if found is None:
            raise NotFound("There is no such import. Look for its id in the list of imports.")
        return _job(found)

    def start(self, id_: str, caller: Principal) -> Job:
        """Have the checked rows written on behalf of `caller`. Nothing happens to one that runs or ran."""
        now = datetime.now(UTC)
        fields = {
            "state": "running",
            "caller": msgspec.to_builtins(caller),
            "started_at": now,
            "moved_at": now,
        }
        self.collection.update_one(
            {"_id": id_, "state": "checked"}, {"$set": fields | {"same": 0, "tries": 0}}
        )
        job = self.get(id_)
        if job.state not in ("running", "done"):
            raise Refused(f"The import is {job.state}; only one that is checked can be run.")
        return job

    def cancel(self, id_: str) -> Job:
        ended = {"state": "cancelled", "ended_at": datetime.now(UTC)}
        self.collection.update_one({"_id": id_, "state": {"$in": OPEN}}, {"$set": ended})
        job = self.get(id_)
        if job.state != "cancelled":
            raise Refused(f"The import is {job.state} already.")
        return job

    def abandoned(self) -> list[str]:
        """Jobs that somebody should work on and nobody does."""
        free = {"$expr": {"$or": [{"$eq": ["$until", None]}, {"$lt": ["$until", "$$NOW"]}]}}
        return [
            found["_id"] for found in self.collection.find({"state": {"$in": ACTIVE}, **free}, {"_id": 1})
        ]

    def outdated(self, now: datetime) -> list[str]:
        before = {"$lt": now - KEPT}
        old = [{"ended_at": before}, {"state": "checked", "made_at": before}]
        return [found["_id"] for found in self.collection.find({"dropped": False, "$or": old}, {"_id": 1})]

    def kept(self, kinds: Sequence[str]) -> list[Job]:
        """Those of these kinds whose file was not dropped yet."""
        return [_job(found) for found in self.collection.find({"dropped": False, "kind": {"$in": kinds}})]

    def take(self, id_: str) -> Job | None:
        """Lease the job; None when another works on it, or nobody has to."""
        free = {"$expr": {"$or": [{"$eq": ["$until", None]}, {"$lt": ["$until", "$$NOW"]}]}}
        taken = self.collection.find_one_and_update(
            {"_id": id_, "state": {"$in": ACTIVE}, **free},
            [
                {
                    "$set": {
                        "token": {"$add": ["$token", 1]},
                        "tries": {"$add": ["$tries", 1]},
                        "until": {"$add": ["$$NOW", int(LEASE * 1000)]},
                    }
                }
            ],
            return_document=ReturnDocument.AFTER,
        )
        return None if taken is None else _job(taken)

    def move(self, job: Job, **fields: Any) -> None:
        """Say how far it is, and renew the lease. Raises `LeaseLost`; of a job that was cancelled meanwhile
        what was done is counted all the same."""
        try:
            self._set(job, {"tries": 0, **fields}, {"$add": ["$$NOW", int(LEASE * 1000)]})
        except LeaseLost:
            self._set(job, fields, None, "cancelled")
            raise

    def leave(self, job: Job, **fields: Any) -> None:
        """Give the lease up, maybe for another state. Raises `LeaseLost`."""
        self._set(job, fields, None)

    def _set(self, job: Job, fields: Mapping[str, Any], until: Any, state: State | None = None) -> None:
        values: dict[str, Any] = {
            name: {"$literal": msgspec.to_builtins(v, builtin_types=(datetime,))}
            for name, v in fields.items()
        }
        if job.state == "running":
            values["moved_at"] = "$$NOW"
        guard = {"_id": job.id, "token": job.token, "state": state or job.state}
        if self.collection.update_one(guard, [{"$set": {**values, "until": until}}]).matched_count == 0:
            raise LeaseLost(job.id)

    def note(self, job: str, entry: int, problems: Sequence[Problem]) -> list[Document]:
        """The documents of an entry's problems; storing them again changes nothing."""
        return [
            {
                "_id": f"{job}:{entry:07}:{number:03}",
                "job": job,
                "entry": entry,
                **msgspec.to_builtins(problem),
                "search": search_keys(problem.column, problem.value, problem.code),
            }
            for number, problem in enumerate(problems)
        ]

    def bad_entries(self, job: str, first: int, last: int) -> set[int]:
        found = self.problems.find({"job": job, "entry": {"$gte": first, "$lte": last}}, {"entry": 1})
        return {document["entry"] for document in found}

    def problems_of(self, job: str, entry: int) -> list[Problem]:
        found = self.problems.find({"job": job, "entry": entry}).sort("_id", 1)
        return [problem_of(document) for document in found]

    def forget(self, id_: str) -> None:
        self.problems.delete_many({"job": id_})
        self.collection.update_one({"_id": id_}, {"$set": {"dropped": True}})


def problem_of(document: Document) -> Problem:
    return msgspec.convert(document, Problem)


def _document(job: Job) -> Document:
    fields = msgspec.to_builtins(job, builtin_types=(datetime,))
    search = search_keys(job.kind, job.by, job.sha256)
    return {"_id": fields.pop("id"), **fields, "until": None, "search": search}


def _job(document: Document) -> Job:
    return msgspec.convert({"id": document["_id"], **document}, Job)
