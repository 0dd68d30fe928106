"""The saving that an assessor and a reviewer see; where there is none the sentence says what is missing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from services.audits.api.shown_saving import saving_shown
from services.audits.domain import saving
from services.audits.domain.assessment import assessment
from services.audits.domain.factors import factors
from services.audits.domain.measurement import Measurement
from services.audits.domain.rules import DATA
from services.audits.domain.saving import QUANTITIES, Pair, saving_of
from services.audits.domain.texts import reason_words
from services.audits.domain.units import NotConvertible, conversion
from tests.unit.audits.facts import UNTIL_APPROVED, flow, measured, product, recorded, reported
from tests.unit.given import given


def year(number: int, *flows: Any, products: tuple[Any, ...] = (), **changes: Any) -> Measurement:
    values: dict[str, Any] = {"flows": flows, "products": products or (product(output=Decimal(100)),)}
    return measured(date(number, 1, 1), date(number, 12, 31), **values | changes)


def kwh(quantity: str, **changes: Any) -> Any:
    return flow(resource="electricity", quantity=Decimal(quantity), unit="kWh", **changes)


def coal(quantity: str, **changes: Any) -> Any:
    return flow(quantity=Decimal(quantity), **changes)


BEFORE, AFTER = year(2017, kwh("1000")), year(2019, kwh("900"))
TWO = (
    product(code="a", name="A", output=Decimal(100), equivalence=Decimal(1)),
    product(code="b", name="B", output=Decimal(50), equivalence=Decimal(2)),
)


def test_the_same_factor_is_seen_in_four_units() -> None:
    before = year(2017, coal("1000", cost_vnd=2_000_000_000), kwh("10000", cost_vnd=15_000_000))
    after = year(2019, coal("900"), kwh("9000"))
    state = given(
        assessment,
        [
            *UNTIL_APPROVED[:1],
            _with(recorded, before),
            *UNTIL_APPROVED[2:],
            _with(reported, after),
        ],
    ).state
    shown = saving_shown(state, "u1")
    # 100 t x 0.5 TOE + 1000 kWh x 0.0001543 TOE
    assert shown["energy_toe"]["saved"] == "50.154300"
    assert shown["energy_toe"]["percent"] == "10.00"
    assert shown["energy_gj"]["saved"] == "2099.860"
    assert shown["fuel_toe"]["saved"] == "50.000000"
    # 50 TOE x 41.868 GJ x 98.3 kg + 1 MWh x 0.8458 t, the grid of 2019
    assert shown["co2_t"]["saved"] == "206.627020"
    assert shown["cost_vnd"]["saved"] == "201500000"
    assert shown["water_m3"]["reason"]["code"] == "no-flow"
    assert (shown["factors"], shown["grid_year"]) == ("1", 2019)


def _with(event: Any, figures: Measurement) -> Any:
    return replace(event, measurement=figures)


#: Case -> (baseline, later, quantity, code of the reason).
NONE: dict[str, tuple[Measurement | None, Measurement, str, str]] = {
    "no baseline": (None, AFTER, "energy", "no-baseline"),
    "nine months": (
        BEFORE,
        measured(date(2019, 1, 1), date(2019, 9, 30), flows=(kwh("9"),)),
        "energy",
        "not-twelve-months",
    ),
    "other months": (
        BEFORE,
        measured(date(2019, 4, 1), date(2020, 3, 31), flows=(kwh("9"),)),
        "energy",
        "months-differ",
    ),
    "overlap": (BEFORE, year(2017, kwh("9")), "energy", "overlap"),
    "no product in the baseline": (replace(BEFORE, products=()), AFTER, "energy", "no-product"),
    "no output in the baseline": (
        year(2017, kwh("1"), products=(product(output=Decimal(0)),)),
        AFTER,
        "energy",
        "zero-output",
    ),
    "no output later": (
        BEFORE,
        year(2019, kwh("1"), products=(product(output=Decimal(0)),)),
        "energy",
        "no-expected",
    ),
    "the unit of output changed": (
        BEFORE,
        year(2019, kwh("1"), products=(product(unit="t"),)),
        "co2",
        "unit-differs",
    ),
    "a unit without factor": (
        year(2017, flow(resource="lpg", quantity=Decimal(1), unit="l")),
        AFTER,
        "energy",
        "no-factor",
    ),
    "before the factor is valid": (
        measured(date(2008, 1, 1), date(2008, 12, 31), flows=(kwh("1"),)),
        measured(date(2010, 1, 1), date(2010, 12, 31), flows=(kwh("1"),)),
        "energy",
        "no-factor",
    ),
    "shared without equivalence": (
        year(2017, kwh("1"), products=(TWO[0], product(code="b", name="B"))),
        AFTER,
        "energy",
        "no-equivalence",
    ),
    "a new product shares": (
        BEFORE,
        year(2019, kwh("1"), products=(product(), product(code="new", name="Ngói"))),
        "energy",
        "new-product",
    ),
    "a meter of no product": (
        year(2017, kwh("1", product="gone")),
        AFTER,
        "energy",
        "unknown-product",
    ),
    "a material without price": (
        year(2017, kwh("1"), flow(resource="material", name="Đất sét", quantity=Decimal(1), unit="t")),
        AFTER,
        "material",
        "no-price",
    ),
    "no cost at all": (BEFORE, AFTER, "cost", "no-prices"),
    "a carrier only later": (
        year(2017, kwh("1", cost_vnd=1)),
        year(2019, kwh("1"), coal("1")),
        "cost",
        "no-price",
    ),
    "no water": (BEFORE, AFTER, "water", "no-flow"),
    "water only later": (
        BEFORE,
        year(2019, kwh("1"), flow(resource="water", quantity=Decimal(1), unit="m3")),
        "water",
        "no-expected",
    ),
}


@pytest.mark.parametrize("case", NONE)
def test_what_cannot_be_computed_says_why_in_both_languages(case: str) -> None:
    baseline, later, quantity, code = NONE[case]
    found = saving_of(baseline, later)
    assert quantity not in found.pairs
    reason = found.reasons[quantity]  # type: ignore[index]
    assert reason.code == code
    words = reason_words(reason)
    assert words.en.startswith("cannot be computed because")
    assert words.vi.startswith("không tính được vì")
    assert reason.detail in words.en


def test_every_reason_has_a_case() -> None:
    written = set(yaml.safe_load((DATA / "reasons.yaml").read_text(encoding="utf-8")))
    # Every carrier has an emission factor; the test below takes one away.
    assert written - {case[3] for case in NONE.values()} == {"no-co2-factor"}


def test_a_carrier_without_emission_factor_leaves_the_energy(monkeypatch: pytest.MonkeyPatch) -> None:
    fewer = replace(factors(), combustion=())
    monkeypatch.setattr(saving, "factors", lambda: fewer)
    found = saving_of(year(2017, coal("10")), year(2019, coal("9")))
    assert found.pairs["energy"].saved == Fraction(1, 2)
    assert found.reasons["co2"].code == "no-co2-factor"


def test_products_with_meters_without_and_new_ones() -> None:
    before = year(2017, kwh("1000", product="a"), kwh("500", product="b"), coal("20"), products=TWO)
    after = year(
        2019,
        kwh("1050", product="a"),
        kwh("200", product="b"),
        kwh("777", product="new"),
        coal("18"),
        products=(
            product(code="a", output=Decimal(110)),
            product(code="b", output=Decimal(25)),
            product(code="new", name="Ngói", output=Decimal(5), equivalence=Decimal(8)),
        ),
    )
    found = saving_of(before, after)
    # Coal: 20 t by 100 x 1 + 50 x 2; later 110 x 1 + 25 x 2 of it expected. 18 t by (160) of (160 + 5 x 8).
    assert found.pairs["fuel"] == Pair(Fraction(8), Fraction("7.2"))
    toe = Fraction("0.0001543")
    assert found.by_product["a"].expected == 1100 * toe + Fraction("5.5")
    assert found.by_product["b"].expected == 250 * toe + Fraction("2.5")
    assert found.by_product["b"].actual == 200 * toe + Fraction("2.25")
    assert found.new_products == ("Ngói",)
    total = sum((pair.saved for pair in found.by_product.values()), Fraction(0))
    assert total == found.pairs["energy"].saved


def test_a_new_product_with_a_meter_takes_no_part_of_a_shared_flow() -> None:
    both = (product(output=Decimal(100)), product(code="new", output=Decimal(50), equivalence=Decimal(1)))
    after = year(2019, kwh("900"), kwh("300", product="new"), products=both)
    assert saving_of(BEFORE, after).pairs["energy"] == saving_of(BEFORE, AFTER).pairs["energy"]


def test_a_negative_saving_stays_negative() -> None:
    assert saving_of(BEFORE, year(2019, kwh("1300"))).pairs["energy"].saved < 0


def test_a_shared_flow_that_cannot_be_divided_still_sums() -> None:
    metered = tuple(product(code=code, name=code, output=Decimal(10)) for code in "ab")
    before = year(2017, kwh("10", product="a"), kwh("10", product="b"), products=metered)
    found = saving_of(before, year(2019, kwh("15"), products=metered))
    assert found.by_product == {}
    assert found.pairs["energy"].saved == 5 * Fraction("0.0001543")


@pytest.mark.parametrize(
    ("unit", "to", "factor"),
    [
        ("MWh", "kWh", "1000"),
        ("t", "kg", "1000"),
        ("l", "m3", "1/1000"),
        ("1000m3", "m3", "1000"),
        ("kl", "l", "1000"),
    ],
)
def test_units_convert_by_dimension_exactly(unit: str, to: str, factor: str) -> None:
    assert conversion(unit, to) == Fraction(factor)
    assert conversion(to, unit) == 1 / Fraction(factor)


@pytest.mark.parametrize(("unit", "to"), [("l", "kg"), ("kWh", "t"), ("pieces", "kg"), ("", "kg")])
def test_units_of_different_kinds_do_not(unit: str, to: str) -> None:
    with pytest.raises(NotConvertible):
        conversion(unit, to)


@pytest.mark.parametrize(("asked", "used"), [(2010, 2014), (2014, 2014), (2017, 2017), (2024, 2020)])
def test_the_grid_factor_is_of_the_nearest_year(asked: int, used: int) -> None:
    assert factors().grid_year(asked) == used


def test_every_quantity_is_either_computed_or_explained() -> None:
    for baseline, later, _, _ in NONE.values():
        found = saving_of(baseline, later)
        assert sorted([*found.pairs, *found.reasons]) == sorted(QUANTITIES)
