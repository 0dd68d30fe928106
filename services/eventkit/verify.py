"""Walks a log's chain and names the first commit that does not hold, and what was done to it.

Needs the stored bytes alone; shares with the writers only what a commit is and how it is hashed. A chain that
was written anew from some commit on holds in itself: that is found by the roots of earlier checkpoints.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from services.eventkit.commits import GENESIS, Commit, decode_body, hash_of, index_copies
from services.eventkit.proof.merkle import Accumulator

#: Commits between two calls of `progress`.
STEP = 5000

Document = Mapping[str, Any]
Progress = Callable[[int], None]


class Fault(StrEnum):
    CHANGED = "changed"
    REMOVED = "removed"
    INSERTED = "inserted"
    REORDERED = "reordered"
    #: The log ends before the last checkpoint.
    CUT = "cut"
    #: The chain holds, but it is not the one of which a checkpoint was signed.
    REWRITTEN = "rewritten"


class Verdict(NamedTuple):
    """`whole`, or where the first commit stands that does not hold, why, and what was done; `checked`: how
    many were found in order before anything was wrong."""

    whole: bool
    checked: int
    position: int = 0
    reason: str = ""
    fault: Fault | None = None


class _Stored(NamedTuple):
    body: bytes
    hash: str
    document: Document | None


class _Broken(Exception):
    def __init__(self, fault: Fault, position: int, reason: str) -> None:
        super().__init__(reason)
        self.fault, self.position, self.reason = fault, position, reason


def verify_bodies(
    stored: Iterable[tuple[bytes, str]],
    roots: Mapping[int, bytes] | None = None,
    progress: Progress = lambda checked: None,
) -> Verdict:
    """`stored`: (canonical bytes, stored hash) in order of position, from the first. `roots`: size -> Merkle
    root by the checkpoints; `progress` is told how many are checked."""
    return _verify((_Stored(body, hash_, None) for body, hash_ in stored), roots or {}, progress)


def verify_documents(
    documents: Iterable[Document],
    roots: Mapping[int, bytes] | None = None,
    progress: Progress = lambda checked: None,
) -> Verdict:
    """`documents` of a log's collection in order of `_id`: also compares all that stands beside the body."""
    stored = (_Stored(bytes(each["body"]), each["hash"], each) for each in documents)
    return _verify(stored, roots or {}, progress)


def _verify(stored: Iterator[_Stored], roots: Mapping[int, bytes], progress: Progress) -> Verdict:
    walk = _Walk(roots)
    try:
        for each in stored:
            walk.take(each, stored)
            if walk.checked % STEP == 0:
                progress(walk.checked)
        walk.end()
    except _Broken as broken:
        return Verdict(False, walk.checked, broken.position, broken.reason, broken.fault)
    return Verdict(True, walk.checked)


class _Walk:
    """The commits that held so far."""

    def __init__(self, roots: Mapping[int, bytes]) -> None:
        self.checked = 0
        self._prev = self._before = GENESIS
        self._versions: dict[str, int] = {}
        self._roots = roots
        self._proven = 0
        self._tree = Accumulator()

    def take(self, stored: _Stored, rest: Iterator[_Stored]) -> None:
        """Raises `_Broken`; then `rest` was read to tell what was done."""
        expected = self.checked + 1
        if hash_of(stored.body) != stored.hash:
            why = "the bytes do not give the stored hash: the commit was changed"
            raise _Broken(Fault.CHANGED, expected, why)
        try:
            commit = decode_body(stored.body)
        except ValueError as error:
            raise _Broken(Fault.CHANGED, expected, f"the bytes are not a commit: {error}") from error
        self._in_place(commit, stored.hash, rest)
        if commit.version != self._versions.get(commit.stream, 0) + 1:
            why = f"version {commit.version} of {commit.stream} does not follow the one before"
            raise _Broken(Fault.REWRITTEN, expected, why)
        if stored.document is not None and (why := _false_copy(commit, stored.document)):
            raise self._misplaced(commit, stored.document, why, rest)
        self._before, self._prev, self.checked = self._prev, stored.hash, expected
        self._versions[commit.stream] = commit.last_version
        self._compare_root(stored.body)

    def end(self) -> None:
        known = max(self._roots, default=0)
        if self.checked < known:
            why = f"the log ends at {self.checked}; a checkpoint says that it had {known} commits"
            raise _Broken(Fault.CUT, self.checked + 1, why)

    def _in_place(self, commit: Commit, hash_: str, rest: Iterator[_Stored]) -> None:
        expected, says = self.checked + 1, f"says position {commit.position}"
        if commit.position == expected and commit.prev == self._prev:
            return
        if commit.position == expected:
            raise self._replaced(expected, hash_, rest)
        if commit.position == expected - 1 and commit.prev == self._before and hash_ != self._prev:
            raise self._twofold(expected, hash_, rest)
        if commit.position < expected:
            raise _Broken(Fault.INSERTED, expected, f"{says}: a commit was inserted")
        if any(self._is_next(each) for each in rest):
            raise _Broken(Fault.REORDERED, expected, f"{says}: commits were put in another order")
        raise _Broken(Fault.REMOVED, expected, f"{says}: what stood before it was removed")

    def _twofold(self, expected: int, hash_: str, rest: Iterator[_Stored]) -> _Broken:
        """Of two for one position, the one was inserted that the commit after them does not name."""
        following = next(rest, None)
        if following is not None and _prev_of(following) == self._prev:
            why = f"says position {expected - 1}, where another stands: a commit was inserted"
            return _Broken(Fault.INSERTED, expected, why)
        why = f"the commit after it says position {expected - 1} too: it was inserted"
        return _Broken(Fault.INSERTED, expected - 1, why)

    def _misplaced(self, commit: Commit, document: Document, why: str, rest: Iterator[_Stored]) -> _Broken:
        """One that fits but for what stands beside it: it was inserted, if the next one fits as well."""
        if document.get("_id") != commit.position:
            following = next(rest, None)
            if following is not None and self._is_next(following):
                return _Broken(Fault.INSERTED, commit.position, f"{why}: it was inserted")
        return _Broken(Fault.CHANGED, commit.position, why)

    def _replaced(self, expected: int, hash_: str, rest: Iterator[_Stored]) -> _Broken:
        """Of two neighbours that do not fit, the one is genuine that the commit after them names."""
        following = next(rest, None)
        if following is not None and _prev_of(following) == hash_ and expected > 1:
            why = "the commit after it does not name it as the one before it: it was replaced"
            return _Broken(Fault.CHANGED, expected - 1, why)
        why = "does not name the commit before it: one of the two was replaced"
        return _Broken(Fault.CHANGED, expected, why)

    def _is_next(self, stored: _Stored) -> bool:
        return _prev_of(stored) == self._prev

    def _compare_root(self, body: bytes) -> None:
        if not self._roots:
            return
        self._tree.append(body)
        root = self._roots.get(self.checked)
        if root is None:
            return
        if root != self._tree.root():
            first = self._proven + 1
            why = f"a checkpoint was signed of other commits {first} to {self.checked}: they were rewritten"
            raise _Broken(Fault.REWRITTEN, first, why)
        self._proven = self.checked


def _prev_of(stored: _Stored) -> str | None:
    try:
        return decode_body(stored.body).prev
    except ValueError:
        return None


def _false_copy(commit: Commit, document: Document) -> str:
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
