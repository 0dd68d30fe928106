"""A reorganisation must not move a target: the province is the same the day before and the day after."""

from __future__ import annotations

from datetime import date

import pytest

from services.kpi.domain.facts import UnitCard
from services.kpi.domain.territory import Units
from tests.unit.kpi.lives import RULES, Life

PLAN = RULES.territory


def unit(id_: str, level: str = "district", since: str = "2000-01-01", parent: str | None = None) -> Life:
    return Life(f"unit:{id_}").tell(
        "registry", "unit.registered", since, unit_id=id_, name=f"Tên {id_}", level=level, parent_id=parent
    )


def ended(life: Life, day: str, *successors: str) -> Life:
    return life.tell("registry", "unit.closed", day, reason="law", successors=list(successors))


def counted(life: Life, day: str, facilities: int) -> Life:
    return life.tell("registry", "official-count.published", day, facilities=facilities, source="book")


def units(*lives: Life) -> Units:
    cards = [life.card() for life in lives]
    return Units({card.id: card for card in cards if isinstance(card, UnitCard)})


def ordinal(day: str) -> int:
    return date.fromisoformat(day).toordinal()


def test_successors_and_what_is_within_them_belong_whatever_the_day() -> None:
    known = units(
        ended(unit("kim-son"), "2025-07-01", "phat-diem", "dinh-hoa"),
        unit("phat-diem", "commune", "2025-07-01"),
        unit("dinh-hoa", "commune", "2025-07-01"),
        unit("hamlet", "commune", "2025-07-01", parent="dinh-hoa"),
        unit("ha-noi", "province"),
    )
    found = known.territory(PLAN)
    assert {"kim-son", "phat-diem", "dinh-hoa", "hamlet"} <= set(found.units)
    assert "ha-noi" not in found
    assert found.within("dinh-hoa") == {"dinh-hoa", "hamlet"}
    assert found.within("kim-son") == {"kim-son"}, "its history stays its own"


def test_units_that_succeed_each_other_in_a_circle_are_found_once() -> None:
    known = units(ended(unit("a"), "2020-01-01", "b"), ended(unit("b"), "2021-01-01", "a"))
    assert known.territory(["a"]).units == ("a", "b")


def test_a_unit_is_called_as_the_plan_says_else_as_it_was_that_day() -> None:
    life = unit("phat-diem", "commune", "2025-07-01").tell(
        "registry", "unit.renamed", "2026-01-01", code="1", name="Phát Diệm mới"
    )
    found = units(life).territory([*PLAN, "phat-diem"], PLAN)
    assert found.name("phat-diem", ordinal("2025-12-31")).vi == "Tên phat-diem"
    assert found.name("phat-diem", ordinal("2026-01-01")).vi == "Phát Diệm mới"
    assert units(life).territory(PLAN, PLAN).name("kim-son", ordinal("2018-01-01")).vi == "Huyện Kim Sơn"


PROVINCE = ("p", "province", "2000-01-01", None)


@pytest.mark.parametrize(
    ("province", "districts", "asked", "official"),
    [
        (100, {"a": None, "b": None}, ["a", "b"], 100),
        (100, {"a": 60, "b": 45}, ["a", "b"], 105),
        (100, {"a": 60, "b": 45}, ["p"], 105),
        (100, {"a": 60, "b": None}, ["p"], 100),
        (100, {"a": 60, "b": None}, ["a"], 60),
        (100, {"a": 60, "b": None}, ["b"], None),
        (None, {"a": 60, "b": None}, ["a", "b"], None),
        (100, {"a": None, "b": None}, [], None),
    ],
)
def test_official_numbers_are_never_added_twice_nor_in_part(
    province: int | None, districts: dict[str, int | None], asked: list[str], official: int | None
) -> None:
    lives = [unit("p", "province"), *(unit(id_, parent="p") for id_ in districts)]
    for life, number in zip(lives, (province, *districts.values()), strict=True):
        if number is not None:
            counted(life, "2018-01-01", number)
    found = units(*lives).territory(["p", *districts])
    assert found.official(asked, ordinal("2019-01-01")) == official
    assert found.official(asked, ordinal("2017-12-31")) is None
