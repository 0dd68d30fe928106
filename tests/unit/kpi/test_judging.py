"""Whether a target is on its way: a province that is told too late that it falls behind can not mend it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest

from services.kpi.domain.judging import both, forecast, history_days, judge
from services.kpi.domain.plans import Milestone, PathStart, PlanData, Target, built_in, known_plans, plan_of
from services.kpi.domain.rules import Words
from services.kpi.domain.targets import Reading, ratio

WORDS = Words(vi="x", en="x")
NONE = Reading(None, None, None, None, None, WORDS)


def plan(*targets: Target, start: str = "2020-01-01", due: str = "2030-01-01") -> PlanData:
    days = date.fromisoformat(start), date.fromisoformat(due)
    return PlanData(
        id="p", name=WORDS, source="s", start=days[0], due=days[1], territory=("a",), targets=targets
    )


def goal(code: str, *milestones: tuple[str, str], path_from: PathStart | None = None) -> Target:
    return Target(
        code,
        tuple(Milestone(date.fromisoformat(day), Decimal(value)) for day, value in milestones),
        path_from,
    )


def reading(value: str) -> Reading:
    exact = Fraction(value)
    return ratio(exact.numerator, exact.denominator, None, WORDS)


TWO = plan(goal("K1", ("2025-01-01", "0.5"), ("2030-01-01", "0.9")))


@pytest.mark.parametrize(
    ("day", "value"),
    [
        ("2019-01-01", "0"),
        ("2020-01-01", "0"),
        ("2022-07-02", str(Fraction(913, 1827) / 2)),
        ("2025-01-01", "1/2"),
        ("2027-07-03", str(Fraction(1, 2) + Fraction(2, 5) * Fraction(913, 1826))),
        ("2030-01-01", "9/10"),
        ("2035-01-01", "9/10"),
    ],
)
def test_the_path_is_straight_from_milestone_to_milestone(day: str, value: str) -> None:
    assert TWO.path("K1", date.fromisoformat(day)) == Fraction(value)


def test_a_path_may_begin_elsewhere_than_at_nothing() -> None:
    start = PathStart(date(2021, 1, 1), Decimal("0.3"))
    found = plan(goal("K1", ("2022-01-01", "0.5"), path_from=start))
    assert found.path("K1", date(2020, 6, 1)) == Fraction(3, 10)
    assert found.path("K1", date(2022, 1, 1)) == Fraction(1, 2)


@pytest.mark.parametrize(
    ("day", "expected"), [("2024-12-31", "0.5"), ("2025-01-01", "0.5"), ("2025-01-02", "0.9")]
)
def test_the_next_milestone_is_what_counts(day: str, expected: str) -> None:
    assert TWO.goals(date.fromisoformat(day)) == {"K1": Fraction(expected)}


ON = date(2024, 12, 31)
PATH = TWO.path("K1", ON)
STEEP = [reading(f"{n}/25") for n in range(12)]
FLAT = [reading("1/10")] * 12


@pytest.mark.parametrize(
    ("day", "value", "history", "status"),
    [
        (ON, str(PATH), FLAT, "on-track"),
        (ON, str(PATH), [NONE] * 12, "on-track"),
        (ON, "0.44", STEEP, "off-track"),
        (date(2024, 6, 30), "0.44", STEEP, "at-risk"),
        (date(2024, 6, 30), "0.1", FLAT, "off-track"),
        (date(2024, 6, 30), "0.1", [NONE] * 7 + FLAT[:5], "unknown"),
        (date(2024, 6, 30), "0.1", [NONE] * 6 + FLAT[:6], "off-track"),
        (date(2025, 1, 1), "1/2", FLAT, "met"),
        (date(2025, 1, 1), "499999/1000000", FLAT, "missed"),
        (date(2031, 1, 1), "0.9", FLAT, "met"),
        (date(2031, 1, 1), "0.89", FLAT, "missed"),
    ],
)
def test_status(day: date, value: str, history: list[Reading], status: str) -> None:
    assert judge(TWO, "K1", day, reading(value), lambda: history).status == status


def test_no_value_is_unknown_and_no_target_is_said() -> None:
    assert judge(TWO, "K1", ON, NONE, lambda: FLAT).status == "unknown"
    assert judge(TWO, "K3", ON, reading("1"), lambda: FLAT).status == "no-target"


def test_of_two_parts_the_worse_says_how_both_are() -> None:
    good, bad = (
        judge(TWO, "K1", ON, reading("1"), lambda: FLAT),
        judge(TWO, "K1", ON, reading("0.1"), lambda: FLAT),
    )
    missing = judge(TWO, "K3", ON, reading("1"), lambda: FLAT)
    assert both([good, bad]).status == "off-track"
    assert both([bad, missing]).status == "no-target"


def test_a_part_that_was_missed_decides_though_another_cannot_be_computed() -> None:
    end = date(2030, 12, 31)
    missed, unknown = (
        judge(TWO, "K1", end, reading("0.1"), lambda: FLAT),
        judge(TWO, "K1", end, NONE, lambda: FLAT),
    )
    assert (missed.status, unknown.status) == ("missed", "unknown")
    assert both([missed, unknown]).status == both([unknown, missed]).status == "missed"


def test_the_forecast_is_the_line_through_the_year_and_stays_a_share() -> None:
    days = history_days(date(2019, 3, 30))
    assert (len(days), days[0], days[-1]) == (12, date(2018, 3, 31), date(2019, 2, 28))
    assert history_days(date(2019, 3, 31))[-1] == date(2019, 3, 31)
    line = [(day, Fraction(day.toordinal() - days[0].toordinal(), 1000)) for day in days]
    found = forecast(line, date(2019, 12, 25))
    assert found is not None
    assert found.value == Fraction((date(2019, 12, 25) - days[0]).days, 1000)
    assert (found.method, found.months) == ("linear-12m", 12)
    far, share = forecast(line, date(2030, 1, 1)), forecast(line, date(2030, 1, 1), most=Fraction(1))
    assert far is not None and share is not None
    assert (far.value > 4, share.value) == (True, 1)
    assert forecast(line[:5], date(2030, 1, 1)) is None


def test_a_loaded_plan_takes_the_place_of_the_built_in_one_of_its_id() -> None:
    assert [*known_plans({})] == ["nb-1051-2016"]
    other = msgspec.structs.replace(TWO, id="nb-1051-2016")
    assert known_plans({other.id: other, "a": TWO}) == {"nb-1051-2016": other, "a": TWO}


def test_a_plan_is_read_from_the_event_that_loaded_it() -> None:
    assert plan_of(msgspec.json.encode(built_in())) == built_in()
    assert plan_of(b'{"plan_id": "x"}') is None
