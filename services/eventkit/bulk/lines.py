"""What a file is to its reader: numbered lines of cells. Here those of CSV; `xlsx` reads workbooks."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from services.eventkit.bulk.cells import Cell

#: Cells of a line at most.
CELLS = 200

#: (number of the row, counted from 1; its cells)
Lines = Iterator[tuple[int, Sequence[Cell]]]


class BadFile(Exception):
    """A file that cannot be read as rows: a code of words.yaml with its arguments, and where."""

    def __init__(self, code: str, sheet: str = "", row: int = 0, **arguments: str) -> None:
        super().__init__(code)
        self.code = code
        self.sheet = sheet
        self.row = row
        self.arguments = arguments


def csv_lines(file: BinaryIO) -> Lines:
    """UTF-8 with or without a byte order mark; parted by commas, semicolons or tabs, as its header is."""
    lines = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    number = 0
    try:
        first = ""
        for first in lines:
            number += 1
            if first.strip() and not first.startswith("# "):
                break
        delimiter = max(",;\t", key=_unquoted(first).count)
        reader = csv.reader(itertools.chain([first], lines), delimiter=delimiter, strict=True)
        for number, record in enumerate(reader, start=max(number, 1)):  # noqa: B020 - goes on counting
            if len(record) > CELLS:
                raise BadFile("too-many-cells", row=number, most=str(CELLS))
            yield number, record
    except UnicodeDecodeError:
        raise BadFile("not-utf-8", row=number + 1) from None
    except csv.Error as error:
        raise BadFile("not-csv", row=number + 1, detail=str(error)) from None


def _unquoted(line: str) -> str:
    return "".join(line.split('"')[::2])
