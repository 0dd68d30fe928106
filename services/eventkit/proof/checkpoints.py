"""Checkpoints of a log: made now and then by the process that publishes it, kept where they can be compared.

They go into the database, into a topic and into a file that is only ever added to; the file and the topic's
readers can live elsewhere, so that whoever rewrites a whole log is contradicted by what was signed before.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pymongo.database import Database

from services.eventkit.log import EventLog
from services.eventkit.proof.notes import Checkpoint, Signer, VerifierKey, opened
from services.eventkit.proof.tree import LogTree
from services.eventkit.replacing import replace_older
from services.eventkit.telemetry import metrics

#: Seconds after which a log is signed again in which nothing is new.
QUIET = 600.0
#: Ends a note in a file of notes.
_BETWEEN = "\n"

Sink = Callable[[str], None]


class Signs(Protocol):
    def sign(self, text: str) -> str:
        """The note: the text with its signature."""
        ...


class Checkpointer:
    """Not for several threads. `sinks` are given each note; what one of them raises is raised. A log in which
    nothing is new is signed again every `quiet` seconds, so that its silence is signed too."""

    def __init__(
        self,
        log: EventLog,
        database: Database[dict[str, Any]],
        signer: Signs,
        sinks: Sequence[Sink] = (),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        quiet: float = QUIET,
    ) -> None:
        self._log = log
        self._tree = LogTree(database)
        self._notes = Notes(database)
        self._signer = signer
        self._sinks = sinks
        self._clock, self._quiet = clock, quiet

    def make(self) -> Checkpoint | None:
        """Sign what the log holds now; None when that was signed lately. All that the log held at the time
        which is signed with it is in it: the clock is read first."""
        at = self._clock()
        size = self._tree.extend(self._log)
        last = self._notes.last()
        if last is not None:
            known = Checkpoint.parse(last)
            _measure(self._log.source, known)
            if size < known.size or (size == known.size and (at - known.at).total_seconds() < self._quiet):
                return None
        made = Checkpoint(f"sxsh/{self._log.source}", size, self._tree.root(size), at)
        note = self._signer.sign(made.text())
        for sink in self._sinks:
            sink(note)
        self._notes.add(made, note)
        _measure(self._log.source, made)
        return made


def _measure(source: str, last: Checkpoint) -> None:
    metrics.checkpoint_position.labels(source).set(last.size)
    metrics.checkpoint_at.labels(source).set(last.at.timestamp())


class Notes:
    """The checkpoints in the log's database: of each size the first, and the last where there are several."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._notes = database["signed_checkpoints"]

    def size(self) -> int:
        last = self._notes.find_one({}, {"_id": 1}, sort=[("_id", -1)])
        return 0 if last is None else int(last["_id"])

    def add(self, made: Checkpoint, note: str) -> None:
        if not self._notes.update_one({"_id": made.size}, {"$set": {"again": note}}).matched_count:
            replace_older(self._notes, [{"_id": made.size, "note": note, "size": made.size}], "size")

    def all(self) -> Iterator[str]:
        for found in self._notes.find({}, sort=[("_id", 1)]):
            yield found["note"]
            if "again" in found:
                yield found["again"]

    def last(self) -> str | None:
        """The one signed last."""
        found = self._notes.find_one({}, sort=[("_id", -1)])
        return None if found is None else str(found.get("again", found["note"]))

    def of(self, size: int) -> str | None:
        """The first of just so many commits."""
        found = self._notes.find_one({"_id": size})
        return None if found is None else str(found["note"])

    def beyond(self, size: int, limit: int) -> list[str]:
        """Those of more commits, in order, at most `limit`."""
        return [
            each["note"] for each in self._notes.find({"_id": {"$gt": size}}, sort=[("_id", 1)]).limit(limit)
        ]


def file_sink(path: Path) -> Sink:
    """Adds to the file, on disk before it returns."""

    return lambda note: _add(path, note + _BETWEEN)


def notes_in(text: str) -> Iterator[str]:
    """The notes of a file written by `file_sink`; a half-written last one is left out."""
    note = ""
    for block in text.split("\n\n")[:-1]:
        if block.startswith("\N{EM DASH} "):
            yield f"{note}\n\n{block}\n"
            note = ""
        else:
            note = block


def roots_of(
    notes: Iterable[str], keys: Sequence[VerifierKey], origin: str | None = None
) -> dict[int, bytes]:
    """Size -> root of what was signed. Raises `notes.NotSigned` for a note that none of the keys signed, and
    ValueError for one of another log than `origin`, or when two of them contradict each other."""
    roots: dict[int, bytes] = {}
    for note in notes:
        checkpoint = Checkpoint.parse(opened(note, keys)[0])
        if origin is not None and checkpoint.origin != origin:
            raise ValueError(f"A checkpoint of {checkpoint.origin} stands among those of {origin}.")
        if roots.setdefault(checkpoint.size, checkpoint.root) != checkpoint.root:
            raise ValueError(f"Two checkpoints of {checkpoint.size} commits differ: the log was rewritten.")
    return roots


def signer_of(source: str, path: Path) -> Signer:
    """Of a log, with an Ed25519 private key as PEM; named after the log and the file, or the one that a link
    leads to. Raises ValueError for another key, OSError without the file."""
    path = path.resolve()
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(
            f"{path} is no Ed25519 key. Make one: openssl genpkey -algorithm ed25519 -out {path}"
        )
    return Signer(f"sxsh/{source}/{path.stem}", key)


class FileSigner:
    """Signs with the key that the file, or the link, leads to at that moment: a new key needs no restart.

    The public part of each key is added to the file `known` before it signs for the first time: what it
    signed is verified by that when the key itself is gone.
    """

    def __init__(self, source: str, path: Path, known: Path | None = None) -> None:
        self._source, self._path, self._known = source, path, known

    def sign(self, text: str) -> str:
        """Raises as `signer_of` does."""
        signer = signer_of(self._source, self._path)
        if self._known is not None and str(signer.verifier) not in _lines(self._known):
            _add(self._known, f"{signer.verifier}\n")
        return signer.sign(text)


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines() if path.exists() else []


def _add(path: Path, text: str) -> None:
    """On disk before it returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
