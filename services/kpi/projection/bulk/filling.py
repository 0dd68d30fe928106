"""A partition that nobody reads yet, written in bulk: its position comes last, and makes it one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from services.eventkit.commits import EVENTS_PER_COMMIT
from services.eventkit.crash import crash_point
from services.kpi.domain.facts import Source
from services.kpi.domain.measures import Cohort
from services.kpi.projection.bulk.spool import insert
from services.kpi.projection.store import Intent, Parked, PartitionStore, cell_id

#: The number of the one flush that fills a partition.
FLUSH = 1
#: Documents written at once.
BATCH = 2000


class Filling(PartitionStore):
    def filled(self) -> bool:
        return self._partitions.find_one({"_id": self._id}, {"_id": 1}) is not None

    def add_cards(self, cards: dict[str, bytes], shared: dict[str, str]) -> None:
        """Again, with the same subjects: replaces them."""
        insert(self._cards, list(self._card_documents(FLUSH, Intent(cards, [], {}, shared))))

    def finish(
        self, cells: list[tuple[Cohort, bytes]], parked: Mapping[str, Parked], target: Mapping[Source, int]
    ) -> None:
        """All cards were added: the sums, what is parked, and the positions up to which it was filled."""
        first = cell_id(self.generation, self.partition, ())
        self._cells.delete_many({"_id": {"$gte": first, "$lt": f"{first[:-1]}}}"}})
        documents = list(self._cell_documents(FLUSH, Intent({}, cells, {})))
        for start in range(0, len(documents), BATCH):
            insert(self._cells, documents[start : start + BATCH])
        self._parked.delete_many(self._mine)
        self._park(FLUSH, Intent({}, [], dict(parked)))
        crash_point("rebuild.before_position")
        complete = {source: position for source, position in target.items() if position}
        sequences = {source: (at + 1) * EVENTS_PER_COMMIT - 1 for source, at in complete.items()}
        state = {"applied_flush": FLUSH, "sequences": sequences, "complete": complete}
        whole = {**self._own(FLUSH), **state, "updated_at": datetime.now(UTC)}
        self._partitions.replace_one({"_id": self._id}, whole, upsert=True)
