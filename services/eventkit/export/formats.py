"""The three kinds of file. CSV and JSON Lines come a piece at a time; XLSX is put together on disk (`xlsx`).

Memory does not grow with the number of rows in any of them.

A spreadsheet takes a text that begins with one of ``= + - @`` for a formula, which may then do what its
writer wants on the reader's machine. In CSV such text gets an apostrophe before it, and so does each part of
it after a semicolon or an end of line: where the comma is the decimal sign, as in Việt Nam, it is the
semicolon that parts columns, and quotation marks in the middle of a line do not hold them together. In XLSX
text is stored as text. JSON Lines are for programs and stay as they are.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

import msgspec

from services.eventkit.export.table import Cell, Table

#: Format -> media type.
MEDIA = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonl": "application/jsonl",
}
#: Text is sent in pieces of about so many characters.
PIECE = 64 * 1024

_BLANK = "[^\\S\\t\\r\\n]|[\\u200b-\\u200f\\u2060\\ufeff]"
_FORMULA = re.compile(f"(?:{_BLANK})*[=+\\-@\\t\\r\\n＝＋－＠]")
_BEGINS = f"(?={_FORMULA.pattern})"
_WITHIN = f"(?=(?:{_BLANK})*[=+\\-@＝＋－＠])"
_UNGUARDED = re.compile(f"\\A{_BEGINS}|(?<=[;\\r\\n]){_WITHIN}")
_GUARDS = re.compile(f"\\A'{_BEGINS}|(?<=[;\\r\\n])'{_WITHIN}")
_encoder = msgspec.json.Encoder(decimal_format="string")


def looks_like_formula(text: str) -> bool:
    """Whether a spreadsheet might calculate it: also after blanks, and in the full-width forms."""
    return _FORMULA.match(text) is not None


def guarded(text: str) -> str:
    """Text that no spreadsheet calculates, however it parts the columns of a CSV."""
    return _UNGUARDED.sub("'", text)


def unguarded(text: str) -> str:
    """What `guarded` made of a text, taken back."""
    return _GUARDS.sub("", text)


def csv_pieces(table: Table) -> Iterator[bytes]:
    """RFC 4180 in UTF-8 with a byte order mark, which makes Excel read the accents.

    First ``# name: value`` lines with the source, then the names of the columns, then the rows, and such
    lines again with what is known only in the end.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    buffer.write("\ufeff")
    writer.writerows(_said(table.source))
    writer.writerow([column.key for column in table.columns])
    for row in table.rows():
        writer.writerow([_csv_text(cell) for cell in row])
        if buffer.tell() >= PIECE:
            yield _taken(buffer)
    writer.writerows(_said(table.ending()))
    yield _taken(buffer)


def _said(source: Mapping[str, str]) -> Iterator[list[str]]:
    for name, value in source.items():
        yield [f"# {name}: {guarded(_one_line(value))}"]


def _taken(buffer: io.StringIO) -> bytes:
    piece = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return piece


def _csv_text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, str):
        return guarded(cell)
    return format(cell, "f") if isinstance(cell, Decimal) else str(cell)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def jsonl_pieces(table: Table) -> Iterator[bytes]:
    """The first line is ``{"_meta": {…}}``; each after it is one item with the fields that have a column.
    What is known only in the end is a last line ``{"_meta": {…}}``.
    """
    lines, size = [_encoder.encode({"_meta": table.source})], 0
    names = list(dict.fromkeys(column.path[0] for column in table.columns))
    for item in table.items:
        line = _encoder.encode({name: item[name] for name in names if name in item})
        lines.append(line)
        size += len(line)
        if size >= PIECE:
            yield b"\n".join(lines) + b"\n"
            lines, size = [], 0
    if ending := table.ending():
        lines.append(_encoder.encode({"_meta": ending}))
    if lines:
        yield b"\n".join(lines) + b"\n"
