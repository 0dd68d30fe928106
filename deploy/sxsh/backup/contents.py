"""What a backup is made of: a ZIP file of members; the last, ``manifest.json``, says what the others hold.

A collection is a member of BSON documents one after the other, by `_id`; a file is a member as it is.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any
from zipfile import BadZipFile, ZipFile

import bson
import msgspec
from bson.errors import InvalidBSON

MANIFEST = "manifest.json"
FORMAT = 1

Document = dict[str, Any]

#: Those whose commits speak of others come first: what they speak of is read after them, so it is there.
LOGS = ("kpi", "training", "audits", "registry")
#: The services that hold persons, in a database of keys of their own.
KEYS = ("training", "registry")
#: Beside its log, what a service's database holds that nothing else gives.
KEPT: dict[str, tuple[str, ...]] = {"kpi": ("reports", "boundaries")}
#: What each of them holds too, but backups of before it was kept do not.
REVOKED = "revocations"
#: Files beside the database.
API_KEYS, PUBLIC_KEYS, NOTES = "files/api-keys.json", "files/checkpoint-keys.txt", "files/checkpoints/"


class Unusable(ValueError):
    """The file is not a backup, or not whole; the text is a plain sentence."""


class Member(msgspec.Struct, frozen=True):
    """`documents` is None of a file. `database` and `collection` are where a collection came from."""

    sha256: str
    bytes: int
    documents: int | None = None
    database: str = ""
    collection: str = ""


class LogEnd(msgspec.Struct, frozen=True):
    """How far a log was backed up, and the hash of its last commit."""

    commits: int
    hash: str


class Manifest(msgspec.Struct, frozen=True):
    made_at: str
    logs: dict[str, LogEnd]
    members: dict[str, Member]
    format: int = FORMAT


def collections() -> Iterator[tuple[str, str, str]]:
    """(name of the member, database, collection) in the order in which they are read."""
    for log in LOGS:
        yield f"{log}/log.bson", f"sxsh_{log}", "log"
    # After the logs: each person of whom a commit speaks has a key by then, or was erased.
    for service in KEYS:
        yield f"{service}/person_keys.bson", f"sxsh_{service}_keys", "person_keys"
    for log in LOGS:
        yield f"{log}/signed_checkpoints.bson", f"sxsh_{log}", "signed_checkpoints"
        for kept in (*KEPT.get(log, ()), REVOKED):
            yield f"{log}/{kept}.bson", f"sxsh_{log}", kept


def manifest_of(archive: ZipFile) -> Manifest:
    """Raises `Unusable`."""
    try:
        manifest = msgspec.json.decode(archive.read(MANIFEST), type=Manifest)
    except KeyError:
        raise Unusable("This is not a backup of this system: it has no manifest.") from None
    except (ValueError, BadZipFile, zlib.error) as error:
        raise Unusable(f"The manifest of this backup can not be read: {error}.") from None
    if manifest.format != FORMAT:
        raise Unusable(f"This backup has format {manifest.format}; this release reads {FORMAT}.")
    return manifest


def documents_of(archive: ZipFile, name: str) -> Iterator[Document]:
    """Raises `Unusable`."""
    try:
        with archive.open(name) as stream:
            yield from bson.decode_file_iter(stream)
    except InvalidBSON as error:
        raise Unusable(f"{name} in this backup is not made of documents: {error}.") from None
