"""The same digits mean another section in VSIC 2025 than before: reports by industry rest on it."""

from __future__ import annotations

import pytest

from services.eventkit.errors import InvalidInput
from services.registry.domain.events import Industry
from services.registry.domain.facility import FACILITY, SECTIONS, SECTIONS_2025, section_of
from tests.unit.given import given
from tests.unit.registry.facts import register


def divisions(sections: tuple[tuple[str, int, int], ...]) -> list[int]:
    return [division for _, first, last in sections for division in range(first, last + 1)]


def test_the_22_sections_of_2025_hold_its_87_divisions_once() -> None:
    assert [letter for letter, _, _ in SECTIONS_2025] == list("ABCDEFGHIJKLMNOPQRSTUV")
    assert len(divisions(SECTIONS_2025)) == len(set(divisions(SECTIONS_2025))) == 87
    assert set(divisions(SECTIONS)) - set(divisions(SECTIONS_2025)) == {45}


@pytest.mark.parametrize(
    ("code", "before", "since_2025"),
    [
        ("10", "C", "C"),
        ("38", "E", "E"),
        ("60", "J", "J"),
        ("61", "J", "K"),
        ("68", "L", "M"),
        ("99", "U", "V"),
    ],
)
def test_the_letter_follows_from_the_version(code: str, before: str, since_2025: str) -> None:
    assert section_of(Industry(2007, code)) == section_of(Industry(2018, code)) == before
    assert section_of(Industry(2025, code)) == since_2025


def test_a_division_that_a_version_has_not_is_refused() -> None:
    given(FACILITY).when(register(industry=Industry(2018, "4520"))).events()
    error = given(FACILITY).when(register(industry=Industry(2025, "4520"))).refused("VSIC", InvalidInput)
    assert [wrong["field"] for wrong in error.errors] == ["/industry/code"]
