"""From the rows of a file to its entries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from services.eventkit.bulk.checking import Entry
from services.eventkit.bulk.kinds import ImportKind
from services.eventkit.bulk.sheets import read_rows


def read_entries(file: BinaryIO, format_: str, kind: ImportKind) -> Iterator[Entry]:
    """In the order of the first sheet's rows. Raises `BadFile`."""
    for row in read_rows(file, format_, kind.sheets):
        yield Entry(row, {})
