"""Files that nobody vouches for: refused with a reason, or every cell of them read for what it is."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Sequence
from typing import Any

import pytest
from openpyxl import Workbook

from services.eventkit.bulk.cells import Wrong, day, number, quantity, whole
from services.eventkit.bulk.kinds import Column, Sheet, body_of
from services.eventkit.bulk.lines import BadFile
from services.eventkit.bulk.problems import sentence
from services.eventkit.bulk.sheets import SheetRow, read_rows

SHEET = Sheet(
    "things",
    "Vật",
    "Things",
    (
        Column("name", "/name", "Tên", "Name", required=True),
        Column("count", "/count", "Số", "Count", whole),
        Column("amount", "/amount", "Lượng", "Amount", quantity),
        Column("since", "/since", "Từ ngày", "Since", day),
    ),
)
HEADS = ("Tên", "Số", "Lượng", "Từ ngày")
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
HEAD_ROW = '<row r="1"><c r="A1" t="inlineStr"><is><t>Tên</t></is></c><c r="B1" t="inlineStr"><is><t>Số</t></is></c></row>'  # noqa: E501
SHEET_PATH, TEXTS_PATH = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
TYPES_PATH = "[Content_Types].xml"


def workbook(*rows: Sequence[Any]) -> bytes:
    book = Workbook()
    for row in (HEADS, *rows):
        book.active.append(list(row))  # type: ignore[union-attr]
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def changed(book: bytes, path: str, content: bytes) -> bytes:
    """The workbook with another content of one of its parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, content if entry.filename == path else old.read(entry))
    return file.getvalue()


def with_rows(xml: str, before: str = "") -> bytes:
    sheet = (
        f"<?xml version='1.0'?>{before}<worksheet {MAIN}><sheetData>{HEAD_ROW}{xml}</sheetData></worksheet>"
    )
    return changed(workbook(), SHEET_PATH, sheet.encode())


def with_texts(content: bytes) -> bytes:
    """A workbook whose one row takes its name from a table of texts."""
    book = with_rows('<row r="2"><c r="A2" t="s"><v>0</v></c></row>')
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        types = archive.read(TYPES_PATH).decode()
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    named = f'<Override PartName="/{TEXTS_PATH}" ContentType="{kind}"/></Types>'
    if TEXTS_PATH not in types:
        book = changed(book, TYPES_PATH, types.replace("</Types>", named).encode())
    file = io.BytesIO(changed(book, TEXTS_PATH, content))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        if TEXTS_PATH not in archive.namelist():
            archive.writestr(TEXTS_PATH, content)
    return file.getvalue()


def rows_of(content: bytes, format_: str = "xlsx") -> list[SheetRow]:
    return list(read_rows(io.BytesIO(content), format_, [SHEET]))


def refused(content: bytes, format_: str = "xlsx") -> str:
    with pytest.raises(BadFile) as caught:
        rows_of(content, format_)
    return caught.value.code


def said(row: SheetRow) -> tuple[dict[str, Any], dict[str, str]]:
    """(the body of a row, the code of what is wrong by column)."""
    body, wrong = body_of(SHEET, row.cells)
    return body, {column.key: error.code for column, error in wrong}


def spoiled(book: bytes, path: str) -> bytes:
    """With bytes of the packed part that no longer unpack."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        entry = archive.getinfo(path)
    start = entry.header_offset + 30 + len(entry.filename)
    return book[:start] + b"\xff" * entry.compress_size + book[start + entry.compress_size :]


def with_password(book: bytes, path: str) -> bytes:
    """As if a part were encrypted: by the flag in both of its headers."""
    found = bytearray(book)
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        local = archive.getinfo(path).header_offset
    found[local + 6] |= 1
    central = book.rindex(path.encode()) - 46
    found[central + 8] |= 1
    return bytes(found)


BOMB = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
    f"<!ENTITY {to} '{('&' + of + ';') * 10}'>" for of, to in zip("abcdefgh", "bcdefghi", strict=True)
)
BOMB += "]>"
OUTSIDE = "<!DOCTYPE x [<!ENTITY i SYSTEM 'file:///etc/hostname'>]>"


@pytest.mark.parametrize("doctype", [BOMB, OUTSIDE])
def test_no_entity_is_ever_expanded(doctype: str) -> None:
    assert refused(
        with_rows('<row r="2"><c r="A2" t="inlineStr"><is><t>&i;</t></is></c></row>', doctype)
    ) == ("not-xlsx")
    texts = f"<?xml version='1.0'?>{doctype}<sst {MAIN}><si><t>&i;</t></si></sst>"
    assert refused(with_texts(texts.encode())) == "not-xlsx"


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    assert refused(changed(workbook(), SHEET_PATH, b" " * (64 * 2**20))) == "unpacks-too-large"


@pytest.mark.parametrize("path", [SHEET_PATH, TEXTS_PATH, "xl/workbook.xml"])
def test_an_archive_that_does_not_unpack_is_no_workbook(path: str) -> None:
    book = with_texts(f"<sst {MAIN}><si><t>Gạch</t></si></sst>".encode())
    assert [row.cells["name"] for row in rows_of(book)] == ["Gạch"]
    assert refused(spoiled(book, path)) == "not-xlsx"
    assert refused(with_password(book, path)) == "not-xlsx"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("Tên,Số\nGạch Đông,1\n".encode("utf-16"), "not-utf-8"),
        ("Tên,Số\nCafé,1\n".encode("latin-1", "replace"), "not-utf-8"),
        (b"", "no-header"),
        (b"\xef\xbb\xbf", "no-header"),
        (b"\r\n \r\n", "no-header"),
        ("Tên,Số,Name\n".encode(), "column-twice"),
        ("Tên,Khác\n".encode(), "unknown-column"),
        ("Tên,,Số\nGạch,77,1\n".encode(), "cell-without-header"),
        ("Tên,Số\nGạch,1,77\n".encode(), "cell-without-header"),
        ('Tên,Số\n"Gạch,1\n'.encode(), "not-csv"),
        ("Tên\n".encode() + b"," * 300 + b"\n", "too-many-cells"),
    ],
)
def test_a_csv_that_would_lose_cells_is_refused(content: bytes, code: str) -> None:
    assert refused(content, "csv") == code


@pytest.mark.parametrize("content", [workbook(), "Tên;Số\n".encode()])
def test_only_a_header_is_a_file_of_no_rows(content: bytes) -> None:
    assert rows_of(content, "xlsx" if content[:2] == b"PK" else "csv") == []


@pytest.mark.parametrize(
    ("cells", "wrong"),
    [
        ('<c r="A2"><f>B2&amp;"x"</f></c>', {"name": "formula"}),
        ('<c r="A2"><f>B2</f><v></v></c>', {"name": "formula"}),
        ('<c r="A2" t="e"><f>1/0</f><v>#DIV/0!</v></c>', {"name": "formula"}),
        ('<c r="A2" t="str"><f>"x"</f><v>x</v></c><c r="B2" t="e"><v>#N/A</v></c>', {"count": "formula"}),
        ('<c r="A2" t="str"><f>"x"</f><v>x</v></c><c r="B2"><f>1+1</f></c>', {"count": "formula"}),
        ('<c r="A2" t="str"><f>"x"</f><v>x</v></c><c r="B2"><f>1+1</f><v>2</v></c>', {}),
        ('<c r="A2" t="str"><f>"x"</f><v>x</v></c><c r="B2" t="str"><f>""</f><v></v></c>', {}),
        ('<c r="A2"><v>NaN</v></c><c r="B2"><v>1E999</v></c>', {"count": "whole-number"}),
    ],
)
def test_a_formula_counts_by_its_value_and_is_never_lost(cells: str, wrong: dict[str, str]) -> None:
    (row,) = rows_of(with_rows(f'<row r="2">{cells}</row>'))
    assert said(row)[1] == wrong


@pytest.mark.parametrize(
    "xml",
    [
        '<row r="2"><c r="A2" t="s"><v>99</v></c></row>',
        '<row r="2"><c r="A2" t="s"><v>-1</v></c></row>',
        '<row r="2"><c r="A2"><v>1</v></c></row><row r="2"><c r="A2"><v>2</v></c></row>',
        '<row r="3"><c r="A3"><v>1</v></c></row><row r="2"><c r="A2"><v>2</v></c></row>',
        '<row r="2"><c r="A2"><v>1</v>',
    ],
)
def test_a_sheet_that_contradicts_itself_is_refused(xml: str) -> None:
    """A text that is not there would be read as its number; two rows of one number would share their fate."""
    assert refused(with_rows(xml)) == "not-xlsx"


def test_days_and_decimals_are_read_for_what_they_are_and_never_guessed() -> None:
    dated, serial, texts = rows_of(
        workbook(
            ("Gạch", 3.0, 20.3, dt.date(2018, 3, 31)),
            ("Ngói", "3", 1, 43190),
            ("Vôi", "1.000", "20,30", "31/3/2018"),
        )
    )
    assert said(rows_of(workbook(("Gạch", 1, 1.5, None)))[0]) == (
        {"name": "Gạch", "count": 1, "amount": "1.5"},
        {},
    )
    assert said(dated) == ({"name": "Gạch", "count": 3, "amount": "20.3", "since": "2018-03-31"}, {})
    assert said(serial) == ({"name": "Ngói", "count": 3, "amount": "1"}, {"since": "day"})
    assert said(texts) == (
        {"name": "Vôi", "amount": "20.30", "since": "2018-03-31"},
        {"count": "whole-number"},
    )


@pytest.mark.parametrize(
    ("text", "point", "whole_"),
    [
        ("1.500", "1.5", "1500"),
        ("1,500", "1.5", "1500"),
        ("-20.000", "-20", "-20000"),
        ("999.999",) * 2 + ("999999",),
    ],
)
def test_what_may_be_a_fraction_or_thousands_is_refused_with_both_readings(
    text: str, point: str, whole_: str
) -> None:
    """A consumption that is a thousand times too small passes for a saving."""
    with pytest.raises(Wrong) as caught:
        quantity(text)
    told = {"point": point, "comma": point.replace(".", ","), "whole": whole_}
    assert (caught.value.code, caught.value.arguments) == ("two-readings", told)
    for language in ("vi", "en"):
        said_ = sentence("two-readings", told, language)
        assert whole_ in said_


@pytest.mark.parametrize("text", ["0.500", "1500", "1.5", "1.50", "1.5000", "1234.500", "15,25"])
def test_a_number_of_one_reading_is_taken(text: str) -> None:
    assert quantity(text) == text.replace(",", ".")


def test_a_genuine_number_has_one_reading_and_degrees_are_never_thousands() -> None:
    (row,) = rows_of(with_amount('<c r="C2"><v>1.500</v></c>'))
    assert said(row)[0]["amount"] == "1.5"
    assert number("105.974") == 105.974


def with_amount(cell: str) -> bytes:
    xml = f'<row r="2"><c r="A2" t="inlineStr"><is><t>Gạch</t></is></c>{cell}</row>'
    heads = "".join(
        f'<c r="{column}1" t="inlineStr"><is><t>{name}</t></is></c>'
        for column, name in zip("ABCD", HEADS, strict=True)
    )
    rows = f"<sheetData><row r='1'>{heads}</row>{xml}</sheetData>"
    sheet = f"<?xml version='1.0'?><worksheet {MAIN}>{rows}</worksheet>"
    return changed(workbook(), SHEET_PATH, sheet.encode())


@pytest.mark.parametrize("written", ["2018-03-31", "2018-03-31T00:00:00", "2018-03-31T00:00:00Z"])
def test_a_day_that_is_written_as_one_is_read(written: str) -> None:
    """By programs other than Excel."""
    (row,) = rows_of(with_amount(f'<c r="D2" t="d"><v>{written}</v></c>'))
    assert said(row) == ({"name": "Gạch", "since": "2018-03-31"}, {})
    (row,) = rows_of(with_amount('<c r="D2" t="d"><v>soon</v></c>'))
    assert said(row)[1] == {"since": "day"}


def test_rows_without_cells_are_rows_too() -> None:
    """A few bytes hold millions of them."""
    assert rows_of(with_rows('<row r="1048576"/>')) == []
    assert refused(with_rows('<row r="1048577"/>')) == "too-many-rows"
    assert refused("Tên\n".encode() + b"\n" * 1_048_576, "csv") == "too-many-rows"
