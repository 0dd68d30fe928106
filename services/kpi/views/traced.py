"""The events behind what is shown, as the logs have them: who recorded them, when, and where to read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import NamedTuple, Protocol

from services.eventkit.cloudevents import CloudEvent, of_commit
from services.eventkit.commits import Commit
from services.kpi.domain.facts import SOURCES, Card


class Log(Protocol):
    """The feed of one log, as far as it is searched."""

    @property
    def url(self) -> str: ...
    def about(self, subjects: Iterable[str], upto: int, after: int = 0) -> list[Commit]: ...
    def event(self, id_: str) -> Commit | None: ...


class Traced(NamedTuple):
    """`href` is where the log's own service tells the event with its commit."""

    id: str
    log: str
    type: str
    subject: str
    position: int
    sequence: int
    recorded_at: datetime
    occurred_on: date
    actor: str
    href: str


class Trace:
    def __init__(self, logs: Mapping[str, Log]) -> None:
        self._logs = logs

    def events(self, subjects: Iterable[str], upto: Mapping[str, int]) -> list[Traced]:
        """All events of subjects up to these positions, as they were recorded. Raises `Unavailable`."""
        wanted = frozenset(subjects)
        found = [
            self._traced(source, commit, index)
            for source in SOURCES
            for commit in self._logs[source].about(wanted, upto.get(source, 0))
            for index, record in enumerate(commit.events)
            if record.subject in wanted
        ]
        return as_recorded(found)

    def to_fold(self, subject: str, card: Card) -> list[tuple[str, CloudEvent]]:
        """The events that a card was folded from, each with its log."""
        return [
            (source, of_commit(source, commit, index))
            for source, seen in zip(SOURCES, card.seen, strict=True)
            for commit in self._logs[source].about([subject], max(seen, 0) // 1000)
            for index, record in enumerate(commit.events)
            if record.subject == subject and commit.sequence(index) <= seen
        ]

    def find(self, id_: str) -> Traced | None:
        """An event by its id, in whichever log it stands."""
        for source in SOURCES:
            commit = self._logs[source].event(id_)
            for index, record in enumerate(commit.events if commit is not None else ()):
                if commit is not None and record.id == id_:
                    return self._traced(source, commit, index)
        return None

    def _traced(self, source: str, commit: Commit, index: int) -> Traced:
        record = commit.events[index]
        return Traced(
            id=record.id,
            log=source,
            type=record.type,
            subject=record.subject,
            position=commit.position,
            sequence=commit.sequence(index),
            recorded_at=commit.recorded_at,
            occurred_on=record.occurred_on,
            actor=commit.actor,
            href=f"{self._logs[source].url}/{record.id}",
        )


def as_recorded(events: Iterable[Traced]) -> list[Traced]:
    return sorted(events, key=lambda event: (event.recorded_at, event.log, event.sequence))
