"""Whether work is on its way: a Department that is told too late that it falls behind can not mend it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction

import msgspec
import pytest

from deploy.sxsh.plan_commands import FOLDER, shipped
from services.kpi.domain.aims import AT_MOST, PLANNED, Aim, against, aim_of, stand
from services.kpi.domain.figure import Figure, measure_names, middle_of, number, share, undivided
from services.kpi.domain.judging import Status, worst
from services.kpi.domain.plans import PlanData, built_in
from services.kpi.domain.rules import Words

WORDS = Words(vi="x", en="x")
START, DUE = date(2016, 1, 1), date(2020, 12, 31)
HALF = date(2018, 7, 2)
FLAT, STEEP = [10] * 12, [*range(10, 34, 2)]


def plan(**expected: int) -> PlanData:
    named = {measure.replace("_", "-"): value for measure, value in expected.items()}
    return PlanData("p", WORDS, "s", START, DUE, ("a",), (), named)


def pilots(count: int) -> Figure:
    return number("pilots", "pilots", count)


def aim(figure: Figure, of: PlanData, on: date, *others: Figure) -> Aim | None:
    return aim_of(figure, {one.measure: one for one in (figure, *others)}, of, on)


def steady(figure: Figure) -> Callable[[], list[Figure]]:
    return lambda: [figure] * 12


@pytest.mark.parametrize(
    ("on", "count", "history", "status"),
    [
        (HALF, 50, FLAT, "on-track"),
        (HALF, 49, FLAT, "off-track"),
        (HALF, 32, STEEP, "off-track"),
        (HALF, 49, [*range(5, 53, 4)], "at-risk"),
        (START, 0, FLAT, "on-track"),
        (DUE, 100, FLAT, "met"),
        (DUE, 99, STEEP, "missed"),
        (date(2022, 1, 1), 100, FLAT, "met"),
    ],
)
def test_a_number_of_the_plan_is_reached_along_a_straight_path(
    on: date, count: int, history: list[int], status: str
) -> None:
    figure = pilots(count)
    found = stand(figure, aim(figure, plan(pilots=100), on), on, lambda: [pilots(one) for one in history])
    assert found.judged.status == status
    assert found.reason is None


def test_a_forecast_of_a_number_goes_beyond_one_and_never_below_nothing() -> None:
    figure = pilots(10)
    wanted = aim(figure, plan(pilots=100), HALF)
    up = stand(figure, wanted, HALF, lambda: [pilots(n) for n in STEEP]).judged.forecast
    down = stand(figure, wanted, HALF, lambda: [pilots(n) for n in reversed(STEEP)]).judged.forecast
    assert up is not None and up.value > 60
    assert up.on == DUE
    assert down is not None and down.value == 0


@pytest.mark.parametrize(
    ("days", "before", "on", "status"),
    [
        (30, 30, HALF, "on-track"),
        (31, 31, HALF, "off-track"),
        (31, None, HALF, "unknown"),
        (30, 60, DUE, "met"),
        (31, 10, DUE, "missed"),
    ],
)
def test_of_a_delay_less_is_better(days: int, before: int | None, on: date, status: str) -> None:
    def delay(value: int | None) -> Figure:
        spread = [] if value is None else [(value, 1)]
        return middle_of("policy-delay", "days", spread, 1, "nothing-issued")

    figure = delay(days)
    wanted = aim(figure, plan(policy_delay=30), on)
    found = stand(figure, wanted, on, lambda: [delay(before)] * 12)
    assert found.judged.status == status
    assert against(figure, wanted).met is (days <= 30)


def test_a_falling_delay_is_at_risk_only() -> None:
    def delay(value: int) -> Figure:
        return middle_of("recording-delay", "days", [(value, 1)], 1, "no-records")

    figure = delay(31)
    wanted = aim(figure, plan(recording_delay=30), HALF)
    found = stand(figure, wanted, HALF, lambda: [delay(90 - 5 * month) for month in range(12)])
    assert found.judged.status == "at-risk"


def test_documents_are_on_their_way_as_long_as_none_is_late() -> None:
    def documents(issued: int, late: int) -> tuple[Figure, Figure, Figure]:
        return (
            share("policies-issued", "documents", issued, 9, "no-policies"),
            number("policies-planned", "documents", 9),
            number("policies-late", "documents", late),
        )

    for late, status in ((0, "on-track"), (1, "off-track")):
        figure, *others = documents(2, late)
        wanted = aim(figure, plan(), HALF, *others)
        assert wanted is not None
        assert (wanted.value, wanted.said_by, wanted.path) == (9, "records", 2 + late)
        assert stand(figure, wanted, HALF, steady(figure)).judged.status == status


@pytest.mark.parametrize(("measure", "of"), [("money-committed", 100), ("money-disbursed", 40)])
def test_money_is_to_reach_what_is_planned(measure: str, of: int) -> None:
    planned = number("money-planned", "VND", 100)
    figure = share(measure, "VND", 40, of, "no-money-planned")
    wanted = aim(figure, plan(), HALF, planned)
    assert wanted is not None
    assert (wanted.value, wanted.said_by) == (100, "records")
    assert wanted.path == Fraction(100 * (HALF - START).days, (DUE - START).days)
    assert stand(figure, wanted, DUE, steady(figure)).judged.status == "missed"


def test_a_share_of_nothing_counts_nothing_and_is_judged() -> None:
    figure = share("money-disbursed", "VND", 0, 0, "no-money-committed")
    found = stand(figure, aim(figure, plan(money_disbursed=5), HALF), HALF, steady(figure))
    assert found.judged.status == "off-track"


@pytest.mark.parametrize(
    ("linked", "districts", "status", "expected"),
    [(8, 8, "met", 8), (7, 8, "missed", 8), (7, 7, "met", 7), (6, 7, "missed", 7), (0, 0, "unknown", 0)],
)
def test_a_reorganisation_makes_no_plan_missed(
    linked: int, districts: int, status: str, expected: int
) -> None:
    figure = share("districts-linked", "districts", linked, districts, "level-ended")
    wanted = aim(figure, plan(districts_linked=8), DUE)
    found = stand(figure, wanted, DUE, steady(figure))
    assert wanted is not None
    assert (found.judged.status, wanted.value) == (status, expected)
    assert (found.reason is None) == (status != "unknown")


def test_why_it_can_not_be_judged_is_said() -> None:
    figure, unknown = pilots(3), undivided("people", "people")
    money = share("money-committed", "VND", 0, 0, "no-money-planned")
    none = stand(figure, aim(figure, plan(), HALF), HALF, list)
    no_value = stand(unknown, aim(unknown, plan(people=9), HALF), HALF, steady(unknown))
    no_money = stand(money, aim(money, plan(), HALF, number("money-planned", "VND", 0)), HALF, list)
    few = stand(figure, aim(figure, plan(pilots=100), HALF), HALF, lambda: [None] * 7 + [figure] * 5)
    found = (none, no_value, no_money, few)
    assert [one.judged.status for one in found] == ["no-target", "unknown", "no-target", "unknown"]
    said = [one.reason.en for one in found if one.reason]
    assert len(set(said)) == 4
    assert all(one.startswith("cannot be judged because") for one in said)
    assert said[0] == "cannot be judged because the plan says no number for it"


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        (["on-track", "met"], "on-track"),
        (["no-target", "met"], "met"),
        (["no-target"], "no-target"),
        ([], "no-target"),
        (["unknown", "on-track"], "unknown"),
        (["unknown", "off-track"], "off-track"),
        (["missed", "off-track", "no-target"], "missed"),
    ],
)
def test_an_indicator_stands_as_the_worst_of_its_measures(parts: list[Status], status: Status) -> None:
    assert worst(parts) == status


def test_all_that_is_judged_is_a_measure_by_its_name() -> None:
    assert AT_MOST | PLANNED.keys() | set(PLANNED.values()) <= measure_names().keys()


@pytest.mark.parametrize("id_", [path.stem for path in FOLDER.glob("*.yaml")])
def test_the_plans_that_come_with_the_system_expect_measures_that_there_are(id_: str) -> None:
    assert shipped()[id_].get("expected", {}).keys() <= measure_names().keys()


def test_the_built_in_plan_judges_as_the_one_that_is_loaded_in_its_place() -> None:
    loaded = msgspec.convert({"plan_id": "nb-1051-2016", **shipped()["nb-1051-2016"]}, PlanData)
    assert loaded.expected == built_in().expected
    assert loaded.targets == built_in().targets
