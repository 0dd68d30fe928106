"""Query models: each document is the folded state of one stream, or of a part of it, flattened; it can be
made again any time.

`refresh` brings them up to the log's head. It is called before a list is read, so a caller finds what it has
just written, and by the relay process, so that there is little to do then. Replacing is guarded by the log
position: repeats, crashes and several workers at once do no harm. The checkpoint is a hint where to go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from mongoengine import Document
from pymongo.database import Database

from services.eventkit.commits import Commit
from services.eventkit.crash import crash_point
from services.eventkit.decider import Decider
from services.eventkit.events import Catalogue
from services.eventkit.log import EventLog
from services.eventkit.replacing import replace_older

PAGE = 1000


class View(NamedTuple):
    """`flatten(state, id)` gives the document's own fields; `id`, `version` and `position` are added.
    `then` is told the documents once they are stored, before the checkpoint moves: after a crash again."""

    decider: Decider[Any, Any]
    document: type[Document]
    flatten: Callable[[Any, str], dict[str, Any]]
    then: Callable[[Sequence[Mapping[str, Any]]], None] | None = None

    def documents(self, state: Any, id_: str) -> Mapping[str, dict[str, Any]]:
        return {id_: self.flatten(state, id_)}


class PartsView(NamedTuple):
    """A document for each part of a stream's state. `flatten(state)` gives each part's fields by its id,
    which no part of another stream has. A part must not vanish from the state once it is there.
    """

    decider: Decider[Any, Any]
    document: type[Document]
    flatten: Callable[[Any], Mapping[str, dict[str, Any]]]
    then: None = None

    def documents(self, state: Any, id_: str) -> Mapping[str, dict[str, Any]]:
        return self.flatten(state)


class ViewUpdater:
    """`name` is that of the checkpoint: an updater with another one begins with the first commit."""

    def __init__(
        self,
        log: EventLog,
        catalogue: Catalogue,
        views: Sequence[View | PartsView],
        database: Database[dict[str, Any]],
        name: str = "views",
    ) -> None:
        self._log = log
        self._catalogue = catalogue
        self._views: dict[str, list[View | PartsView]] = {}
        for view in views:
            self._views.setdefault(view.decider.category, []).append(view)
        self._checkpoints = database["checkpoints"]
        self._name = name

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
            if len(page) < PAGE:
                break
        return position

    def _update(self, streams: Mapping[str, Sequence[Commit]]) -> None:
        for category, views in self._views.items():
            prefix = f"{category}:"
            folded = [
                self._fold(views[0].decider, stream.removeprefix(prefix), self._whole(stream, commits))
                for stream, commits in streams.items()
                if stream.startswith(prefix)
            ]
            if not folded:
                continue
            for view in views:
                writes = [document for each in folded for document in _documents(view, each)]
                crash_point("views.before_replace")
                replace_older(view.document._get_collection(), writes, "position")
                crash_point("views.after_replace")
                if view.then is not None:
                    view.then(writes)

    def _whole(self, stream: str, commits: Sequence[Commit]) -> Iterable[Commit]:
        """The stream from its beginning; not read again where the page holds that."""
        return commits if commits[0].version == 1 else self._log.stream(stream)

    def _fold(self, decider: Decider[Any, Any], id_: str, commits: Iterable[Commit]) -> _Folded:
        state, version, position = decider.initial, 0, 0
        for commit in commits:
            state = decider.fold((self._catalogue.decode(record) for record in commit.events), state)
            version, position = commit.last_version, commit.position
        return _Folded(id_, state, version, position)


class _Folded(NamedTuple):
    id: str
    state: Any
    version: int
    position: int


def _documents(view: View | PartsView, folded: _Folded) -> Iterator[dict[str, Any]]:
    for id_, fields in view.documents(folded.state, folded.id).items():
        yield {"_id": id_, **fields, "version": folded.version, "position": folded.position}
