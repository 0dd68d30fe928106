"""The event log's contract. Two implementations pass one conformance suite: `memory_log` and `mongo_log`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from services.eventkit.commits import Commit, NewCommit


class StoredCommit(NamedTuple):
    """A commit with the bytes that were hashed."""

    commit: Commit
    body: bytes
    hash: str


class EventLog(Protocol):
    """An append-only sequence of commits at positions 1, 2, 3 … without gaps.

    A reader that has seen position n has seen, or can read, everything before it.
    """

    source: str

    def append(self, new: NewCommit) -> StoredCommit:
        """Append durably (majority, journalled) and return the stored commit.

        A repeat of a `command_id` with the same fingerprint returns the commit stored the first time.
        Raises `VersionConflict` (the stream is not at `version - 1`), `AlreadyTaken` (a claim),
        `CommandReused`, or `Unavailable` (unknown whether written: repeat with the same command id).
        """
        ...

    def append_many(self, commits: Sequence[NewCommit]) -> list[StoredCommit | Exception]:
        """Append each as `append` would; an error stands at its commit's place and hinders no other."""
        ...

    def read(self, after: int = 0, limit: int = 1000) -> list[StoredCommit]:
        """Commits with position > `after`, in order, at most `limit`: only what can never be rolled back."""
        ...

    def stream(self, stream: str, from_version: int = 1) -> Iterator[Commit]:
        """The commits of one stream in order of version."""
        ...

    def by_command(self, command_id: str) -> StoredCommit | None: ...

    def head(self) -> int:
        """The last position that can never be rolled back; 0 when empty."""
        ...
