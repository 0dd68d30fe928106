"""What the projector has stored, as the reading side reads it (majority, so nothing shown is rolled back)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pymongo import ASCENDING
from pymongo.database import Database
from pymongo.read_concern import ReadConcern

from services.kpi.domain.facts import SOURCES
from services.kpi.domain.measures import Cohort


class Pointer(NamedTuple):
    generation: str
    #: ``<id>@<version>``
    rules: str
    #: Into how many it is divided; None where that is not said.
    partitions: int | None = None


class Building(NamedTuple):
    """A generation being built, or resting: how far its stage is, how many events it took, and up to which
    position of each log. `asked` is what an operator asked of it; `named` are differences to the live one."""

    generation: str
    rules: str
    since: datetime
    at: datetime
    stage: str
    done: int
    total: int | None
    events: int
    position: dict[str, int]
    asked: str | None
    differences: int
    named: list[str]


class Partition(NamedTuple):
    """`complete` is, per source, the log position up to which all that concerns the partition is applied.

    `flush` runs ahead of `applied_flush` while cells are being written: they then hold some of both.
    """

    number: int
    flush: int
    applied_flush: int
    sequences: dict[str, int]
    complete: dict[str, int]
    updated_at: datetime | None


def _pointer(found: Mapping[str, Any]) -> Pointer:
    return Pointer(str(found["generation"]), found.get("rules", ""), found.get("partitions"))


def applied_by_all(partitions: Sequence[Partition], count: int) -> dict[str, int]:
    """Per source, the log position that all of `count` partitions are at."""
    whole = len(partitions) >= count
    return {s: min((p.complete[s] for p in partitions), default=0) if whole else 0 for s in SOURCES}


class Cell(NamedTuple):
    """`id` names partition and cohort."""

    id: str
    cohort: Cohort
    days: bytes


class StoredCard(NamedTuple):
    """`subject` is ``facility:<id>`` and the like."""

    subject: str
    flush: int
    card: bytes


class Parked(NamedTuple):
    subject: str
    partition: int
    error: str
    since: datetime | None
    waiting: int
    redrive_requested: datetime | None


class ProjectionStore:
    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self.database = database
        concern = ReadConcern("majority")
        self._pointer = database.get_collection("pointer", read_concern=concern)
        self._partitions = database.get_collection("partitions", read_concern=concern)
        self._cells = database.get_collection("cells", read_concern=concern)
        self._cards = database.get_collection("cards", read_concern=concern)
        self._parked = database.get_collection("parked", read_concern=concern)

    def ensure_indexes(self) -> None:
        self._cells.create_index(
            [("generation", ASCENDING), ("partition", ASCENDING), ("flush", ASCENDING)],
            name="generation_partition_flush",
        )
        self._cards.create_index(
            [("generation", ASCENDING), ("partition", ASCENDING), ("flush", ASCENDING)],
            name="shared",
            partialFilterExpression={"shared": {"$exists": True}},
        )

    def pointer(self) -> Pointer | None:
        found = self._pointer.find_one({"_id": "active"})
        return None if found is None else _pointer(found)

    def building(self) -> Building | None:
        """The generation that a projector builds beside the live one, if one does."""
        found = self._pointer.find_one({"_id": "building"})
        if found is None:
            return None
        position: dict[str, int] = {source: int(found["position"].get(source, 0)) for source in SOURCES}
        return Building(
            generation=str(found.get("generation", "")),
            rules=found["rules"],
            since=found["since"],
            at=found.get("at", found["since"]),
            stage=str(found.get("stage", "")),
            done=int(found.get("done", 0)),
            total=found.get("total"),
            events=int(found["events"]),
            position=position,
            asked=found.get("asked"),
            differences=int(found.get("differences", 0)),
            named=list(found.get("named", ())),
        )

    def partitions(self, generation: str) -> list[Partition]:
        # A partition's document also carries what its last flush changes, which can be large.
        found = self._partitions.find({"generation": self._own(generation)}, {"intent": 0})
        return sorted(_partition(document) for document in found)

    def cells_after(self, generation: str, seen: Mapping[int, int]) -> list[Cell]:
        """The cells written by a later flush than the one seen, of each partition named."""
        clauses = [{"partition": p, "flush": {"$gt": flush}} for p, flush in seen.items()]
        if not clauses:
            return []
        own = {"generation": self._own(generation)}
        query = {"$or": [own | clause for clause in clauses]}
        found = []
        for family in self._cells.find(query, {"partition": 1, "cells": 1}):
            partition = family["partition"]
            for cell in family["cells"]:
                if cell["flush"] > seen[partition]:
                    cohort = tuple(cell["cohort"])
                    found.append(Cell(f"{partition}|{'|'.join(cohort)}", cohort, bytes(cell["days"])))
        return found

    def shared_after(self, generation: str, seen: Mapping[int, int]) -> list[StoredCard]:
        """The cards kept for reading that were written by a later flush than the one seen."""
        clauses = [{"partition": p, "flush": {"$gt": flush}} for p, flush in seen.items()]
        if not clauses:
            return []
        own = {"generation": self._own(generation), "shared": {"$exists": True}}
        return self._stored({"$or": [own | clause for clause in clauses]})

    def cards_after(self, generation: str, seen: Mapping[str, int]) -> list[StoredCard]:
        """Of these subjects, the cards written by a later flush than the one seen of each."""
        if not seen:
            return []
        ids = ((f"{generation}|{subject}", flush) for subject, flush in seen.items())
        return self._stored({"$or": [{"_id": id_, "flush": {"$gt": flush}} for id_, flush in ids]})

    def _stored(self, query: Mapping[str, Any]) -> list[StoredCard]:
        found = self._cards.find(query, {"card": 1, "flush": 1})
        return [StoredCard(str(c["_id"]).partition("|")[2], c["flush"], bytes(c["card"])) for c in found]

    def subjects(self, generation: str, prefix: str, after: str = "", limit: int = 0) -> Iterator[StoredCard]:
        """The cards of the subjects that begin with `prefix`, in order from the one after `after` on."""
        start = f"{generation}|{after or prefix}"
        query = {"_id": {"$gt": start, "$lt": f"{generation}|{prefix}\U0010ffff"}}
        found = self._cards.find(query, {"card": 1, "flush": 1}, batch_size=1000).sort("_id", 1).limit(limit)
        for each in found:
            yield StoredCard(str(each["_id"]).partition("|")[2], each["flush"], bytes(each["card"]))

    def card(self, generation: str, subject: str) -> bytes | None:
        found = self._cards.find_one({"_id": f"{generation}|{subject}"}, {"card": 1})
        return None if found is None else bytes(found["card"])

    def parked(self, generation: str, subject: str | None = None, limit: int = 200) -> list[Parked]:
        if subject is not None:
            query: dict[str, Any] = {"_id": f"{generation}|{subject}"}
        else:
            query = {"generation": self._own(generation)}
        pipeline: list[Mapping[str, Any]] = [
            {"$match": query},
            {"$sort": {"since": 1, "_id": 1}},
            {"$limit": limit},
            {"$addFields": {"waiting": {"$size": {"$ifNull": ["$events", []]}}}},
            {"$project": {"events": 0}},
        ]
        return [_parked(document) for document in self._parked.aggregate(pipeline)]

    def request_redrive(self, generation: str, subject: str, at: datetime) -> bool:
        """Ask the projector to try a parked subject again; False when it is not parked."""
        result = self._parked.update_one(
            {"_id": f"{generation}|{subject}"}, {"$set": {"redrive_requested": at}}
        )
        return result.matched_count == 1

    @staticmethod
    def _own(generation: str) -> dict[str, Any]:
        """Generations may be stored as numbers or as text; both name the same."""
        forms: list[str | int] = [generation]
        if generation.isdecimal():
            forms.append(int(generation))
        return {"$in": forms}


def _partition(document: Mapping[str, Any]) -> Partition:
    def per_source(name: str) -> dict[str, int]:
        stored = document.get(name) or {}
        return {source: int(stored.get(source, 0)) for source in SOURCES}

    flush = int(document.get("flush", 0))
    return Partition(
        number=int(document["partition"]),
        flush=flush,
        applied_flush=int(document.get("applied_flush", flush)),
        sequences=per_source("sequences"),
        complete=per_source("complete"),
        updated_at=document.get("updated_at"),
    )


def _parked(document: Mapping[str, Any]) -> Parked:
    return Parked(
        subject=document["subject"],
        partition=int(document["partition"]),
        error=str(document.get("error", "")),
        since=document.get("since"),
        waiting=int(document["waiting"]),
        redrive_requested=document.get("redrive_requested"),
    )
