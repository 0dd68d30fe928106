"""The boundaries that maps are drawn with: configuration of this service, one set at a time."""

from __future__ import annotations

import hashlib
import time
from datetime import datetime
from typing import Any

import msgspec
from pymongo.database import Database
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from services.kpi.domain.boundaries import Drawn

#: Seconds for which what was read is taken as it is.
FRESH = 2.0


class Stored(msgspec.Struct, frozen=True):
    """`version` names the content of the file they were read from."""

    version: str
    at: datetime
    by: str
    file: str
    drawn: Drawn


class BoundaryBook:
    """Safe to share between threads."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._stored = database.get_collection(
            "boundaries",
            read_concern=ReadConcern("majority"),
            write_concern=WriteConcern(w="majority", wtimeout=10_000),
        )
        self._read = float("-inf")
        self._current: Stored | None = None

    def current(self) -> Stored | None:
        now = time.monotonic()
        if now - self._read > FRESH:
            found = self._stored.find_one({"_id": "current"})
            self._current = None if found is None else msgspec.convert(found, Stored, strict=False)
            self._read = now
        return self._current

    def version(self) -> str:
        """Of what is drawn with; empty without."""
        current = self.current()
        return "" if current is None else current.version

    def keep(self, raw: bytes, drawn: Drawn, by: str, file: str, at: datetime) -> None:
        """In place of what was there."""
        stored = Stored(hashlib.sha256(raw).hexdigest()[:16], at, by, file, drawn)
        self._stored.replace_one(
            {"_id": "current"}, msgspec.to_builtins(stored, builtin_types=(datetime,)), upsert=True
        )
        self._read = float("-inf")

    def drop(self) -> None:
        self._stored.delete_one({"_id": "current"})
        self._read = float("-inf")
