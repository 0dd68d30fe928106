"""A partition's state in MongoDB, moved forward by one document write.

A flush first writes its *intent* into the partition's document: the new positions with every card, cell and
parked subject that changes, in one compare-and-set on the flush number. That write is the moment the events
take effect. Then the cards and cells are replaced, each only if older than the flush, and `applied_flush`
follows. Cells of one family are one document: a third of the writes. Whoever loads the partition first
repeats what a crash left undone: replacing with the same value twice is harmless. A worker that was overtaken
can change nothing: its compare-and-set fails, and its writes are older. Partitions are flushed together, each
for itself, so that many cost the database hardly more commands than one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from bson.binary import Binary
from pymongo import DeleteOne, UpdateOne
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError
from pymongo.write_concern import WriteConcern

from services.eventkit.crash import crash_point
from services.eventkit.replacing import replace_older
from services.kpi.domain.measures import Cohort, Family

Parked = tuple[str, datetime, list[tuple[str, bytes]]]


class Overtaken(Exception):
    """Another worker moved this partition on: forget what is in memory and load it again."""


class Cell(NamedTuple):
    """What a partition adds to a cohort: msgpack `Days`, as the flush of that number left them."""

    cohort: Cohort
    flush: int
    days: bytes


class Intent(msgspec.Struct, array_like=True):
    """What one flush changes; of a family that it changes, all cells. `parked` maps a subject to (error,
    since, [(source, CloudEvent bytes)]); None takes the subject out of the park. `shared`: what the reading
    side keeps a card for."""

    cards: dict[str, bytes]
    cells: dict[Family, list[Cell]]
    parked: dict[str, Parked | None]
    shared: dict[str, str] = {}


class Position(msgspec.Struct):
    """Where a partition stands: see `services.kpi.views.store.Partition`."""

    flush: int
    sequences: dict[str, int]
    complete: dict[str, int]


_encoder = msgspec.msgpack.Encoder()
#: For the cells of a flush while its cards are written: both wait for the disk.
_side_by_side = ThreadPoolExecutor(max_workers=8, thread_name_prefix="cells")
_intents = msgspec.msgpack.Decoder(Intent)

Document = dict[str, Any]


def card_id(generation: str, subject: str) -> str:
    return f"{generation}|{subject}"


def family_id(generation: str, partition: int, family: Family) -> str:
    return f"{generation}|{partition}|{'|'.join(family)}"


def cells_of(stored: Document) -> Iterator[Cell]:
    """Those of a family, as it is stored."""
    for cell in stored["cells"]:
        yield Cell(tuple(cell["cohort"]), cell["flush"], bytes(cell["days"]))


class PartitionStore:
    def __init__(self, database: Database[Document], generation: str, partition: int) -> None:
        concern = WriteConcern(w="majority", wtimeout=10_000)
        self.generation = generation
        self.partition = partition
        self._id = f"{generation}|{partition}"
        self._mine = {"generation": generation, "partition": partition}
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
            blank = {"applied_flush": 0, "sequences": {}, "complete": {}}
            try:
                self._partitions.insert_one({**self._own(0), "_id": self._id, **blank})
            except DuplicateKeyError:
                return self.load()
            return Position(0, {}, {})
        if found["applied_flush"] < found["flush"]:
            _apply([_Applied(self, found["flush"], _intents.decode(found["intent"]), None, None)])
        return Position(found["flush"], dict(found["sequences"]), dict(found["complete"]))

    def cells(self) -> Iterator[Cell]:
        for family in self._cells.find(self._mine, {"cells": 1}):
            yield from cells_of(family)

    def cards(self, subjects: Sequence[str]) -> dict[str, bytes]:
        prefix = f"{self.generation}|"
        found = self._cards.find({"_id": {"$in": [prefix + subject for subject in subjects]}}, {"card": 1})
        return {document["_id"][len(prefix) :]: bytes(document["card"]) for document in found}

    def parked(self) -> dict[str, tuple[Parked, bool]]:
        """Subject -> (what is parked, whether an operator asked for a redrive)."""
        result: dict[str, tuple[Parked, bool]] = {}
        for document in self._parked.find(self._mine):
            events = [(entry["source"], bytes(entry["event"])) for entry in document["events"]]
            since = document["since"].replace(tzinfo=UTC)
            asked = document.get("redrive_requested") is not None
            result[document["subject"]] = ((document["error"], since, events), asked)
        return result

    def _of_intent(self, change: Change) -> UpdateOne:
        position, intent = change.position, change.intent
        state = {"sequences": position.sequences, **_now()}
        if intent is None:
            state["complete"] = position.complete
        else:
            state |= {"flush": position.flush + 1, "intent": Binary(_encoder.encode(intent))}
        return UpdateOne({"_id": self._id, "flush": position.flush}, {"$set": state})

    def _card_documents(self, flush: int, intent: Intent) -> Iterable[Document]:
        own = self._own(flush)
        for subject, card in intent.cards.items():
            document = {"_id": card_id(self.generation, subject), **own, "card": Binary(card)}
            if subject in intent.shared:
                document["shared"] = intent.shared[subject]
            yield document

    def _cell_documents(self, flush: int, intent: Intent) -> Iterable[Document]:
        own = self._own(flush)
        for family, cells in intent.cells.items():
            stored = [{"cohort": list(c.cohort), "flush": c.flush, "days": Binary(c.days)} for c in cells]
            yield {"_id": family_id(self.generation, self.partition, family), **own, "cells": stored}

    def _park(self, flush: int, intent: Intent) -> None:
        documents = []
        for subject, parked in intent.parked.items():
            id_ = f"{self.generation}|{subject}"
            if parked is None:
                self._parked.bulk_write([DeleteOne({"_id": id_, "flush": {"$lt": flush}})])
                continue
            error, since, events = parked
            entries = [{"source": source, "event": Binary(event)} for source, event in events]
            own = self._own(flush)
            documents.append(
                {"_id": id_, **own, "subject": subject, "error": error, "since": since, "events": entries}
            )
        replace_older(self._parked, documents, "flush")

    def _of_mark(self, flush: int, complete: dict[str, int] | None) -> UpdateOne:
        also = {} if complete is None else {"complete": complete}
        guard = {"_id": self._id, "flush": flush, "applied_flush": {"$lt": flush}}
        return UpdateOne(guard, {"$set": {"applied_flush": flush, **also}})

    def _own(self, flush: int) -> Document:
        return {**self._mine, "flush": flush}


class New(NamedTuple):
    """What of an intent is not stored yet."""

    subjects: frozenset[str]
    families: frozenset[Family]


class Change(NamedTuple):
    """What a partition's events up to `position` change; `intent` is None when that is nothing. Without `new`
    the database is asked what is stored."""

    store: PartitionStore
    position: Position
    intent: Intent | None
    new: New | None = None


class _Applied(NamedTuple):
    store: PartitionStore
    flush: int
    intent: Intent
    complete: dict[str, int] | None
    new: New | None


def cards_of(stores: Sequence[PartitionStore], subjects: Sequence[str]) -> dict[str, bytes]:
    """The stored cards of subjects of any of the partitions, which are of one generation."""
    return stores[0].cards(subjects) if stores and subjects else {}


def flush_together(changes: Sequence[Change]) -> list[Position]:
    """Make the changes of partitions of one database take effect; their positions with new flush numbers.

    Each takes effect for itself. Raises `Overtaken` when another worker has moved one of them on, or what
    pymongo raises: then load all of them again.
    """
    quiet = [change for change in changes if change.intent is None]
    loud = [change for change in changes if change.intent is not None]
    if quiet:
        _compare_and_set(quiet[0].store._marks, quiet)
    if loud:
        crash_point("projector.before_intent")
        _compare_and_set(loud[0].store._partitions, loud)
        crash_point("projector.after_intent")
        _apply(
            [
                _Applied(c.store, c.position.flush + 1, c.intent, c.position.complete, c.new)
                for c in loud
                if c.intent
            ]
        )
    return [
        Position(c.position.flush + (c.intent is not None), c.position.sequences, c.position.complete)
        for c in changes
    ]


def _compare_and_set(partitions: Collection[Document], changes: Sequence[Change]) -> None:
    moved = partitions.bulk_write([c.store._of_intent(c) for c in changes], ordered=False)
    if moved.matched_count < len(changes):
        raise Overtaken(", ".join(c.store._id for c in changes))


def _apply(applied: Sequence[_Applied]) -> None:
    store = applied[0].store
    new_cells, new_cards = _new_ids(applied)
    cells = [document for a in applied for document in a.store._cell_documents(a.flush, a.intent)]
    writing = _side_by_side.submit(replace_older, store._cells, cells, "flush", new_cells)
    try:
        cards = [document for a in applied for document in a.store._card_documents(a.flush, a.intent)]
        replace_older(store._cards, cards, "flush", new_cards)
        crash_point("projector.after_cards")
    finally:
        wait([writing])
    writing.result()
    for a in applied:
        a.store._park(a.flush, a.intent)
    crash_point("projector.after_cells")
    store._marks.bulk_write([a.store._of_mark(a.flush, a.complete) for a in applied], ordered=False)


def _new_ids(applied: Sequence[_Applied]) -> tuple[set[str] | None, set[str] | None]:
    """Of families and of cards; None when that is not known of all."""
    families, cards = set[str](), set[str]()
    for store, _, _, _, new in applied:
        if new is None:
            return None, None
        families |= {family_id(store.generation, store.partition, family) for family in new.families}
        cards |= {card_id(store.generation, subject) for subject in new.subjects}
    return families, cards


def _now() -> Document:
    return {"updated_at": datetime.now(UTC)}
