"""Walks a log's chain and names the first commit that does not hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from services.eventkit.commits import GENESIS, decode_body, hash_of


class Verdict(NamedTuple):
    """`whole`, or where the first commit stands that does not hold, and why. `checked`: how many do."""

    whole: bool
    checked: int
    position: int = 0
    reason: str = ""


def verify_bodies(stored: Iterable[tuple[bytes, str]]) -> Verdict:
    """`stored`: (canonical bytes, stored hash) in order of position, from the first."""
    prev, checked = GENESIS, 0
    versions: dict[str, int] = {}
    for body, hash_ in stored:
        expected = checked + 1
        reason = _fault(body, hash_, expected, prev, versions)
        if reason:
            return Verdict(False, checked, expected, reason)
        prev, checked = hash_, expected
    return Verdict(True, checked)


def _fault(body: bytes, hash_: str, expected: int, prev: str, versions: dict[str, int]) -> str:
    if hash_of(body) != hash_:
        return "the bytes do not give the stored hash: the commit was changed"
    commit = decode_body(body)
    if commit.position != expected:
        return f"says position {commit.position}: a commit was removed, inserted or moved"
    if commit.prev != prev:
        return "does not name the commit before it: one of the two was replaced"
    if commit.version != versions.get(commit.stream, 0) + 1:
        return f"version {commit.version} of {commit.stream} does not follow the one before"
    versions[commit.stream] = commit.last_version
    return ""
