"""What the pages say is there in both languages, and numbers are written as the reader writes them."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from services.kpi.pages.charts import chart, tiles
from services.kpi.pages.language import FOLDER, Reader, _catalogue

VI, EN = Reader("vi"), Reader("en")


def _holes(text: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", text))


@pytest.mark.parametrize("key", sorted(_catalogue()))
def test_both_languages_say_the_same_things(key: str) -> None:
    words = _catalogue()[key]
    assert words.vi and words.en
    assert _holes(words.vi) == _holes(words.en)


def test_every_word_that_a_page_asks_for_is_in_the_catalogue() -> None:
    asked = set()
    for path in Path(FOLDER / "templates").rglob("*.html"):
        asked |= set(re.findall(r"""\bt\(["']([a-z-]+)["'][,)]""", path.read_text(encoding="utf-8")))
    assert asked
    assert asked <= _catalogue().keys()


def test_numbers_days_and_money_are_the_readers() -> None:
    assert (VI.percent("0.948020"), EN.percent("0.948020")) == ("94,8%", "94.8%")
    assert (VI.number(1234567), EN.number(1234567)) == ("1.234.567", "1,234,567")
    assert (VI.day(date(2020, 12, 31)), EN.day(date(2020, 12, 31))) == ("31/12/2020", "31 Dec 2020")
    assert "450.998.185.259" in VI.money(450_998_185_259)
    assert (VI.target("0.08"), EN.target("0.355")) == ("8%", "35.5%")
    assert VI.amount(82_098_322_926, "goe") == "82.098 TOE"


def test_a_difference_has_its_sign_and_one_too_small_to_show_is_none() -> None:
    assert VI.points(Decimal("0.027")) == "+2,7 điểm"
    assert VI.points(Decimal("-0.007")) == "−0,7 điểm"
    assert VI.points(Decimal("0.0004")) == "không đổi"


def test_days_and_shares_in_a_reason_are_written_as_the_reader_writes_them() -> None:
    reason = {"vi": "từ 2018-04-12, 55.00%; 8%, 2018-02-30", "en": "since 2018-04-12, 55.00%; 8%, 2018-02-30"}
    assert VI.pick(reason) == "từ 12/04/2018, 55,0%; 8%, 2018-02-30"
    assert EN.pick(reason) == "since 12 Apr 2018, 55.0%; 8%, 2018-02-30"


def test_a_month_without_a_value_leaves_a_gap_in_the_line() -> None:
    months = [date(2018, month, 28) for month in range(1, 7)]
    values = [(months[0], 0.1), (months[1], 0.2), (months[2], None), (months[3], 0.3), (months[4], 0.4)]
    found = chart(values, [], 0.35, EN)
    assert found is not None
    assert len(found.lines) == 2
    assert len(found.dots) == 4
    assert chart(values[:1], [], None, EN) is None


def test_a_unit_without_a_place_on_the_map_gets_one_of_its_own() -> None:
    rows = [
        {
            "unit_id": unit,
            "name": {"vi": unit, "en": unit},
            "decimal": "0.5",
            "numerator": 1,
            "denominator": 2,
        }
        for unit in ("nho-quan", "phu-ly", "nam-dinh", "kim-son")
    ]
    places = [(tile.column, tile.row) for tile in tiles(rows, 0.95, "facilities", EN)]
    assert len(set(places)) == 4
