"""A partition that nobody reads yet, written in bulk: its position comes last, and makes it one.

A process that slept while another filled the partition may wake up between any two writes here. It changes
nothing then: it writes the same documents, none over one that was flushed since, and deletes only what this
fill does not hold and no flush has made.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from contextlib import suppress
from datetime import UTC, datetime

from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from services.eventkit.commits import EVENTS_PER_COMMIT
from services.eventkit.crash import crash_point
from services.kpi.domain.facts import Source
from services.kpi.domain.measures import Family
from services.kpi.projection.bulk.spool import insert
from services.kpi.projection.store import Cell, Document, Intent, Parked, PartitionStore, family_id

#: The number of the one flush that fills a partition.
FLUSH = 1
#: Documents written at once.
BATCH = 2000


class Filling(PartitionStore):
    def filled(self) -> bool:
        return self._partitions.find_one({"_id": self._id}, {"_id": 1}) is not None

    def add_cards(self, cards: dict[str, bytes], shared: dict[str, str]) -> None:
        """Again, with the same subjects: replaces them."""
        insert(self._cards, list(self._card_documents(FLUSH, Intent(cards, {}, {}, shared))))

    def finish(
        self, cells: dict[Family, list[Cell]], parked: Mapping[str, Parked], target: Mapping[Source, int]
    ) -> None:
        """All cards were added: the sums, what is parked, and the positions up to which it was filled. A
        partition that another process has filled meanwhile stays as it is."""
        if self.filled():
            return
        documents = list(self._cell_documents(FLUSH, Intent({}, cells, {})))
        first = family_id(self.generation, self.partition, ())
        _delete_others(
            self._cells, {"_id": {"$gte": first, "$lt": f"{first[:-1]}}}"}}, {d["_id"] for d in documents}
        )
        for start in range(0, len(documents), BATCH):
            insert(self._cells, documents[start : start + BATCH])
        _delete_others(self._parked, self._mine, {f"{self.generation}|{subject}" for subject in parked})
        self._park(FLUSH, Intent({}, {}, dict(parked)))
        crash_point("rebuild.before_position")
        complete = {source: position for source, position in target.items() if position}
        sequences = {source: (at + 1) * EVENTS_PER_COMMIT - 1 for source, at in complete.items()}
        state = {"applied_flush": FLUSH, "sequences": sequences, "complete": complete}
        whole = {"_id": self._id, **self._own(FLUSH), **state, "updated_at": datetime.now(UTC)}
        with suppress(DuplicateKeyError):
            self._partitions.insert_one(whole)


def _delete_others(collection: Collection[Document], query: Document, kept: Set[str]) -> None:
    """What an attempt that was cut off has left, and this one does not make."""
    left = [found["_id"] for found in collection.find(query, {"_id": 1}) if found["_id"] not in kept]
    for start in range(0, len(left), BATCH):
        ids = left[start : start + BATCH]
        collection.delete_many({"_id": {"$in": ids}, "flush": {"$lte": FLUSH}})
