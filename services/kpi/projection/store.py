"""A partition's state in MongoDB, moved forward by one document write.

A flush first writes its *intent* into the partition's document: the new positions with every card, cell and
parked subject that changes, in one compare-and-set on the flush number. That write is the moment the events
take effect. Then the cards and cells are replaced, each only if older than the flush, and `applied_flush`
follows. Whoever loads the partition first repeats what a crash left undone: replacing with the same value
twice is harmless. A worker that was overtaken can change nothing: its compare-and-set fails, and its writes
are older.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime
from typing import Any

import msgspec
from bson.binary import Binary
from pymongo import DeleteOne
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError
from pymongo.write_concern import WriteConcern

from services.eventkit.crash import crash_point
from services.eventkit.replacing import replace_older
from services.kpi.domain.measures import Cohort, Vector

Days = dict[int, Vector]
Parked = tuple[str, datetime, list[tuple[str, bytes]]]


class Overtaken(Exception):
    """Another worker moved this partition on: forget what is in memory and load it again."""


class Intent(msgspec.Struct, array_like=True):
    """What one flush changes. `parked` maps a subject to (error, since, [(source, CloudEvent bytes)]);
    None takes the subject out of the park."""

    cards: dict[str, bytes]
    cells: list[tuple[Cohort, bytes]]
    parked: dict[str, Parked | None]


class Position(msgspec.Struct):
    """Where a partition stands: see `services.kpi.views.store.Partition`."""

    flush: int
    sequences: dict[str, int]
    complete: dict[str, int]


_encoder = msgspec.msgpack.Encoder()
#: For the cells of a flush while its cards are written: both wait for the disk.
_side_by_side = ThreadPoolExecutor(max_workers=8, thread_name_prefix="cells")
_intents = msgspec.msgpack.Decoder(Intent)
_days = msgspec.msgpack.Decoder(Days)

Document = dict[str, Any]


def cell_id(generation: str, partition: int, cohort: Cohort) -> str:
    return f"{generation}|{partition}|{'|'.join(cohort)}"


class PartitionStore:
    def __init__(self, database: Database[Document], generation: str, partition: int) -> None:
        concern = WriteConcern(w="majority", wtimeout=10_000)
        self.generation = generation
        self.partition = partition
        self._id = f"{generation}|{partition}"
        self._partitions: Collection[Document] = database.get_collection("partitions", write_concern=concern)
        # Of what is durable, that it is applied need not be: lost, it is found out and done again by `load`.
        self._marks: Collection[Document] = database.get_collection(
            "partitions", write_concern=WriteConcern(w=1)
        )
        self._cards: Collection[Document] = database.get_collection("cards", write_concern=concern)
        self._cells: Collection[Document] = database.get_collection("cells", write_concern=concern)
        self._parked: Collection[Document] = database.get_collection("parked", write_concern=concern)

    def load(self) -> Position:
        """The position, after repeating what a crash may have left undone of the last flush."""
        found = self._partitions.find_one({"_id": self._id})
        if found is None:
            blank = {"flush": 0, "applied_flush": 0, "sequences": {}, "complete": {}}
            try:
                self._partitions.insert_one({**self._own(), "_id": self._id, **blank})
            except DuplicateKeyError:
                return self.load()
            return Position(0, {}, {})
        if found["applied_flush"] < found["flush"]:
            self._apply(found["flush"], _intents.decode(found["intent"]), {})
        return Position(found["flush"], dict(found["sequences"]), dict(found["complete"]))

    def cells(self) -> Iterable[tuple[Cohort, Days]]:
        for cell in self._cells.find(self._own(), {"cohort": 1, "days": 1}):
            first, second, third = cell["cohort"]
            yield (first, second, third), _days.decode(cell["days"])

    def cards(self, subjects: list[str]) -> dict[str, bytes]:
        prefix = f"{self.generation}|"
        found = self._cards.find({"_id": {"$in": [prefix + subject for subject in subjects]}}, {"card": 1})
        return {document["_id"][len(prefix) :]: bytes(document["card"]) for document in found}

    def parked(self) -> dict[str, tuple[Parked, bool]]:
        """Subject -> (what is parked, whether an operator asked for a redrive)."""
        result: dict[str, tuple[Parked, bool]] = {}
        for document in self._parked.find(self._own()):
            events = [(entry["source"], bytes(entry["event"])) for entry in document["events"]]
            since = document["since"].replace(tzinfo=UTC)
            asked = document.get("redrive_requested") is not None
            result[document["subject"]] = ((document["error"], since, events), asked)
        return result

    def advance(self, position: Position) -> None:
        """Record positions alone: nothing was changed by the events up to there."""
        moved = self._marks.update_one(
            {"_id": self._id, "flush": position.flush},
            {"$set": {"sequences": position.sequences, "complete": position.complete, **self._now()}},
        )
        if moved.matched_count == 0:
            raise Overtaken(self._id)

    def flush(self, position: Position, intent: Intent) -> Position:
        """Make the events up to `position` take effect; the position with its new flush number."""
        number = position.flush + 1
        crash_point("projector.before_intent")
        moved = self._partitions.update_one(
            {"_id": self._id, "flush": position.flush},
            {
                "$set": {
                    "flush": number,
                    "sequences": position.sequences,
                    "intent": Binary(_encoder.encode(intent)),
                    **self._now(),
                }
            },
        )
        if moved.matched_count == 0:
            raise Overtaken(self._id)
        crash_point("projector.after_intent")
        self._apply(number, intent, {"complete": position.complete})
        return Position(number, position.sequences, position.complete)

    def _apply(self, flush: int, intent: Intent, also: Document) -> None:
        own = {**self._own(), "flush": flush}
        cells = _side_by_side.submit(self._replace_cells, intent, own)
        try:
            self._replace_cards(intent, own)
        finally:
            wait([cells])
        cells.result()
        self._park(flush, intent, own)
        crash_point("projector.after_cells")
        self._marks.update_one(
            {"_id": self._id, "flush": flush, "applied_flush": {"$lt": flush}},
            {"$set": {"applied_flush": flush, **also}},
        )

    def _replace_cards(self, intent: Intent, own: Document) -> None:
        documents = [
            {"_id": f"{self.generation}|{subject}", **own, "card": Binary(card)}
            for subject, card in intent.cards.items()
        ]
        replace_older(self._cards, documents, "flush")
        crash_point("projector.after_cards")

    def _replace_cells(self, intent: Intent, own: Document) -> None:
        documents = [
            {
                "_id": cell_id(self.generation, self.partition, cohort),
                **own,
                "cohort": list(cohort),
                "days": Binary(days),
            }
            for cohort, days in intent.cells
        ]
        replace_older(self._cells, documents, "flush")

    def _park(self, flush: int, intent: Intent, own: Document) -> None:
        documents = []
        for subject, parked in intent.parked.items():
            id_ = f"{self.generation}|{subject}"
            if parked is None:
                self._parked.bulk_write([DeleteOne({"_id": id_, "flush": {"$lt": flush}})])
                continue
            error, since, events = parked
            entries = [{"source": source, "event": Binary(event)} for source, event in events]
            documents.append(
                {"_id": id_, **own, "subject": subject, "error": error, "since": since, "events": entries}
            )
        replace_older(self._parked, documents, "flush")

    def _own(self) -> Document:
        return {"generation": self.generation, "partition": self.partition}

    @staticmethod
    def _now() -> Document:
        return {"updated_at": datetime.now(UTC)}
