"""Sheets of an XLSX workbook, a row at a time, from a file that nobody vouches for.

openpyxl opens the workbook (its shared texts and date formats). The cells are read here, by expat:
several times as fast as by openpyxl.
"""

from __future__ import annotations

import datetime as dt
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import IO, Any, BinaryIO, NamedTuple
from xml.etree.ElementTree import ParseError
from xml.parsers import expat

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils.datetime import from_excel
from openpyxl.utils.exceptions import InvalidFileException

from services.eventkit.bulk.cells import Cell, Failed
from services.eventkit.bulk.kinds import Sheet
from services.eventkit.bulk.lines import CELLS, BadFile, Lines
from services.eventkit.text import fold

#: Of what a workbook unpacks to: bytes in all, bytes of the texts that are held in memory, entries; and how
#: many times the file's own size, once it is more than `SMALL`.
UNPACKED, TEXTS, ENTRIES, TIMES, SMALL = 2 * 2**30, 96 * 2**20, 2_000, 50, 32 * 2**20
#: Characters of one cell, as in Excel.
LONGEST = 32_767
PIECE = 65_536
#: What reading a broken archive raises; RuntimeError when it is packed in a way unknown, or with a password.
BROKEN = (zipfile.BadZipFile, zlib.error, LookupError, ValueError, EOFError, RuntimeError)


class _Book(NamedTuple):
    """`sheets` are the paths of the worksheets by title, `dates` the styles that show a number as a day."""

    archive: zipfile.ZipFile
    sheets: dict[str, str]
    texts: Sequence[str]
    dates: frozenset[int]
    epoch: dt.datetime


def read_sheets(file: BinaryIO, sheets: Sequence[Sheet]) -> Iterator[tuple[Sheet, str, Lines]]:
    """(sheet, its title in the workbook, its lines). A kind of one sheet takes the first when none has
    its name. Raises `BadFile`.
    """
    book = _open(file)
    titles = {fold(title): title for title in book.sheets}
    for sheet in sheets:
        title = next((titles[n] for n in map(fold, (sheet.vi, sheet.en, sheet.key)) if n in titles), None)
        if title is None and len(sheets) == 1:
            title = next(iter(book.sheets), None)
        if title is None:
            raise BadFile("no-sheet", sheet.vi, name=sheet.vi)
        yield sheet, title, _lines(book, title)


def _open(file: BinaryIO) -> _Book:
    """All but the worksheets, which openpyxl would read through once to find out how large they are."""
    try:
        _check(zipfile.ZipFile(file))
        reader = ExcelReader(file, read_only=True, data_only=True, keep_links=False)
        reader.read_manifest()
        reader.read_strings()
        reader.read_workbook()
        apply_stylesheet(reader.archive, reader.wb)
        sheets = {sheet.name: rel.target for sheet, rel in reader.parser.find_sheets()}
        book: Any = reader.wb
        dates = frozenset(book._date_formats)
        return _Book(reader.archive, sheets, list(reader.shared_strings), dates, book.epoch)
    except (*BROKEN, InvalidFileException, ParseError, AttributeError, TypeError) as error:
        raise BadFile("not-xlsx") from error


def _check(archive: zipfile.ZipFile) -> None:
    """What the archive says of its sizes is true: reading stops at them."""
    entries = archive.infolist()
    unpacked, packed = sum(e.file_size for e in entries), sum(e.compress_size for e in entries)
    texts = sum(e.file_size for e in entries if not e.filename.startswith("xl/worksheets/"))
    if len(entries) > ENTRIES or unpacked > UNPACKED or (unpacked > SMALL and unpacked > TIMES * packed):
        raise BadFile("unpacks-too-large")
    if texts > TEXTS:
        raise BadFile("texts-too-large", most=str(TEXTS // 2**20))


def _lines(book: _Book, title: str) -> Lines:
    scanner = _Scanner(book.texts, book.dates, book.epoch)
    try:
        with book.archive.open(book.sheets[title].lstrip("/")) as source:
            yield from scanner.lines(source)
    except (*BROKEN, expat.ExpatError) as error:
        raise BadFile("not-xlsx", title) from error


class _Scanner:
    """Reads `<row>` and `<c>` of one sheet; whatever else stands there passes by."""

    def __init__(self, texts: Sequence[str], dates: frozenset[int], epoch: dt.datetime) -> None:
        self._texts, self._dates, self._epoch = texts, dates, epoch
        self._rows: list[tuple[int, list[Cell]]] = []
        self._row: list[Cell] = []
        self._number = 0
        self._kind, self._style, self._column = "n", 0, -1
        self._heard: list[str] | None = None
        self._value, self._formula = "", ""
        self._phonetic = 0

    def lines(self, source: IO[bytes]) -> Lines:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._doctype
        while piece := source.read(PIECE):
            parser.Parse(piece, False)
            yield from self._rows
            self._rows.clear()
        parser.Parse(b"", True)
        yield from self._rows

    def _doctype(self, *_: object) -> None:
        raise BadFile("not-xlsx")

    def _start(self, name: str, given: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if name == "c":
            self._kind, self._style = given.get("t", "n"), int(given.get("s", 0))
            reference = given.get("r")
            self._column = len(self._row) if reference is None else _column(reference)
            self._value, self._formula = "", ""
        elif name in ("v", "f") or (name == "t" and not self._phonetic):
            self._heard = []
        elif name == "rPh":
            self._phonetic += 1
        elif name == "row":
            number = int(given.get("r", self._number + 1))
            if number <= self._number:
                raise ValueError("rows are in order, each has its own number")
            self._number = number
            self._row = []

    def _text(self, text: str) -> None:
        if self._heard is not None:
            self._heard.append(text)

    def _end(self, name: str) -> None:
        name = name.rpartition(":")[2]
        if name in ("v", "t") and self._heard is not None:
            self._value += "".join(self._heard)
            self._heard = None
            if len(self._value) > LONGEST:
                raise BadFile("cell-too-long", row=self._number, most=str(LONGEST))
        elif name == "f" and self._heard is not None:
            self._formula = "=" + "".join(self._heard)[: LONGEST - 1]
            self._heard = None
        elif name == "c":
            self._place(self._cell())
        elif name == "rPh":
            self._phonetic -= 1
        elif name == "row":
            self._rows.append((self._number, self._row))

    def _place(self, cell: Cell) -> None:
        if not 0 <= self._column < CELLS:
            if cell is None:
                return
            raise BadFile("too-many-cells", row=self._number, most=str(CELLS))
        self._row.extend([None] * (self._column + 1 - len(self._row)))
        self._row[self._column] = cell

    def _cell(self) -> Cell:
        value, kind = self._value, self._kind
        if value == "":
            # A formula may well give an empty text; without any value it was never calculated.
            return Failed(self._formula) if self._formula and kind != "str" else None
        if kind == "s":
            return self._text_at(int(value))
        if kind == "e":
            return Failed(value)
        try:
            if kind == "n":
                return self._figure(value)
            if kind == "d":
                return dt.datetime.fromisoformat(value).replace(tzinfo=None)
        except (ValueError, OverflowError):
            return value
        return value == "1" if kind == "b" else value

    def _text_at(self, index: int) -> str:
        if not 0 <= index < len(self._texts):
            raise ValueError("there is no such text")
        return self._texts[index]

    def _figure(self, value: str) -> Cell:
        if self._style in self._dates:
            found = from_excel(float(value), self._epoch)
            return found if isinstance(found, dt.datetime) else value
        return int(value) if value.isascii() and value.isdigit() and len(value) < 18 else float(value)


def _column(reference: str) -> int:
    """``AB12`` is column 27, counted from 0."""
    number = 0
    for character in reference:
        if not "A" <= character <= "Z":
            break
        number = number * 26 + ord(character) - 64
    return number - 1
