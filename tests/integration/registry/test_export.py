"""What a department would lose: lists it can take away whole, safely, and knowing where they came from."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.integration.registry.people import Person


def rows_of(body: bytes) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Source and rows of a CSV, read as RFC 4180 reads it."""
    lines = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True))
    source = dict(line[0].removeprefix("# ").split(": ", 1) for line in lines if line[0].startswith("# "))
    head, *rest = [line for line in lines if not line[0].startswith("# ")]
    return source, [dict(zip(head, line, strict=True)) for line in rest]


@pytest.fixture
def full(lan: Person) -> Person:
    lan.registered("NB-1", 'Gạch Đông Sơn, "cơ sở 1"', employees=120)
    lan.registered("NB-2", '=HYPERLINK("http://evil")', unit_id="tam-diep", tax_code="2700000002")
    lan.registered("NB-3", "－1+cmd", kind="household", tax_code=None, employees=None)
    return lan


def test_a_csv_opens_in_a_spreadsheet_with_accents_and_without_formulas(full: Person) -> None:
    answer = full.get("/facilities/export?format=csv&sort=code")

    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="facilities-')
    assert answer.data.startswith(b"\xef\xbb\xbf")
    _, rows = rows_of(answer.data)
    assert [row["name"] for row in rows] == [
        'Gạch Đông Sơn, "cơ sở 1"',
        '\'=HYPERLINK("http://evil")',
        "'－1+cmd",
    ]
    assert rows[0]["industry.code"] == "2392"
    assert (rows[0]["employees"], rows[2]["employees"]) == ("120", "")


def test_the_file_says_where_it_came_from(full: Person) -> None:
    position = full.get("/facilities/export?unit_id=nho-quan&q=gach")
    source, rows = rows_of(position.data)

    assert source["service"] == "registry"
    assert source["route"] == "/api/v1/facilities"
    assert source["filters"] == "unit_id=nho-quan&q=gach"
    assert source["position"] == source["position_at_end"] == "registry:6"
    assert position.data.decode().splitlines()[-1] == "# position_at_end: registry:6"
    assert source["made_at"][10] == "T"
    assert [row["code"] for row in rows] == ["NB-1"]


def test_a_workbook_keeps_text_as_text_and_numbers_as_numbers(full: Person) -> None:
    answer = full.get("/facilities/export?format=xlsx&sort=code")

    book = load_workbook(io.BytesIO(answer.data))
    sheet, source = book["facilities"], book["Nguồn"]
    head, *rows = sheet.iter_rows()
    at = {cell.value: index for index, cell in enumerate(head)}
    name, employees, tax = (rows[1][at[key]] for key in ("name", "employees", "tax_code"))
    assert (name.value, name.data_type) == ('=HYPERLINK("http://evil")', "s")
    assert (employees.value, employees.data_type) == (120, "n")
    assert (tax.value, tax.data_type) == ("2700000002", "s")
    said = list(source.iter_rows(values_only=True))
    assert ("route", "/api/v1/facilities") in said
    assert ("position_at_end", "registry:6") in said


def test_json_lines_give_the_records_as_the_list_does(full: Person) -> None:
    answer = full.get("/facilities/export?format=jsonl&sort=code")

    meta, *records, end = map(json.loads, answer.data.splitlines())
    assert meta["_meta"]["position"] == "registry:6"
    assert end == {"_meta": {"position_at_end": "registry:6"}}
    assert records == full.read("/facilities?sort=code")["items"]


def test_no_more_is_in_the_file_than_in_the_list(full: Person, local: Person) -> None:
    _, rows = rows_of(local.get("/facilities/export?sort=code").data)

    assert [row["code"] for row in rows] == ["NB-1", "NB-3"]


def test_a_list_longer_than_a_page_comes_whole_and_once(
    full: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.eventkit.export.lists.PAGE", 2)

    _, rows = rows_of(full.get("/facilities/export?sort=-code").data)

    assert [row["code"] for row in rows] == ["NB-3", "NB-2", "NB-1"]


def test_a_file_that_was_read_while_the_log_grew_says_from_where_to_where(
    full: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its records are of positions between the two; what was registered meanwhile may be in it."""
    monkeypatch.setattr("services.eventkit.export.lists.PAGE", 2)
    monkeypatch.setattr("services.eventkit.export.formats.PIECE", 1)
    answer = full.get("/facilities/export?sort=code")
    pieces = answer.iter_encoded()
    full.registered("NB-4")
    source, rows = rows_of(b"".join(pieces))

    assert (source["position"], source["position_at_end"]) == ("registry:6", "registry:7")
    assert [row["code"] for row in rows] == ["NB-1", "NB-2", "NB-3", "NB-4"]


def test_names_of_officers_are_in_no_file(boss: Person) -> None:
    boss.did("/officers", {"person": {"name": "Bùi Thị Lan"}, "occurred_on": "2018-06-01"})

    for format_ in ("csv", "jsonl"):
        answer = boss.get(f"/officers/export?format={format_}")
        assert answer.status_code == 200
        assert b"Lan" not in answer.data


@pytest.mark.parametrize(
    ("query", "field"), [("format=pdf", "/format"), ("sort=colour", "/sort"), ("limit=3", "/limit")]
)
def test_what_is_wrong_with_the_question_is_said_before_any_file(lan: Person, query: str, field: str) -> None:
    answer = lan.get(f"/facilities/export?{query}")

    assert answer.status_code == 422
    problem: dict[str, Any] = dict(answer.get_json())
    assert problem["errors"][0]["field"] == field


def test_an_empty_list_is_a_file_with_its_headings(lan: Person) -> None:
    source, rows = rows_of(lan.get("/facilities/export?q=khong-co").data)

    assert source["filters"] == "q=khong-co"
    assert rows == []
