"""Tables as one workbook, put together on disk.

Imported when the first is asked for: openpyxl would make up a fifth of the start of every process.
"""

from __future__ import annotations

import re
import tempfile
from decimal import Decimal
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from services.eventkit.export.formats import looks_like_formula
from services.eventkit.export.table import Cell, Table

#: The sheet that says where the others came from.
SOURCE_SHEET = "Nguồn"
#: A sheet can hold no more rows, a cell no more characters, a number no more digits.
SHEET_ROWS, CELL_TEXT, DIGITS = 1_048_576, 32_767, 15
#: A file larger than this is kept on disk while it is sent.
SPOOLED = 4 * 1024 * 1024


def xlsx_file(table: Table, *more: Table) -> IO[bytes]:
    """The whole workbook, at its beginning; whoever takes it closes it. Its last sheet is the source of the
    first table."""
    book = Workbook(write_only=True)
    for each in (table, *more):
        sheet, rows = _sheet(book, each, 1), 1
        for row in each.rows():
            if rows == SHEET_ROWS:
                sheet, rows = _sheet(book, each, len(book.worksheets) + 1), 1
            sheet.append([xlsx_cell(sheet, cell) for cell in row])
            rows += 1
    source = book.create_sheet(SOURCE_SHEET)
    source.column_dimensions["A"].width, source.column_dimensions["B"].width = 16, 90
    for name, value in {**table.source, **table.ending()}.items():
        source.append([xlsx_cell(source, name), xlsx_cell(source, value)])
    file = tempfile.SpooledTemporaryFile(SPOOLED)  # noqa: SIM115  closed by whoever sends it
    book.save(file)
    file.seek(0)
    return file


def _sheet(book: Workbook, table: Table, number: int) -> WriteOnlyWorksheet:
    title = re.sub(r"[\[\]:*?/\\]", " ", table.title or table.name)[:25]
    sheet: WriteOnlyWorksheet = book.create_sheet(title if number == 1 else f"{title} {number}")
    sheet.freeze_panes = "A2"
    heads = [WriteOnlyCell(sheet, column.key) for column in table.columns]
    for head in heads:
        head.font = Font(bold=True)
    sheet.append(heads)
    return sheet


def xlsx_cell(sheet: WriteOnlyWorksheet, cell: Cell) -> Any:
    """Text is marked as text, or openpyxl would make a formula of what begins with ``=``."""
    if isinstance(cell, int | float | Decimal) and not isinstance(cell, bool):
        exact = len(cell.as_tuple().digits) if isinstance(cell, Decimal) else len(str(abs(cell)))
        if isinstance(cell, float) or exact <= DIGITS:
            return cell
        cell = format(cell, "f") if isinstance(cell, Decimal) else str(cell)
    if not isinstance(cell, str):
        return cell
    text = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub(" ", cell)[:CELL_TEXT])
    text.data_type = "s"
    if looks_like_formula(cell):
        text.quotePrefix = True
    return text
