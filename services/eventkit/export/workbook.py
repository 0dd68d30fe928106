"""A workbook for people to read: sheets with headings, widths and number formats.

The same sheets and moment give the same bytes: nothing of the clock is in the file.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from services.eventkit.export.table import Cell as Content
from services.eventkit.export.xlsx import xlsx_cell

#: What an archive says of when its members were written; it can not say anything earlier.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_TITLE = re.compile(r"[\[\]:*?/\\]")
_MOMENTS = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:\2>)")
_THIN = Side(style="thin", color="999999")
_GRID = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)


class Figure(NamedTuple):
    """A cell; `format` is the number format of spreadsheets, as in ``0.0%``."""

    value: Content
    format: str = ""


class Sheet(NamedTuple):
    """`widths` are in characters. `lines` stand above the table, the first as its title; `total` says that
    the last row is one."""

    title: str
    lines: Sequence[str]
    headings: Sequence[str]
    widths: Sequence[int]
    rows: Sequence[Sequence[Figure]]
    total: bool = False


def workbook(sheets: Sequence[Sheet], *, title: str, author: str, at: datetime) -> bytes:
    """`at` is the moment that the file says it was made at."""
    book = Workbook(write_only=True)
    book.properties.title, book.properties.creator = title, author
    for sheet in sheets:
        _sheet(book, sheet)
    file = io.BytesIO()
    book.save(file)
    return _pinned(file, at.astimezone(UTC))


def _sheet(book: Workbook, sheet: Sheet) -> None:
    page: Any = book.create_sheet(_TITLE.sub(" ", sheet.title)[:31])
    head = len(sheet.lines) + 1
    page.freeze_panes = f"A{head + 1}"
    page.page_setup.orientation, page.page_setup.paperSize, page.page_setup.fitToHeight = "landscape", 9, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.print_title_rows = f"{head}:{head}"
    for number, width in enumerate(sheet.widths, 1):
        page.column_dimensions[get_column_letter(number)].width = width
    for number, line in enumerate(sheet.lines):
        page.append([_styled(page, Figure(line), Font(bold=True, size=13) if not number else None)])
    bold = Font(bold=True)
    page.append([_heading(page, heading, bold) for heading in sheet.headings])
    for number, row in enumerate(sheet.rows, 1):
        last = sheet.total and number == len(sheet.rows)
        page.append([_bordered(_styled(page, figure, bold if last else None)) for figure in row])


def _heading(page: Any, text: str, font: Font) -> Any:
    cell = _bordered(_styled(page, Figure(text), font))
    cell.fill = PatternFill("solid", start_color="EEEEEE")
    cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
    return cell


def _styled(page: Any, figure: Figure, font: Font | None) -> Any:
    found = xlsx_cell(page, figure.value)
    cell: Any = found if isinstance(found, Cell) else WriteOnlyCell(page, found)
    if font is not None:
        cell.font = font
    if figure.format:
        cell.number_format = figure.format
    return cell


def _bordered(cell: Any) -> Any:
    cell.border = _GRID
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell


def _pinned(file: io.BytesIO, at: datetime) -> bytes:
    """The archive with the one moment in it, and with no time of its members."""
    moment = at.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    made = io.BytesIO()
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(made, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _MOMENTS.sub(rb"\g<1>" + moment + rb"\g<3>", content)
            member = zipfile.ZipInfo(name, _EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o600 << 16
            target.writestr(member, content)
    return made.getvalue()
