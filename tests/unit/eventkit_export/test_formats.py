"""What a reader of an exported file would lose: their machine to a formula, a digit, or a row."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from services.eventkit.export import formats, xlsx
from services.eventkit.export.formats import (
    csv_pieces,
    jsonl_pieces,
    looks_like_formula,
    unguarded,
)
from services.eventkit.export.table import Column, Table, columns_of
from services.eventkit.export.xlsx import xlsx_file
from services.eventkit.http import Schema, fields

SOURCE = {"service": "registry", "filters": "q=gạch\n=1+1"}
COLUMNS = [Column(("name",)), Column(("saving",), number=True), Column(("open",))]


def table(*items: dict[str, Any]) -> Table:
    return Table("facilities", COLUMNS, list(items), SOURCE)


def csv_of(*items: dict[str, Any]) -> list[list[str]]:
    text = b"".join(csv_pieces(table(*items))).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


@pytest.mark.parametrize(
    "text",
    [
        *("=1+1", "+84", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "  =1", " \t=1"),
        *("\u00a0=1", "\u3000@x", "\ufeff=1", "\u200b=1", "＝1", "＋1", "－1", "＠x", " ＝1"),
    ],
)
def test_text_that_would_calculate_is_guarded(text: str) -> None:
    assert looks_like_formula(text)
    assert csv_of({"name": text})[-1][0] == f"'{text}"


@pytest.mark.parametrize("text", ["", "Gạch", "a=b", "1-2", "'=1", "2700123456", "đá -5", "  "])
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert not looks_like_formula(text)
    assert csv_of({"name": text})[-1][0] == text


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
def test_whatever_is_typed_can_be_read_again_and_never_calculates(text: str) -> None:
    (read,) = [line[0] for line in csv_of({"name": text})[3:]]

    assert calculated(read) == []
    assert unguarded(read) == unguarded(text)


def calculated(text: str) -> list[str]:
    """The parts of a line that a spreadsheet takes for formulas, whichever sign it parts columns by."""
    parts = re.split("[;\r\n]", text)
    return [part for part in parts if part.lstrip(" \u00a0\u3000")[:1] in {*"=+-@＝＋－＠"}]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Gạch;=cmd|' /C calc'!A0", "Gạch;'=cmd|' /C calc'!A0"),
        ("a;b; +84", "a;b;' +84"),
        ("một\n=hai\r\n@ba", "một\n'=hai\r\n'@ba"),
        ("=1;=2", "'=1;'=2"),
        ("x, =1", "x, =1"),
    ],
)
def test_a_semicolon_parts_columns_where_the_comma_is_the_decimal_sign(text: str, written: str) -> None:
    assert csv_of({"name": text})[-1][0] == written
    assert unguarded(written) == text


def test_the_lines_of_the_source_do_not_calculate_either() -> None:
    source = {"filters": "q=x;=1+1"}
    text = b"".join(csv_pieces(Table("t", COLUMNS, [], source))).decode("utf-8-sig")
    assert text.startswith("# filters: q=x;'=1+1\r\n")


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
def test_no_cell_of_a_workbook_is_a_formula_or_an_error(text: str) -> None:
    with xlsx_file(table({"name": text})) as file:
        cells = list(load_workbook(file)["facilities"].iter_rows(min_row=2, max_col=1))

    assert all(cell.data_type in ("s", "n", "inlineStr") for (cell,) in cells)
    assert all(cell.value is None or isinstance(cell.value, str) for (cell,) in cells)


def test_negative_numbers_are_numbers() -> None:
    assert csv_of({"saving": "-0.125"}, {"saving": -5})[-2:] == [["", "-0.125", ""], ["", "-5", ""]]
    with xlsx_file(table({"saving": "-0.125", "open": True})) as file:
        _, saving, open_ = load_workbook(file)["facilities"][2]
    assert (saving.value, open_.value) == (-0.125, True)


def test_no_digit_is_lost_in_a_workbook() -> None:
    exact = Decimal("123456789012345678.5")
    with xlsx_file(table({"saving": exact})) as file:
        assert load_workbook(file)["facilities"]["B2"].value == "123456789012345678.5"


def test_the_source_of_a_csv_is_one_line_each_and_no_formula() -> None:
    assert csv_of()[:2] == [["# service: registry"], ["# filters: q=gạch =1+1"]]


def test_json_lines_stay_as_they_are() -> None:
    lines = b"".join(jsonl_pieces(table({"name": "=1", "secret": "x", "saving": Decimal("1.50")})))
    assert [json.loads(line) for line in lines.splitlines()] == [
        {"_meta": SOURCE},
        {"name": "=1", "saving": "1.50"},
    ]


def test_more_rows_than_a_sheet_holds_go_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "SHEET_ROWS", 3)
    with xlsx_file(table(*({"name": f"n{index}"} for index in range(5)))) as file:
        book = load_workbook(file)

    assert book.sheetnames == ["facilities", "facilities 2", "facilities 3", "Nguồn"]
    names = [row[0].value for sheet in book.worksheets[:3] for row in sheet.iter_rows(min_row=2)]
    assert names == ["n0", "n1", "n2", "n3", "n4"]


def test_rows_are_taken_while_they_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "PIECE", 100)
    taken = []

    def items() -> Iterator[dict[str, Any]]:
        for index in range(1000):
            taken.append(index)
            yield {"name": f"Cơ sở {index}"}

    for pieces in (csv_pieces, jsonl_pieces):
        taken.clear()
        next(pieces(Table("facilities", COLUMNS, items(), SOURCE)))
        assert len(taken) < 20


class _IndustrySchema(Schema):
    version = fields.Integer()
    code = fields.String()


class _RowSchema(Schema):
    name = fields.String()
    industry = fields.Nested(_IndustrySchema)
    weight = fields.Quantity()
    tags = fields.List(fields.String())
    parts = fields.List(fields.Nested(_IndustrySchema))


def test_objects_within_are_spread_and_lists_joined() -> None:
    columns = columns_of(_RowSchema)
    item = {
        "name": "Gạch",
        "industry": {"version": 2018, "code": "0810"},
        "weight": "2.50",
        "tags": ["a", "b"],
        "parts": [{"code": "đ"}],
    }

    assert [column.key for column in columns] == [
        "name",
        "industry.version",
        "industry.code",
        "weight",
        "tags",
        "parts",
    ]
    (row,) = Table("x", columns, [item]).rows()
    assert row == ["Gạch", 2018, "0810", Decimal("2.50"), "a; b", '[{"code":"đ"}]']
    (empty,) = Table("x", columns, [{"name": None, "industry": None, "tags": []}]).rows()
    assert empty == [None] * 6
