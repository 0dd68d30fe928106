"""Uploaded files, a document a piece, each piece encrypted with the upload's key; read like any file."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from typing import Any, BinaryIO

from bson.binary import Binary
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pymongo.collection import Collection
from pymongo.database import Database
from werkzeug.exceptions import RequestEntityTooLarge

PIECE = 262_144
NONCE = 12

Document = dict[str, Any]


class Uploads:
    def __init__(self, database: Database[Document]) -> None:
        self._pieces: Collection[Document] = database["import_files"]

    def keep(self, upload: str, key: bytes, source: BinaryIO, most: int) -> tuple[int, str]:
        """Copy `source`, never holding more than a piece: (bytes, their SHA-256 in hex).

        Raises `RequestEntityTooLarge` beyond `most` bytes; then nothing is kept.
        """
        digest, size = hashlib.sha256(), 0
        try:
            for number, piece in enumerate(_pieces(source)):
                size += len(piece)
                if size > most:
                    raise RequestEntityTooLarge(f"Send at most {most} bytes.")
                digest.update(piece)
                name = _name(upload, number)
                nonce = os.urandom(NONCE)
                box = nonce + AESGCM(key).encrypt(nonce, piece, name.encode())
                self._pieces.insert_one({"_id": name, "box": Binary(box)})
        except BaseException:
            self.drop(upload)
            raise
        return size, digest.hexdigest()

    def open(self, upload: str, key: bytes, size: int) -> BinaryIO:
        """The file, from its first byte; seekable. A missing piece is an `OSError`."""
        return io.BufferedReader(_Upload(self._pieces, upload, AESGCM(key), size), PIECE)

    def drop(self, upload: str) -> None:
        self._pieces.delete_many({"_id": {"$gte": f"{upload}:", "$lt": f"{upload};"}})


def _pieces(source: BinaryIO) -> Iterator[bytes]:
    while True:
        piece = bytearray()
        while len(piece) < PIECE and (read := source.read(PIECE - len(piece))):
            piece += read
        if piece:
            yield bytes(piece)
        if len(piece) < PIECE:
            return


def _name(upload: str, number: int) -> str:
    return f"{upload}:{number:06}"


class _Upload(io.RawIOBase):
    def __init__(self, pieces: Collection[Document], upload: str, cipher: AESGCM, size: int) -> None:
        self._pieces, self._upload, self._cipher, self._size = pieces, upload, cipher, size
        self._at = 0
        self._held: tuple[int, bytes] = (-1, b"")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        if self._at >= self._size:
            return 0
        number, offset = divmod(self._at, PIECE)
        found = self._piece(number)[offset : offset + len(buffer)]
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)

    def _piece(self, number: int) -> bytes:
        if self._held[0] != number:
            name = _name(self._upload, number)
            document = self._pieces.find_one({"_id": name})
            if document is None:
                raise OSError(f"a piece of the upload {self._upload} is gone")
            box = bytes(document["box"])
            self._held = number, self._cipher.decrypt(box[:NONCE], box[NONCE:], name.encode())
        return self._held[1]
