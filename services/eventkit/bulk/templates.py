"""Empty files to fill in, with the columns of a kind."""

from __future__ import annotations

import csv
import io

from flask import Response

from services.eventkit.bulk.kinds import ImportKind, Sheet
from services.eventkit.bulk.problems import Language
from services.eventkit.bulk.shown import label
from services.eventkit.errors import InvalidInput
from services.eventkit.export.formats import MEDIA

GUIDE = {
    "vi": ("Hướng dẫn", "Trang tính", "Cột", "Bắt buộc", "Ví dụ", "Ghi chú", "có"),
    "en": ("Guide", "Sheet", "Column", "Required", "Example", "Notes", "yes"),
}


def template_response(kind: ImportKind, format_: str, spoken: Language) -> Response:
    """Raises what `ensure_one_sheet` does."""
    ensure_one_sheet(kind, format_, spoken)
    body = _csv(kind.sheets[0], spoken) if format_ == "csv" else _xlsx(kind, spoken)
    headers = {"Content-Disposition": f'attachment; filename="{kind.name}.{format_}"'}
    return Response(body, headers=headers, mimetype=MEDIA[format_])


def ensure_one_sheet(kind: ImportKind, format_: str, spoken: Language) -> None:
    """Raises `InvalidInput` for CSV of a kind that has several sheets."""
    if format_ == "csv" and len(kind.sheets) > 1:
        names = ", ".join(label(sheet, spoken) for sheet in kind.sheets)
        raise InvalidInput.at("/format", f"must be xlsx: {kind.name} have several sheets ({names})")


def _csv(sheet: Sheet, spoken: Language) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow([label(column, spoken) for column in sheet.columns])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _xlsx(kind: ImportKind, spoken: Language) -> bytes:
    from openpyxl import Workbook  # few processes ever need it
    from openpyxl.styles import Font

    book = Workbook()
    book.remove(book.worksheets[0])
    for sheet in kind.sheets:
        page = book.create_sheet(label(sheet, spoken))
        page.freeze_panes = "A2"
        for number, column in enumerate(sheet.columns, start=1):
            head = page.cell(1, number, label(column, spoken))
            head.font = Font(bold=column.required)
            page.column_dimensions[head.column_letter].width = max(14, len(label(column, spoken)) + 4)
    title, *heads, yes = GUIDE[spoken]
    guide = book.create_sheet(title)
    guide.append(heads)
    for sheet in kind.sheets:
        for column in sheet.columns:
            note = column.help_vi if spoken == "vi" else column.help_en
            needed = yes if column.required else ""
            guide.append([label(sheet, spoken), label(column, spoken), needed, column.example, note])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
