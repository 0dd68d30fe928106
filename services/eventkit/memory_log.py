"""The event log in memory: the same contract as `mongo_log`, for domain tests and small tools."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime

from services.eventkit.commits import GENESIS, NEVER, Commit, NewCommit, seal
from services.eventkit.errors import SxshError
from services.eventkit.log import StoredCommit, already_taken, check_new, same_request, version_conflict


class MemoryLog:
    def __init__(self, source: str, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.source = source
        self._clock = clock
        self._lock = threading.Lock()
        self._commits: list[StoredCommit] = []
        self._versions: dict[str, int] = {}
        self._commands: dict[str, StoredCommit] = {}
        self._claims: dict[str, str] = {}

    def append(self, new: NewCommit) -> StoredCommit:
        check_new(new)
        with self._lock:
            repeated = self._commands.get(new.command_id)
            if repeated is not None:
                return same_request(repeated, new.fingerprint)
            self._check(new)
            prev = self._commits[-1].hash if self._commits else GENESIS
            now = max(self._clock(), self._commits[-1].commit.recorded_at if self._commits else NEVER)
            stored = StoredCommit(*seal(new, position=len(self._commits) + 1, prev=prev, recorded_at=now))
            self._commits.append(stored)
            self._versions[new.stream] = stored.commit.last_version
            self._commands[new.command_id] = stored
            self._claims.update((claim, new.stream) for claim in new.claims)
            return stored

    def _check(self, new: NewCommit) -> None:
        if self._versions.get(new.stream, 0) != new.version - 1:
            raise version_conflict(new)
        for claim in new.claims:
            if claim in self._claims:
                raise already_taken(claim)

    def append_many(self, commits: Sequence[NewCommit]) -> list[StoredCommit | SxshError]:
        results: list[StoredCommit | SxshError] = []
        for commit in commits:
            try:
                results.append(self.append(commit))
            except SxshError as error:
                results.append(error)
        return results

    def read(self, after: int = 0, limit: int = 1000) -> list[StoredCommit]:
        with self._lock:
            return self._commits[after : after + limit]

    def bodies(self, after: int = 0, limit: int = 1000) -> list[bytes]:
        return [stored.body for stored in self.read(after, limit)]

    def at(self, positions: Iterable[int]) -> list[StoredCommit]:
        with self._lock:
            return [self._commits[at - 1] for at in sorted(set(positions)) if 0 < at <= len(self._commits)]

    def stream(self, stream: str, from_version: int = 1) -> Iterator[Commit]:
        with self._lock:
            found = [stored.commit for stored in self._commits if stored.commit.stream == stream]
        return iter([commit for commit in found if commit.version >= from_version])

    def tail(self, stream: str, limit: int) -> list[StoredCommit]:
        with self._lock:
            return [stored for stored in self._commits if stored.commit.stream == stream][-limit:]

    def streams(self, streams: Iterable[str]) -> dict[str, list[Commit]]:
        wanted = set(streams)
        found: dict[str, list[Commit]] = {}
        with self._lock:
            for stored in self._commits:
                if stored.commit.stream in wanted:
                    found.setdefault(stored.commit.stream, []).append(stored.commit)
        return found

    def by_command(self, command_id: str) -> StoredCommit | None:
        with self._lock:
            return self._commands.get(command_id)

    def by_commands(self, command_ids: Iterable[str]) -> dict[str, StoredCommit]:
        with self._lock:
            return {id_: self._commands[id_] for id_ in command_ids if id_ in self._commands}

    def claimed(self, claims: Iterable[str]) -> dict[str, str]:
        with self._lock:
            return {claim: self._claims[claim] for claim in claims if claim in self._claims}

    def head(self) -> int:
        with self._lock:
            return len(self._commits)
