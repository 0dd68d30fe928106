"""Commits: all events of one command, as the exact bytes that are hashed and stored.

The body is JSON with sorted keys and no white space; ``sha256(body)`` is the commit's hash, and the next
body names it in ``prev``. So an auditor with nothing but the feed, a JSON parser and SHA-256 can check a log.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec

from services.eventkit.errors import InvalidInput
from services.eventkit.events import EventRecord

#: `prev` of the first commit.
GENESIS = "0" * 64
#: Before the first commit.
NEVER = datetime.min.replace(tzinfo=UTC)

#: A commit's events are numbered `position * EVENTS_PER_COMMIT + index`: one integer orders a log's events.
EVENTS_PER_COMMIT = 1000

Claims = tuple[str, ...]


class NewCommit(msgspec.Struct, frozen=True, kw_only=True):
    """What a writer hands to the log. `version` is the stream version of the first event (1, 2, …).

    `claims` are values that no other commit of this log may ever claim (``facility-code:NB-001``).
    `fingerprint` identifies the request behind `command_id`, so that a reuse for another request is seen.
    """

    stream: str
    version: Annotated[int, msgspec.Meta(ge=1)]
    events: tuple[EventRecord, ...]
    command_id: str
    actor: str
    fingerprint: str = ""
    claims: Claims = ()
    correlation_id: str | None = None
    causation_id: str | None = None
    traceparent: str | None = None


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """A commit as it stands in the log: the decoded body. Field order is irrelevant; keys are sorted.

    `recorded_at` never goes back from one position to the next: a writer whose clock is behind the last
    commit's takes that one's.
    """

    position: int
    prev: str
    recorded_at: datetime
    stream: str
    version: int
    events: tuple[EventRecord, ...]
    command_id: str
    actor: str
    fingerprint: str = ""
    claims: Claims = ()
    correlation_id: str | None = None
    causation_id: str | None = None
    traceparent: str | None = None

    @property
    def last_version(self) -> int:
        return self.version + len(self.events) - 1

    def sequence(self, index: int) -> int:
        return self.position * EVENTS_PER_COMMIT + index


_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(Commit)


def seal(new: NewCommit, *, position: int, prev: str, recorded_at: datetime) -> tuple[Commit, bytes, str]:
    """Place a commit in the chain: (commit, canonical bytes, hash).

    Raises `InvalidInput` for text that is not Unicode (half of a surrogate pair).
    """
    commit = Commit(
        position=position,
        prev=prev,
        recorded_at=recorded_at,
        stream=new.stream,
        version=new.version,
        events=new.events,
        command_id=new.command_id,
        actor=new.actor,
        fingerprint=new.fingerprint,
        claims=new.claims,
        correlation_id=new.correlation_id,
        causation_id=new.causation_id,
        traceparent=new.traceparent,
    )
    try:
        body = _encoder.encode(commit)
    except UnicodeEncodeError as error:
        raise InvalidInput(f"This text can not be stored: {error}. Send whole characters only.") from error
    return commit, body, hash_of(body)


def hash_of(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def decode_body(body: bytes) -> Commit:
    return _decoder.decode(body)


def index_copies(commit: Commit) -> dict[str, Any]:
    """What a store keeps beside the body, to find a commit by; the body alone is the truth."""
    copies: dict[str, Any] = {
        "stream": commit.stream,
        "version": commit.version,
        "last": commit.last_version,
        "command_id": commit.command_id,
        "recorded_at": commit.recorded_at,
        "subjects": sorted({event.subject for event in commit.events}),
    }
    if commit.claims:
        copies["claims"] = list(commit.claims)
    return copies
