"""A wrong specific consumption makes the province report a saving that is not there, or hide one that is."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from services.kpi.domain.facts import Saving
from services.kpi.domain.saving import saving_of
from services.kpi.domain.texts import reason
from tests.unit.kpi.lives import RULES, flow, measured, product


def saving(baseline: dict[str, Any], later: dict[str, Any]) -> Saving:
    return saving_of(msgspec.json.encode(baseline), msgspec.json.encode(later), RULES)


def test_expected_is_the_specific_consumption_of_the_baseline_times_the_later_output() -> None:
    found = saving(measured(2016, "100", "1000000"), measured(2017, "120", "1080000"))
    # 10 000 kWh/t * 120 t * 154.3 goe/kWh
    assert found.energy == (185_160_000, 166_644_000)
    assert found.strict8
    assert found.outliers == []


@pytest.mark.parametrize(
    ("kwh", "strict8", "strict5"),
    [
        ("920000", True, True),
        ("920000.000001", False, True),
        ("950000", False, True),
        ("950000.000001", False, False),
        ("1100000", False, False),
    ],
)
def test_thresholds_compare_exact_values(kwh: str, strict8: bool, strict5: bool) -> None:
    found = saving(measured(2016), measured(2017, kwh=kwh))
    assert (found.strict8, found.strict5) == (strict8, strict5)


@pytest.mark.parametrize(
    ("kwh", "outliers"),
    [("600000", []), ("599999", ["energy"]), ("1400000", []), ("1400001", ["energy"])],
)
def test_only_beyond_forty_percent_is_an_outlier(kwh: str, outliers: list[str]) -> None:
    assert saving(measured(2016), measured(2017, kwh=kwh)).outliers == outliers


def test_water_beyond_the_limit_flags_too() -> None:
    before = measured(2016, flows=[flow("electricity", "1000", "kWh"), flow("water", "100", "m3")])
    after = measured(2017, flows=[flow("electricity", "950", "kWh"), flow("water", "50000", "l")])
    found = saving(before, after)
    assert found.water == (100_000, 50_000)
    assert found.outliers == ["water"]


def test_fuel_is_a_part_of_energy_and_not_added_twice() -> None:
    before = measured(2016, flows=[flow("electricity", "1", "MWh"), flow("diesel", "1", "kl")])
    after = measured(2017, flows=[flow("electricity", "900", "kWh"), flow("diesel", "1000", "l")])
    found = saving(before, after)
    assert found.fuel == (880_000, 880_000)
    assert found.energy == (154_300 + 880_000, 138_870 + 880_000)


@pytest.mark.parametrize(
    ("resource", "unit", "quantity", "goe"),
    [
        ("electricity", "kWh", "10000", 1_543_000),
        ("electricity", "MWh", "10", 1_543_000),
        ("coal-1-2", "t", "1", 700_000),
        ("coal-3-4", "kg", "1000", 600_000),
        ("coal-5-6", "t", "1", 500_000),
        ("diesel", "t", "1", 1_020_000),
        ("diesel", "l", "1000", 880_000),
        ("fuel-oil", "kg", "1000", 990_000),
        ("fuel-oil", "kl", "1", 940_000),
        ("lpg", "t", "1", 1_090_000),
        ("natural-gas", "m3", "1000", 900_000),
        ("natural-gas", "1000m3", "1", 900_000),
        ("petrol", "t", "1", 1_050_000),
        ("petrol", "l", "1000", 830_000),
    ],
)
def test_conversion_to_oil_equivalent(resource: str, unit: str, quantity: str, goe: int) -> None:
    flows = [flow(resource, quantity, unit)]
    assert saving(measured(2016, flows=flows), measured(2017, flows=flows)).energy == (goe, goe)


def test_meters_by_product_need_no_coefficients() -> None:
    before = measured(
        2016,
        products=[product("a", "100"), product("b", "50", unit="m2")],
        flows=[
            flow("electricity", "1000", "kWh", product="a"),
            flow("electricity", "400", "kWh", product="b"),
        ],
    )
    after = measured(
        2017,
        products=[product("a", "110"), product("b", "25", unit="m2")],
        flows=[
            flow("electricity", "1000", "kWh", product="a"),
            flow("electricity", "190", "kWh", product="b"),
        ],
    )
    # 10 kWh/t * 110 + 8 kWh/m2 * 25 = 1300 kWh
    assert saving(before, after).energy == (round(1300 * 154.3), round(1190 * 154.3))


def test_a_shared_flow_follows_the_coefficients_of_the_baseline() -> None:
    before = measured(
        2016,
        products=[product("a", "100", equivalence="1"), product("b", "50", equivalence="2")],
        flows=[flow("electricity", "2000", "kWh")],
    )
    after = measured(
        2017,
        products=[product("a", "50", equivalence="9"), product("b", "100", equivalence="9")],
        flows=[flow("electricity", "2400", "kWh")],
    )
    # 10 kWh per equivalent tonne * (50 + 2 * 100), whatever the later report says of coefficients
    assert saving(before, after).energy == (round(2500 * 154.3), round(2400 * 154.3))


def test_a_new_product_with_its_own_meter_is_left_out_with_its_input() -> None:
    after = measured(
        2017,
        products=[product("p1", "100"), product("new", "70", unit="piece")],
        flows=[flow("electricity", "900000", "kWh"), flow("electricity", "500000", "kWh", product="new")],
    )
    assert saving(measured(2016), after).energy == (154_300_000, 138_870_000)


def test_a_new_product_with_a_coefficient_takes_its_part_of_the_shared_flow_with_it() -> None:
    after = measured(
        2017,
        products=[product("p1", "100"), product("new", "50", equivalence="2")],
        flows=[flow("electricity", "1900000", "kWh")],
    )
    assert saving(measured(2016), after).energy == (154_300_000, 146_585_000)


def test_a_new_product_without_output_yet_hinders_nothing() -> None:
    after = measured(2017, products=[product("p1", "100"), product("new", "0")])
    assert saving(measured(2016), after).energy == (154_300_000, 154_300_000)


def test_materials_are_weighed_by_baseline_prices_and_so_can_be_added() -> None:
    before = measured(
        2016,
        flows=[
            flow("electricity", "1000", "kWh"),
            flow("material", "10", "t", name="clay", cost_vnd=1_000_000),
            flow("material", "100", "kg", name="glaze", cost_vnd=5_000_000),
        ],
    )
    after = measured(
        2017,
        flows=[
            flow("electricity", "1000", "kWh"),
            flow("material", "9000", "kg", name="clay", cost_vnd=99_000_000),
            flow("material", "80", "kg", name="glaze"),
        ],
    )
    assert saving(before, after).material == (6_000_000, 900_000 + 4_000_000)


_TWO = [product("a", "10", equivalence="1"), product("b", "10")]
_ONE_FLOW = [flow("electricity", "10", "kWh")]


@pytest.mark.parametrize(
    ("baseline", "later", "code"),
    [
        (measured(2016, end="2016-11-30"), measured(2017), "not-twelve-months"),
        (measured(2016), measured(2017, end="2018-01-31"), "not-twelve-months"),
        (measured(2016), measured(2017, start="2017-02-01", end="2018-01-31"), "months-differ"),
        (measured(2016), measured(2016), "overlap"),
        (measured(2016, "0"), measured(2017), "zero-output"),
        (measured(2016), measured(2017, products=[product("p1", "5", unit="m2")]), "unit-differs"),
        (measured(2016, products=_TWO, flows=_ONE_FLOW), measured(2017, products=_TWO), "no-equivalence"),
        (measured(2016), measured(2017, products=[product("p1", "1"), product("new", "1")]), "new-product"),
        (measured(2016, flows=[flow("lpg", "5", "l")]), measured(2017), "no-factor"),
        (measured(2016, kwh="0"), measured(2017), "no-expected"),
        (measured(2016), measured(2017, output="0"), "no-expected"),
    ],
)
def test_what_cannot_be_computed_says_why(baseline: dict[str, Any], later: dict[str, Any], code: str) -> None:
    found = saving(baseline, later)
    assert found.energy is None
    assert found.reasons["energy"][0] == code
    words = reason(*found.reasons["energy"])
    assert words.en.startswith("cannot be computed because")
    assert words.vi.startswith("không tính được vì")


def test_an_unknown_material_price_leaves_the_energy_standing() -> None:
    before = measured(2016, flows=[flow("electricity", "10", "kWh"), flow("material", "1", "t", name="clay")])
    found = saving(before, before | {"period": measured(2017)["period"]})
    assert found.material is None
    assert found.reasons["material"] == ("no-price", "clay")
    assert found.energy == (1543, 1543)


def test_twelve_months_may_begin_in_the_middle_of_a_month() -> None:
    before = measured(2015, start="2015-03-15", end="2016-03-14")
    after = measured(2016, start="2016-03-15", end="2017-03-14")
    assert saving(before, after).energy is not None


@pytest.mark.parametrize(
    ("year", "grams_per_kwh"),
    [(2014, "661.2"), (2016, "918.5"), (2020, "804.1"), (2024, "804.1")],
)
def test_co2_takes_the_grid_factor_of_the_later_period_for_both(year: int, grams_per_kwh: str) -> None:
    found = saving(measured(year - 1, kwh="1000"), measured(year, kwh="900"))
    factor = Decimal(grams_per_kwh)
    assert found.co2 == (round(1000 * factor), round(900 * factor))


def test_co2_before_the_first_known_grid_factor_takes_the_first() -> None:
    assert saving(measured(2012, kwh="1000"), measured(2013, kwh="900")).co2 == (661_200, 595_080)


@pytest.mark.parametrize(
    ("resource", "unit", "grams"),
    [
        # 41.868 GJ/TOE x TOE a unit x kgCO2/GJ
        ("coal-3-4", "t", round(Decimal("41868") * Decimal("0.60") * Decimal("98.3"))),
        ("diesel", "kl", round(Decimal("41868") * Decimal("0.88") * Decimal("74.1"))),
        ("fuel-oil", "t", round(Decimal("41868") * Decimal("0.99") * Decimal("77.4"))),
        ("lpg", "t", round(Decimal("41868") * Decimal("1.09") * Decimal("63.1"))),
        ("natural-gas", "1000m3", round(Decimal("41868") * Decimal("0.9") * Decimal("56.1"))),
        ("petrol", "kl", round(Decimal("41868") * Decimal("0.83") * Decimal("69.3"))),
    ],
)
def test_co2_of_what_is_burnt(resource: str, unit: str, grams: int) -> None:
    flows = [flow(resource, "1", unit)]
    assert saving(measured(2016, flows=flows), measured(2017, flows=flows)).co2 == (grams, grams)


def test_money_is_that_of_the_flows_with_a_price_at_the_baselines_prices() -> None:
    before = measured(
        2016,
        flows=[
            flow("electricity", "1000", "kWh", cost_vnd=2_000_000),
            flow("water", "10", "m3"),
            flow("material", "1", "t", name="clay", cost_vnd=500_000),
        ],
    )
    after = measured(
        2017,
        flows=[
            flow("electricity", "900", "kWh", cost_vnd=9_000_000),
            flow("water", "5", "m3", cost_vnd=1),
            flow("material", "900", "kg", name="clay"),
        ],
    )
    assert saving(before, after).cost == (2_500_000, 1_800_000 + 450_000)


def test_what_the_baseline_does_not_hold_can_not_be_priced() -> None:
    """From coal to gas: to count the coal that is no longer bought and not the gas would invent a saving."""
    before = measured(2016, flows=[flow("coal-3-4", "10", "t", cost_vnd=100)])
    after = measured(2017, flows=[flow("coal-3-4", "1", "t"), flow("lpg", "1", "t")])
    found = saving(before, after)
    assert found.cost is None
    assert found.reasons["cost"] == ("no-price", "lpg")
    assert found.co2 is not None


def test_without_any_price_there_is_no_money() -> None:
    found = saving(measured(2016), measured(2017))
    assert (found.cost, found.reasons["cost"][0]) == (None, "no-prices")


def test_where_the_energy_can_not_be_computed_nor_can_its_co2() -> None:
    found = saving(measured(2016, kwh="0"), measured(2017))
    assert (found.co2, found.reasons["co2"]) == (None, found.reasons["energy"])
