"""From the rows of a file to its entries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from services.eventkit.bulk.cells import shown
from services.eventkit.bulk.checking import Entry
from services.eventkit.bulk.kinds import ImportKind, Sheet, Trouble
from services.eventkit.bulk.lines import BadFile
from services.eventkit.bulk.sheets import SheetRow, read_rows

#: Rows of all sheets together at most, where sheets join: they are held in memory for it.
JOINED = 50_000


def read_entries(file: BinaryIO, format_: str, kind: ImportKind) -> Iterator[Entry]:
    """In the order of the first sheet's rows, then what joins none of them. Raises `BadFile`."""
    rows = read_rows(file, format_, kind.sheets)
    if len(kind.sheets) == 1:
        for row in rows:
            yield Entry(row, {})
        return
    yield from _joined(rows, kind.sheets)


def _joined(rows: Iterator[SheetRow], sheets: tuple[Sheet, ...]) -> Iterator[Entry]:
    """A reference that stands in two rows of the first sheet is nobody's: neither row is taken, and no
    part goes to the wrong one."""
    joins = sheets[1].joins
    first: dict[str, int] = {}
    heads: list[Entry] = []
    parts: dict[str, dict[str, list[SheetRow]]] = {}
    loose: list[Entry] = []
    twice: dict[str, int] = {}
    for count, row in enumerate(rows, start=1):
        if count > JOINED:
            raise BadFile("too-many-rows", row.sheet.vi, row.number, most=str(JOINED))
        reference = shown(row.cells.get(joins))
        place = sheets.index(row.sheet)
        if place == 0:
            known = reference in first
            heads.append(Entry(row, {} if known or not reference else parts.setdefault(reference, {})))
            if known:
                twice.setdefault(reference, row.number)
            elif reference:
                first[reference] = row.number
        elif reference not in first:
            code = "joins-nothing" if reference else "required"
            loose.append(Entry(row, {}, Trouble(f"/{joins}", code, sheet=sheets[0].vi), place))
        else:
            parts[reference].setdefault(row.sheet.listed, []).append(row)
    for head in heads:
        reference = shown(head.row.cells.get(joins))
        if reference in twice:
            told = {"first": str(first[reference]), "row": str(twice[reference])}
            head = head._replace(loose=Trouble(f"/{joins}", "twice", **told))
        yield head
    yield from loose
