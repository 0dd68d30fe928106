"""What no two rows of a file may share, kept on disk so that memory does not grow with the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence


class Seen:
    """Only digests of keys come in, so that nothing personal reaches the disk."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("")
        self._database.execute("PRAGMA cache_size = -8000")
        self._database.execute("CREATE TABLE seen (key BLOB PRIMARY KEY, row INTEGER) WITHOUT ROWID")

    def first(self, keys: Sequence[tuple[bytes, int]]) -> list[int]:
        """Of each key, the row that had it first, which may be its own."""
        self._database.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", keys)
        ask = "SELECT row FROM seen WHERE key = ?"
        return [int(self._database.execute(ask, (key,)).fetchone()[0]) for key, _ in keys]

    def close(self) -> None:
        self._database.close()
