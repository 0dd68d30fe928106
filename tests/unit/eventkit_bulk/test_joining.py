"""What an assessor would lose: products and meters that end up in somebody else's assessment."""

from __future__ import annotations

import io
from typing import Any

import pytest

from services.audits.api.import_sheets import SHEETS
from services.audits.api.imports import import_kinds
from services.eventkit.bulk import entries
from services.eventkit.bulk.checking import Entry
from services.eventkit.bulk.lines import BadFile
from tests.integration.bulk.files import csv_text, xlsx

(KIND,) = import_kinds(None, None)  # type: ignore[arg-type]  joining asks nobody


def book(**references: list[Any]) -> bytes:
    """Sheets by key, each with a row a reference."""
    sheets = {}
    for sheet in SHEETS:
        heads = [column.key for column in sheet.columns]
        rows = [[reference, *["x"] * (len(heads) - 1)] for reference in references.get(sheet.key, [])]
        sheets[sheet.en] = [heads, *rows]
    return xlsx(sheets)


def joined(**references: list[Any]) -> list[Entry]:
    return list(entries.read_entries(io.BytesIO(book(**references)), "xlsx", KIND))


def rows(entry: Entry) -> dict[str, list[int]]:
    return {name: [part.number for part in parts] for name, parts in entry.parts.items()}


def test_parts_go_to_the_assessment_of_their_reference() -> None:
    first, second = joined(assessments=[1, "b"], products=["b", "1", "b"], flows=[1.0], options=["b"])
    assert rows(first) == {"products": [3], "flows": [2]}
    assert rows(second) == {"products": [2, 4], "options": [2]}
    assert first.loose is None and second.loose is None


def test_a_part_that_names_no_assessment_is_an_entry_of_its_own() -> None:
    head, unknown, unnamed = joined(assessments=["a"], products=["z"], options=[None])
    assert rows(head) == {}
    assert [(e.row.sheet.key, e.row.number, e.loose and e.loose.code) for e in (unknown, unnamed)] == [
        ("products", 2, "joins-nothing"),
        ("options", 2, "required"),
    ]
    assert head.number < unknown.number < unnamed.number


def test_of_two_assessments_with_one_reference_neither_is_taken() -> None:
    found = joined(assessments=["a", "b", "a"], products=["a"])
    assert [entry.loose and entry.loose.arguments for entry in found] == [
        {"first": "2", "row": "4"},
        None,
        {"first": "2", "row": "4"},
    ]
    assert sum(len(parts) for entry in found for parts in entry.parts.values()) == 1


def test_a_file_too_large_to_join_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "JOINED", 2)
    with pytest.raises(BadFile, match="too-many-rows"):
        joined(assessments=["a"], products=["a", "a"])


def test_csv_has_no_room_for_four_sheets() -> None:
    with pytest.raises(BadFile, match="needs-xlsx"):
        list(entries.read_entries(io.BytesIO(csv_text([["reference"]])), "csv", KIND))
