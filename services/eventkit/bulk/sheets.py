"""Rows of a file, one at a time: whose sheet, which number, which cell under which column.

Rows are counted as a spreadsheet shows them, from 1; the first that holds anything is the header.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO, NamedTuple

from services.eventkit.bulk.cells import Cell, Failed, shown
from services.eventkit.bulk.kinds import Column, Sheet
from services.eventkit.bulk.lines import BadFile, csv_lines
from services.eventkit.export.formats import unguarded
from services.eventkit.text import fold

FORMATS = ("xlsx", "csv")
#: Rows of a file at most.
ROWS = 1_000_000
#: Rows with empty ones at most, as in Excel: they cost time to pass by, and a few bytes hold many.
NUMBERS = 1_048_576
#: Headers that are ours to write and to pass over: of a file of rejected rows.
REASONS = {"vi": "Lý do", "en": "Reason"}


class SheetRow(NamedTuple):
    """`cells` by column key; empty cells are left out. `header` and `values` as they stand in the file."""

    sheet: Sheet
    number: int
    cells: dict[str, Cell]
    header: tuple[str, ...]
    values: tuple[Cell, ...]


def read_rows(file: BinaryIO, format_: str, sheets: Sequence[Sheet]) -> Iterator[SheetRow]:
    """All rows, sheet after sheet in the order of `sheets`. Raises `BadFile` for what is no such file."""
    if format_ == "csv":
        if len(sheets) > 1:
            raise BadFile("needs-xlsx", sheets=", ".join(sheet.vi for sheet in sheets))
        return _rows(sheets[0], sheets[0].vi, csv_lines(file))
    from services.eventkit.bulk.xlsx import read_sheets  # few processes ever need it

    return itertools.chain.from_iterable(_rows(*each) for each in read_sheets(file, sheets))


def _rows(sheet: Sheet, title: str, lines: Iterable[tuple[int, Sequence[Cell]]]) -> Iterator[SheetRow]:
    header: list[Column | None] | None = None
    names: tuple[str, ...] = ()
    for number, values in lines:
        if number > NUMBERS:
            raise BadFile("too-many-rows", title, number, most=str(ROWS))
        trimmed = tuple(_trimmed(cell) for cell in values)
        if not any(cell not in (None, "") for cell in trimmed):
            continue
        if number > ROWS:
            raise BadFile("too-many-rows", title, number, most=str(ROWS))
        if header is None:
            names = tuple(shown(cell) for cell in trimmed)
            header = _header(sheet, title, number, names)
            continue
        named = itertools.chain(names, itertools.repeat(""))
        if any(cell not in (None, "") and not name for cell, name in zip(trimmed, named, strict=False)):
            raise BadFile("cell-without-header", title, number)
        cells: dict[str, Cell] = {
            column.key: cell
            for column, cell in zip(header, trimmed, strict=False)
            if column is not None and cell not in (None, "")
        }
        yield SheetRow(sheet, number, cells, names, trimmed)
    if header is None:
        raise BadFile("no-header", title, columns=", ".join(column.vi for column in sheet.columns))


def _trimmed(cell: Cell) -> Cell:
    """Without spaces around it, nor the quotes that keep a spreadsheet from taking a text for a formula."""
    if not isinstance(cell, str) or isinstance(cell, Failed):
        return cell
    return unguarded(cell.strip())


def _header(sheet: Sheet, title: str, number: int, names: Sequence[str]) -> list[Column | None]:
    known = {fold(word): column for column in sheet.columns for word in (column.vi, column.en, column.key)}
    passed_over = {fold(word) for word in REASONS.values()}
    found: list[Column | None] = []
    for name in names:
        column = known.get(fold(name).rstrip(" *"))
        if column is None and name and fold(name) not in passed_over:
            usual = ", ".join(each.vi for each in sheet.columns)
            raise BadFile("unknown-column", title, number, column=name[:80], columns=usual)
        if column is not None and column in found:
            raise BadFile("column-twice", title, number, column=name[:80])
        found.append(column)
    missing = [column.vi for column in sheet.columns if column.required and column not in found]
    if missing:
        raise BadFile("missing-column", title, number, column=", ".join(missing))
    return found
