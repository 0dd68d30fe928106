"""Walks a log's chain and names the first commit that does not hold.

Needs the stored bytes alone; shares with the writers only what a commit is and how it is hashed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from services.eventkit.commits import GENESIS, Commit, decode_body, hash_of, index_copies


class Verdict(NamedTuple):
    """`whole`, or where the first commit stands that does not hold, and why. `checked`: how many do."""

    whole: bool
    checked: int
    position: int = 0
    reason: str = ""


class _Chain:
    """The commits that held so far."""

    def __init__(self) -> None:
        self.prev = GENESIS
        self.checked = 0
        self._versions: dict[str, int] = {}

    def follow(self, body: bytes, hash_: str) -> tuple[Commit | None, str]:
        """(the next commit, why it does not hold); an empty reason when it does."""
        if hash_of(body) != hash_:
            return None, "the bytes do not give the stored hash: the commit was changed"
        try:
            commit = decode_body(body)
        except msgspec.DecodeError as error:
            return None, f"the bytes are not a commit: {error}"
        reason = self._fault(commit)
        if not reason:
            self.prev, self.checked = hash_, self.checked + 1
            self._versions[commit.stream] = commit.last_version
        return commit, reason

    def _fault(self, commit: Commit) -> str:
        if commit.position != self.checked + 1:
            return f"says position {commit.position}: a commit was removed, inserted or moved"
        if commit.prev != self.prev:
            return "does not name the commit before it: one of the two was replaced"
        if commit.version != self._versions.get(commit.stream, 0) + 1:
            return f"version {commit.version} of {commit.stream} does not follow the one before"
        return ""


def verify_bodies(stored: Iterable[tuple[bytes, str]]) -> Verdict:
    """`stored`: (canonical bytes, stored hash) in order of position, from the first."""
    chain = _Chain()
    for body, hash_ in stored:
        expected = chain.checked + 1
        _, reason = chain.follow(body, hash_)
        if reason:
            return Verdict(False, chain.checked, expected, reason)
    return Verdict(True, chain.checked)


def verify_documents(documents: Iterable[Mapping[str, Any]]) -> Verdict:
    """`documents` of a log's collection in order of `_id`: also compares all that stands beside the body."""
    chain = _Chain()
    for document in documents:
        expected = chain.checked + 1
        commit, reason = chain.follow(bytes(document["body"]), document["hash"])
        if commit is not None and not reason:
            reason = _false_copy(commit, document)
        if reason:
            return Verdict(False, expected - 1, expected, reason)
    return Verdict(True, chain.checked)


def _false_copy(commit: Commit, document: Mapping[str, Any]) -> str:
    copies = {"_id": commit.position, **index_copies(commit)}
    kept = {name: value for name, value in document.items() if name not in ("body", "hash")}
    for name in sorted(copies.keys() | kept.keys()):
        if _comparable(copies.get(name)) != _comparable(kept.get(name)):
            return f"{name} beside the body says {kept.get(name)!r}, the body {copies.get(name)!r}"
    return ""


def _comparable(value: Any) -> Any:
    """BSON keeps milliseconds, and a client may be set to leave out the time zone, which is UTC."""
    if not isinstance(value, datetime):
        return value
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return aware.astimezone(UTC).replace(microsecond=aware.microsecond // 1000 * 1000)
