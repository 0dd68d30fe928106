"""Reports that were made when they were due: kept as they were, each once, none ever overwritten."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from bson import Binary
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from services.eventkit.errors import NotFound
from services.kpi.reports.reading import Report

Document = dict[str, Any]


class Made(NamedTuple):
    """`sha256` is of the file's bytes."""

    id: str
    plan: str
    period: str
    language: str
    format: str
    position: dict[str, int]
    rules: str
    official_id: str | None
    sha256: str
    size: int
    made_at: datetime


class Kept:
    """In the collection `reports` of the service's database."""

    def __init__(self, database: Database[Document]) -> None:
        self._files = database.get_collection(
            "reports",
            write_concern=WriteConcern(w="majority", wtimeout=10_000),
            read_concern=ReadConcern("majority"),
        )

    def prepare(self) -> None:
        self._files.create_index([("plan", 1), ("period", 1), ("made_at", -1)], name="of_plan")

    def has(self, id_: str) -> bool:
        return self._files.find_one({"_id": id_}, {"_id": 1}) is not None

    def put(self, id_: str, report: Report, format_: str, language: str, content: bytes) -> bool:
        """Keep a file; False when it was kept before, and stays as it was."""
        told = report.content
        document = {
            "_id": id_,
            "plan": told["plan"]["id"],
            "period": period_of(report),
            "language": language,
            "format": format_,
            "position": told["position"],
            "rules": f"{told['rules']['id']}@{told['rules']['version']}",
            "official_id": told["official"] and told["official"]["official_id"],
            "sha256": hashlib.sha256(content).hexdigest(),
            "size": len(content),
            "made_at": datetime.now(UTC),
            "content": Binary(content),
        }
        try:
            self._files.insert_one(document)
        except DuplicateKeyError:
            return False
        return True

    def of(self, plan_id: str) -> Iterator[Made]:
        """The last made first."""
        for found in self._files.find({"plan": plan_id}, {"content": 0}).sort([("made_at", -1), ("_id", 1)]):
            yield _made(found)

    def get(self, id_: str) -> tuple[Made, bytes]:
        """Raises `NotFound`."""
        found = self._files.find_one({"_id": id_})
        if found is None:
            raise NotFound("No such report is kept. See /api/v1/reports for those that are.")
        return _made(found), bytes(found["content"])


def kept_id(report: Report, format_: str, language: str) -> str:
    """Names all that the file depends on: the content has period, positions, rules and what is official."""
    digest = hashlib.sha256(report.body).hexdigest()[:16]
    return f"{report.id}.{digest}.{language}.{format_}"


def period_of(report: Report) -> str:
    said = report.content["report"]
    return f"{said['year']}" if said["quarter"] is None else f"{said['year']}-Q{said['quarter']}"


def _made(found: Mapping[str, Any]) -> Made:
    return Made(found["_id"], *(found[name] for name in Made._fields[1:]))
