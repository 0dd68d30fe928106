"""What may be used once, within minutes: found again by a secret of which only the hash is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo.database import Database


class Tickets:
    """Kept in MongoDB, so that any worker finds them, and none finds one twice; it drops the old ones."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._kept = database["tickets"]

    def prepare(self) -> None:
        self._kept.create_index("until", expireAfterSeconds=0)

    def put(self, kind: str, secret: str, content: Mapping[str, Any], seconds: float) -> None:
        until = datetime.now(UTC) + timedelta(seconds=seconds)
        self._kept.insert_one({**content, "_id": _hash(kind, secret), "until": until})

    def look(self, kind: str, secret: str) -> dict[str, Any] | None:
        """Its content, which can still be taken afterwards."""
        return self._kept.find_one(_valid(kind, secret))

    def take(self, kind: str, secret: str, **as_said: Any) -> dict[str, Any] | None:
        """Its content, this once. None when there is none such, it was taken before, is too old, or its
        content is not `as_said`."""
        return self._kept.find_one_and_delete({**_valid(kind, secret), **as_said})


def _valid(kind: str, secret: str) -> dict[str, Any]:
    return {"_id": _hash(kind, secret), "until": {"$gt": datetime.now(UTC)}}


def _hash(kind: str, secret: str) -> str:
    return hashlib.sha256(f"{kind} {secret}".encode("utf-8", "surrogatepass")).hexdigest()
