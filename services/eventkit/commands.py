"""From a command to a commit: load, guard, decide, append; decide again when another writer was first."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import msgspec

from services.eventkit.commits import Commit, NewCommit
from services.eventkit.decider import Decider
from services.eventkit.errors import Busy, PreconditionFailed, SxshError, VersionConflict
from services.eventkit.events import Catalogue, Event
from services.eventkit.ids import new_id
from services.eventkit.log import EventLog, StoredCommit, already_taken, same_request
from services.eventkit.states import EVERY, WINDOW, Kept, States

S = TypeVar("S")
C = TypeVar("C")

#: How often a command is decided anew after losing races, before the conflict is the caller's.
ATTEMPTS = 12
#: Seconds for which many commands at once wait for a log that is busy, before they are told so.
BUSY_FOR = 15.0


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


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """Commands to one stream that stand or fall together, under one context: `execute` for many of them.

    `guard(state)` may raise before anything is decided.
    """

    decider: Decider[Any, Any]
    id: str
    commands: tuple[Any, ...]
    context: CommandContext
    guard: Callable[[Any], None] | None = None

    @property
    def stream(self) -> str:
        return self.decider.stream(self.id)


class Loaded(msgspec.Struct, frozen=True):
    """A folded stream. `version` is 0 for a stream that does not exist."""

    state: Any
    version: int
    position: int


class CommandBus:
    """With `states`, those of long streams are kept there, and a stream is read from where one was kept."""

    def __init__(self, log: EventLog, catalogue: Catalogue, states: States | None = None) -> None:
        self.log = log
        self.catalogue = catalogue
        self._states = states

    def load(self, decider: Decider[Any, Any], id_: str) -> Loaded:
        stream = decider.stream(id_)
        if self._states is None or decider.state is None:
            return self._folded(decider, self.log.stream(stream))
        recent = self.log.tail(stream, WINDOW)
        if not recent or recent[0].commit.version == 1:
            return self._folded(decider, (stored.commit for stored in recent))
        return self._load_long(self._states, decider, stream, recent)

    def _load_long(
        self, states: States, decider: Decider[Any, Any], stream: str, recent: Sequence[StoredCommit]
    ) -> Loaded:
        kept = states.before(self.log, decider, stream, recent)
        begin = kept.version + 1 if kept else 1
        commits = [stored.commit for stored in recent if stored.commit.version >= begin]
        if recent[0].commit.version > begin:
            commits = list(self.log.stream(stream, begin))
        start = Loaded(kept.state, kept.version, kept.position) if kept else None
        loaded, last = self._folded(decider, commits, start), recent[-1]
        if len(commits) >= EVERY and loaded.position == last.commit.position:
            states.keep(decider, stream, Kept(loaded.state, loaded.version, loaded.position, last.hash))
        return loaded

    def _folded(
        self, decider: Decider[Any, Any], commits: Iterable[Commit], start: Loaded | None = None
    ) -> Loaded:
        begin = start or Loaded(decider.initial, 0, 0)
        state, version, position = begin.state, begin.version, begin.position
        for commit in commits:
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

    def execute_many(self, works: Sequence[Work]) -> list[Receipt | SxshError]:
        """Run each as `execute` would, a thousand for the price of few questions; an error stands at its
        work's place and hinders no other. Works of one stream run in their order, one a round. While the log
        is `Busy` it waits, and tries those again that were not taken.
        """
        results = self._repeats(works)
        attempts = [0] * len(works)
        until = time.monotonic() + BUSY_FOR
        while left := [index for index, result in enumerate(results) if result is None]:
            now = sorted({works[index].stream: index for index in reversed(left)}.values())
            loaded = self.load_many((works[index].decider, works[index].id) for index in now)
            commits: dict[int, NewCommit] = {}
            for index in now:
                commit = self._decided(works[index], loaded[works[index].stream])
                if isinstance(commit, NewCommit):
                    commits[index] = commit
                else:
                    results[index] = commit
            stored = self.log.append_many(list(commits.values()))
            pause = 0.0
            for index, result in zip(commits, stored, strict=True):
                attempts[index] += 1
                if isinstance(result, StoredCommit):
                    results[index] = self._receipt(result.commit)
                elif isinstance(result, Busy) and time.monotonic() < until:
                    pause = result.retry_after
                elif not isinstance(result, VersionConflict) or attempts[index] >= ATTEMPTS:
                    results[index] = result
            time.sleep(pause)
        return [result for result in results if result is not None]

    def rehearse_many(self, works: Sequence[Work]) -> list[Receipt | SxshError]:
        """What `execute_many` would answer if nothing else were written meanwhile; writes nothing.

        A receipt says where the stream stands now. Of several works of one stream, or of one claim, each is
        judged as if it were alone.
        """
        results = self._repeats(works)
        left = [index for index, result in enumerate(results) if result is None]
        loaded = self.load_many((works[index].decider, works[index].id) for index in left)
        claims: dict[str, int] = {}
        for index in left:
            work = works[index]
            decided = self._decided(work, loaded[work.stream])
            if isinstance(decided, NewCommit):
                claims |= dict.fromkeys(decided.claims, index)
                decided = self._unchanged(work.id, loaded[work.stream])
            results[index] = decided
        for claim in self.log.claimed(claims):
            results[claims[claim]] = already_taken(claim)
        return [result for result in results if result is not None]

    def load_many(self, wanted: Iterable[tuple[Decider[Any, Any], str]]) -> dict[str, Loaded]:
        """By stream, what `load` would give of each (decider, id)."""
        deciders = {decider.stream(id_): decider for decider, id_ in wanted}
        found = self.log.streams(deciders) if deciders else {}
        return {stream: self._folded(decider, found.get(stream, ())) for stream, decider in deciders.items()}

    def _repeats(self, works: Sequence[Work]) -> list[Receipt | SxshError | None]:
        earlier = self.log.by_commands({work.context.command_id for work in works}) if works else {}
        results: list[Receipt | SxshError | None] = []
        for work in works:
            stored = earlier.get(work.context.command_id)
            try:
                again = None if stored is None else same_request(stored, work.context.fingerprint)
            except SxshError as reused:
                results.append(reused)
            else:
                results.append(None if again is None else self._receipt(again.commit))
        return results

    def _decided(self, work: Work, loaded: Loaded) -> NewCommit | Receipt | SxshError:
        """The commit to append; a receipt when nothing changes; the error that speaks against it."""
        state, events = loaded.state, list[Event]()
        try:
            if work.guard is not None:
                work.guard(state)
            for command in work.commands:
                new = work.decider.decide(command, state)
                events += new
                state = work.decider.fold(new, state)
        except SxshError as error:
            return error
        if not events:
            return self._unchanged(work.id, loaded)
        return self._commit(work.decider, work.id, loaded, events, work.context)

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
