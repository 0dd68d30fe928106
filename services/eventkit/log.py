"""The event log's contract. Two implementations pass one conformance suite: `memory_log` and `mongo_log`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from services.eventkit.commits import EVENTS_PER_COMMIT, Commit, NewCommit
from services.eventkit.errors import AlreadyTaken, CommandReused, InvalidInput, SxshError, VersionConflict

#: Bytes of the events of one commit at most; a MongoDB document holds 16 MiB.
LARGEST = 8_000_000


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
        `CommandReused`, `Unavailable` (unknown whether written: repeat with the same command id), or, of
        these, `Busy` (not written: too much waits to be).
        """
        ...

    def append_many(self, commits: Sequence[NewCommit]) -> list[StoredCommit | SxshError]:
        """Append each as `append` would; an error stands at its commit's place and hinders no other, but that
        all that follows one that is `Busy` is, too."""
        ...

    def read(self, after: int = 0, limit: int = 1000) -> list[StoredCommit]:
        """Commits with position > `after`, in order, at most `limit`: only what can never be rolled back."""
        ...

    def bodies(self, after: int = 0, limit: int = 1000) -> list[bytes]:
        """Like `read`, but only the bytes that were hashed, undecoded."""
        ...

    def at(self, positions: Iterable[int]) -> list[StoredCommit]:
        """The commits that stand at these positions, in order, of those `read` would give."""
        ...

    def stream(self, stream: str, from_version: int = 1) -> Iterator[Commit]:
        """The commits of one stream in order of version."""
        ...

    def tail(self, stream: str, limit: int) -> list[StoredCommit]:
        """The last commits of one stream, at most `limit`, in order of version."""
        ...

    def streams(self, streams: Iterable[str]) -> dict[str, list[Commit]]:
        """The whole of each stream that exists, in order of version, at the price of one question."""
        ...

    def by_command(self, command_id: str) -> StoredCommit | None: ...

    def by_commands(self, command_ids: Iterable[str]) -> dict[str, StoredCommit]:
        """What `by_command` finds of each, at the price of one question; those never run are left out."""
        ...

    def claimed(self, claims: Iterable[str]) -> dict[str, str]:
        """By claim that is taken, the stream that took it."""
        ...

    def head(self) -> int:
        """The last position that can never be rolled back; 0 when empty."""
        ...


def check_new(new: NewCommit) -> None:
    """A commit that no log takes: empty, with more events than can be numbered, or larger than a document."""
    if not 0 < len(new.events) < EVENTS_PER_COMMIT:
        raise InvalidInput(f"A commit holds 1 to {EVENTS_PER_COMMIT - 1} events, not {len(new.events)}.")
    if sum(len(event.data) for event in new.events) > LARGEST:
        raise InvalidInput(f"The events of one commit take {LARGEST:,} bytes at most. Split the request.")


def version_conflict(new: NewCommit) -> VersionConflict:
    return VersionConflict(
        f"{new.stream} is no longer at version {new.version - 1}. Read it again and decide anew."
    )


def already_taken(claim: str) -> AlreadyTaken:
    kind, _, value = claim.partition(":")
    return AlreadyTaken(f"{kind} {value!r} is already taken, and stays so for ever. Choose another.")


def same_request(stored: StoredCommit, fingerprint: str) -> StoredCommit:
    """The stored commit of a repeated command, if it was the same request; else `CommandReused`."""
    if stored.commit.fingerprint != fingerprint:
        raise CommandReused(
            "This Idempotency-Key was used for a different request. Use a fresh key for a new request."
        )
    return stored
