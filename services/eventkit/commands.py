"""From a command to a commit: load, guard, decide, append; decide again when another writer was first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from services.eventkit.commits import Commit, NewCommit
from services.eventkit.decider import Decider
from services.eventkit.errors import PreconditionFailed, VersionConflict
from services.eventkit.events import Catalogue, Event
from services.eventkit.ids import new_id
from services.eventkit.log import EventLog, same_request

S = TypeVar("S")
C = TypeVar("C")

#: How often a command is decided anew after losing races, before the conflict is the caller's.
ATTEMPTS = 12


class CommandContext(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, and the ids that tie the commit to the request.

    `command_id` is unique per request; `fingerprint` tells a repeat from a reuse for something else.
    """

    actor: str
    command_id: str
    fingerprint: str = ""
    correlation_id: str | None = None
    causation_id: str | None = None
    traceparent: str | None = None


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What a write answers. `position` is where in the log it stands, e.g. ``registry:123``."""

    id: str
    version: int
    position: str
    events: tuple[str, ...]


class Loaded(msgspec.Struct, frozen=True):
    """A folded stream. `version` is 0 for a stream that does not exist."""

    state: Any
    version: int
    position: int


class CommandBus:
    def __init__(self, log: EventLog, catalogue: Catalogue) -> None:
        self.log = log
        self.catalogue = catalogue

    def load(self, decider: Decider[Any, Any], id_: str) -> Loaded:
        state, version, position = decider.initial, 0, 0
        for commit in self.log.stream(decider.stream(id_)):
            state = decider.fold(self.events_of(commit), state)
            version, position = commit.last_version, commit.position
        return Loaded(state, version, position)

    def events_of(self, commit: Commit) -> list[Event]:
        return [self.catalogue.decode(record) for record in commit.events]

    def history(self, decider: Decider[Any, Any], id_: str) -> list[Commit]:
        return list(self.log.stream(decider.stream(id_)))

    def repeated(self, context: CommandContext) -> Receipt | None:
        """The receipt of an earlier run of the same command, if there was one.

        Raises `CommandReused` when that run was for a different request.
        """
        stored = self.log.by_command(context.command_id)
        if stored is None:
            return None
        return self._receipt(same_request(stored, context.fingerprint).commit)

    def execute(
        self,
        decider: Decider[C, S],
        id_: str,
        command: C,
        context: CommandContext,
        *,
        expected_version: int | None = None,
        guard: Callable[[S], None] | None = None,
    ) -> Receipt:
        """Run one command. `guard(state)` may raise before anything is decided (rights that depend on state).

        `expected_version` (from If-Match): `PreconditionFailed` when the stream is at another version.
        Raises what `decide` raises, and what `EventLog.append` raises; conflicts only after `ATTEMPTS`.
        """
        repeated = self.repeated(context)
        if repeated is not None:
            return repeated
        for attempt in range(1, ATTEMPTS + 1):
            loaded = self.load(decider, id_)
            if expected_version is not None and loaded.version != expected_version:
                raise PreconditionFailed(
                    f"You read version {expected_version}; it is now {loaded.version}. "
                    "Read it again and decide anew."
                )
            if guard is not None:
                guard(loaded.state)
            events = decider.decide(command, loaded.state)
            if not events:
                return self._unchanged(id_, loaded)
            try:
                return self._receipt(
                    self.log.append(self._commit(decider, id_, loaded, events, context)).commit
                )
            except VersionConflict:
                if attempt == ATTEMPTS or expected_version is not None:
                    raise
        raise AssertionError("unreachable")

    def _commit(
        self,
        decider: Decider[Any, Any],
        id_: str,
        loaded: Loaded,
        events: Sequence[Event],
        context: CommandContext,
    ) -> NewCommit:
        return NewCommit(
            stream=decider.stream(id_),
            version=loaded.version + 1,
            events=tuple(self.catalogue.encode(event, new_id()) for event in events),
            command_id=context.command_id,
            fingerprint=context.fingerprint,
            actor=context.actor,
            claims=decider.claims(loaded.state, events),
            correlation_id=context.correlation_id,
            causation_id=context.causation_id,
            traceparent=context.traceparent,
        )

    def _receipt(self, commit: Commit) -> Receipt:
        return Receipt(
            id=commit.stream.partition(":")[2],
            version=commit.last_version,
            position=f"{self.log.source}:{commit.position}",
            events=tuple(event.id for event in commit.events),
        )

    def _unchanged(self, id_: str, loaded: Loaded) -> Receipt:
        return Receipt(
            id=id_, version=loaded.version, position=f"{self.log.source}:{loaded.position}", events=()
        )
