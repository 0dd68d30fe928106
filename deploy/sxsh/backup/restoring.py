"""Restores a backup into an empty database. Nothing is written before all of it has been found to hold."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile, ZipFile

from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.write_concern import WriteConcern

from deploy.sxsh.backup.contents import (
    KEYS,
    LOGS,
    REVOKED,
    Document,
    Manifest,
    Unusable,
    collections,
    documents_of,
    manifest_of,
)
from services.eventkit.mongo_log import MongoLog
from services.eventkit.persons import MemoryKeys, PersonVault
from services.eventkit.proof.checkpoints import roots_of
from services.eventkit.proof.notes import VerifierKey
from services.eventkit.verify import verify_documents

Progress = Callable[[str], None]
#: Documents written at once.
BATCH = 1000
_READ = 1 << 20


class Restored(NamedTuple):
    """`signed`: of how many commits of each log a checkpoint in the backup shows that they are what was
    recorded."""

    manifest: Manifest
    signed: dict[str, int]


def restore_backup(
    client: MongoClient[Document],
    source: Path,
    master_key: bytes | None,
    keys_of: Callable[[str], Sequence[VerifierKey]],
    progress: Progress = lambda step: None,
) -> Restored:
    """`keys_of` gives the keys that sign the checkpoints of a log; without any, signatures are not checked.
    With `master_key` it is seen that persons will be readable.

    Raises `Unusable` for a backup that is altered or not whole, a log whose chain or signatures do not hold,
    another master key, and a database that is not empty; then nothing was written. `PyMongoError` may leave a
    part of it: drop that.
    """
    try:
        with ZipFile(source) as archive:
            manifest = manifest_of(archive)
            progress("comparing every byte with the manifest")
            _compare(archive, manifest)
            _ensure_empty(client)
            signed = {}
            for log in LOGS:
                progress(f"walking the chain of {log}")
                signed[log] = _verified(log, archive, manifest, keys_of(log))
            if master_key is not None:
                _ensure_opens(archive, master_key)
            for name, database, collection in collections():
                if name not in manifest.members:
                    continue
                progress(f"writing {name}")
                _write(_durable(client, database, collection), documents_of(archive, name))
    except (BadZipFile, zlib.error, EOFError) as error:
        raise Unusable(f"{source} can not be read as a backup: {error}.") from None
    for log in LOGS:
        progress(f"reading {log} again")
        MongoLog(client[f"sxsh_{log}"], log).prepare()
        verdict = verify_documents(client[f"sxsh_{log}"]["log"].find().sort("_id", 1))
        if not verdict.whole or verdict.checked != manifest.logs[log].commits:
            raise Unusable(
                f"What was written of {log} does not hold: {verdict.reason}. Drop it and try again."
            )
    return Restored(manifest, signed)


def _compare(archive: ZipFile, manifest: Manifest) -> None:
    needed = {name for name, _, collection in collections() if collection != REVOKED}
    lacking = needed - manifest.members.keys()
    if lacking:
        raise Unusable(f"This backup lacks {', '.join(sorted(lacking))}.")
    there = set(archive.namelist())
    for name, member in manifest.members.items():
        digest, size = sha256(), 0
        if name in there:
            with archive.open(name) as stream:
                while read := stream.read(_READ):
                    digest.update(read)
                    size += len(read)
        if (digest.hexdigest(), size) != (member.sha256, member.bytes):
            raise Unusable(f"{name} in this backup is not what was written: take another backup.")


def _ensure_empty(client: MongoClient[Document]) -> None:
    for _, database, collection in collections():
        found = client[database][collection].estimated_document_count()
        if found:
            raise Unusable(
                f"The database is not empty: {database}.{collection} has {found} documents. A backup is "
                "restored into an empty one; nothing was changed. Restore elsewhere, or drop that first."
            )


def _verified(log: str, archive: ZipFile, manifest: Manifest, keys: Sequence[VerifierKey]) -> int:
    notes = [
        note
        for each in documents_of(archive, f"{log}/signed_checkpoints.bson")
        for note in (each["note"], each.get("again"))
        if note is not None
    ]
    try:
        roots = roots_of(notes, keys, f"sxsh/{log}") if keys else {}
    except ValueError as error:
        raise Unusable(f"The checkpoints of {log} do not hold: {error}") from None
    last = {"hash": manifest.logs[log].hash}

    def documents() -> Iterator[Document]:
        for document in documents_of(archive, f"{log}/log.bson"):
            last["hash"] = document["hash"]
            yield document

    verdict = verify_documents(documents(), roots)
    if not verdict.whole:
        raise Unusable(
            f"{log} does not hold: {verdict.fault} at commit {verdict.position}: {verdict.reason}."
        )
    if (verdict.checked, last["hash"]) != (manifest.logs[log].commits, manifest.logs[log].hash):
        raise Unusable(f"{log} ends at commit {verdict.checked}, elsewhere than the manifest says.")
    return max(roots, default=0)


def _ensure_opens(archive: ZipFile, master_key: bytes) -> None:
    """That the first key of each service that has one can be unwrapped."""
    for service in KEYS:
        for entry in documents_of(archive, f"{service}/person_keys.bson"):
            if entry["key"] is None:
                continue
            keys = MemoryKeys()
            keys.get_or_add(entry["_id"], bytes(entry["key"]))
            try:
                PersonVault(keys, master_key).seal(entry["_id"], {})
            except ValueError:
                raise Unusable(
                    "The master key given is not the one that wraps the keys of persons in this backup: "
                    "nobody in it could be read. Give the one that was in force when it was taken."
                ) from None
            break


def _durable(client: MongoClient[Document], database: str, collection: str) -> Collection[Document]:
    return client[database].get_collection(collection, write_concern=WriteConcern(w="majority", j=True))


def _write(collection: Collection[Document], documents: Iterator[Document]) -> None:
    while batch := list(islice(documents, BATCH)):
        collection.insert_many(batch)
