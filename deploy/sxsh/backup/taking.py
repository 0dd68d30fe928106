"""Takes a backup of a running system: a log is only added to, so what it held can be read later."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import msgspec
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from pymongo.read_concern import ReadConcern

from deploy.sxsh.backup.contents import LOGS, MANIFEST, LogEnd, Manifest, Member, collections
from services.eventkit.commits import GENESIS

Progress = Callable[[str, int], None]
#: Documents between two calls of `progress`.
STEP = 5000


def take_backup(
    client: MongoClient[dict[str, Any]],
    target: Path,
    files: Mapping[str, bytes],
    progress: Progress = lambda member, documents: None,
) -> Manifest:
    """Writes `target`, which appears when it is whole and on disk, readable by its owner alone. `files` go in
    by their names. Raises `PyMongoError`, OSError; then there is no `target`."""
    part = target.with_name(f"{target.name}.part")
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        with open(part, "xb", opener=_private) as file:
            with ZipFile(file, "w", ZIP_DEFLATED) as archive:
                ends: dict[str, LogEnd] = {}
                members = {
                    name: _copied(client, archive, name, database, collection, ends, progress)
                    for name, database, collection in collections()
                }
                members |= {name: _put(archive, name, content) for name, content in files.items()}
                manifest = Manifest(made_at, {log: ends[log] for log in LOGS}, members)
                archive.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
            file.flush()
            os.fsync(file.fileno())
        part.rename(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return manifest


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _copied(
    client: MongoClient[dict[str, Any]],
    archive: ZipFile,
    name: str,
    database: str,
    collection: str,
    ends: dict[str, LogEnd],
    progress: Progress,
) -> Member:
    """A collection; of a log what it holds now, of its checkpoints those of no more than was taken."""
    options = client.codec_options.with_options(document_class=RawBSONDocument)
    stored = client[database].get_collection(
        collection,
        codec_options=options,
        read_concern=ReadConcern("majority"),
    )
    log, query = name.partition("/")[0], {}
    if collection == "log":
        last = stored.find_one({}, {"hash": 1}, sort=[("_id", -1)])
        ends[log] = LogEnd(0, GENESIS) if last is None else LogEnd(int(last["_id"]), str(last["hash"]))
    if collection in ("log", "signed_checkpoints"):
        query = {"_id": {"$lte": ends[log].commits}}
    found: Iterable[Any] = stored.find(query, sort=[("_id", 1)], batch_size=1000)
    digest, size, documents = sha256(), 0, 0
    with archive.open(name, "w", force_zip64=True) as member:
        for document in found:
            member.write(document.raw)
            digest.update(document.raw)
            size, documents = size + len(document.raw), documents + 1
            if documents % STEP == 0:
                progress(name, documents)
    progress(name, documents)
    return Member(digest.hexdigest(), size, documents, database, collection)


def _put(archive: ZipFile, name: str, content: bytes) -> Member:
    archive.writestr(name, content)
    return Member(sha256(content).hexdigest(), len(content))
