"""Query models: each document is the folded state of one stream, flattened; it can be made again any time.

`refresh` brings them up to the log's head. It is called before a list is read, so a caller finds what it has
just written, and by the relay process, so that there is little to do then. Replacing is guarded by the log
position: repeats, crashes and several workers at once do no harm. The checkpoint is a hint where to go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from mongoengine import Document
from pymongo import ReplaceOne
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from services.eventkit.commits import Commit
from services.eventkit.crash import crash_point
from services.eventkit.decider import Decider
from services.eventkit.events import Catalogue
from services.eventkit.log import EventLog

PAGE = 1000
DUPLICATE_KEY = 11000


class View(NamedTuple):
    """`flatten(state, id)` gives the document's own fields; `id`, `version` and `position` are added."""

    decider: Decider[Any, Any]
    document: type[Document]
    flatten: Callable[[Any, str], dict[str, Any]]


class ViewUpdater:
    def __init__(
        self, log: EventLog, catalogue: Catalogue, views: Sequence[View], database: Database[dict[str, Any]]
    ) -> None:
        self._log = log
        self._catalogue = catalogue
        self._views = {view.decider.category: view for view in views}
        self._checkpoints = database["checkpoints"]
        self._name = "views"

    def refresh(self, max_commits: int = 20_000) -> int:
        """Bring the query models towards the head, at most `max_commits` further; the position reached."""
        found = self._checkpoints.find_one({"_id": self._name})
        position = start = found["position"] if found else 0
        while position - start < max_commits:
            page = self._log.read(position, PAGE)
            if not page:
                break
            streams: dict[str, list[Commit]] = {}
            for stored in page:
                streams.setdefault(stored.commit.stream, []).append(stored.commit)
            self._update(streams)
            position = page[-1].commit.position
            self._checkpoints.update_one({"_id": self._name}, {"$max": {"position": position}}, upsert=True)
        return position

    def _update(self, streams: Mapping[str, Sequence[Commit]]) -> None:
        for category, view in self._views.items():
            prefix = f"{category}:"
            writes = [
                self._write(view, stream.removeprefix(prefix), self._whole(stream, commits))
                for stream, commits in streams.items()
                if stream.startswith(prefix)
            ]
            if not writes:
                continue
            crash_point("views.before_replace")
            _replace(view.document._get_collection(), writes)
            crash_point("views.after_replace")

    def _whole(self, stream: str, commits: Sequence[Commit]) -> Iterable[Commit]:
        """The stream from its beginning; not read again where the page holds that."""
        return commits if commits[0].version == 1 else self._log.stream(stream)

    def _write(self, view: View, id_: str, commits: Iterable[Commit]) -> dict[str, Any]:
        state, version, position = view.decider.initial, 0, 0
        for commit in commits:
            state = view.decider.fold((self._catalogue.decode(record) for record in commit.events), state)
            version, position = commit.last_version, commit.position
        return {"_id": id_, **view.flatten(state, id_), "version": version, "position": position}


def _replace(collection: Collection[dict[str, Any]], documents: Sequence[dict[str, Any]]) -> None:
    """Store each document, unless it is there already at its position or beyond."""

    def older(document: dict[str, Any], *, upsert: bool) -> ReplaceOne[dict[str, Any]]:
        guard = {"_id": document["_id"], "position": {"$lt": document["position"]}}
        return ReplaceOne(guard, document, upsert=upsert)

    try:
        collection.bulk_write([older(each, upsert=True) for each in documents], ordered=False)
    except BulkWriteError as error:
        failed = error.details["writeErrors"]
        if any(each["code"] != DUPLICATE_KEY for each in failed):
            raise
        # It is there: at this position or beyond, or another worker has this moment added an earlier one.
        again = [older(documents[each["index"]], upsert=False) for each in failed]
        collection.bulk_write(again, ordered=False)
