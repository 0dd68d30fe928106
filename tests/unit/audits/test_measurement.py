"""A wrong figure that slips in here would stand in the province's saving for good."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.audits.domain.measurement import RESOURCES, UNITS, Measurement, Period, check
from services.eventkit.errors import InvalidInput
from tests.unit.audits.facts import BASELINE, YEAR_AFTER, flow, measured, product


def wrong_fields(measurement: Measurement, **known: Any) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        check(measurement, **known)
    return [error["field"] for error in caught.value.errors]


def test_a_sound_measurement_is_accepted_with_every_resource_in_every_unit_it_has() -> None:
    flows = tuple(
        flow(resource=resource, unit=unit, name="clay") for resource in RESOURCES for unit in UNITS[resource]
    )
    check(measured(flows=flows))


def test_no_production_is_a_fact_that_can_be_recorded() -> None:
    check(measured(products=(product(output=Decimal(0)),)))


def test_a_period_of_one_day_is_a_period() -> None:
    check(measured(date(2017, 5, 1), date(2017, 5, 1)))


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"period": Period(start=date(2018, 1, 2), end=date(2018, 1, 1))}, ["/period/end"]),
        ({"products": (), "flows": ()}, ["/products"]),
        ({"products": (product(output=Decimal(-1)),)}, ["/products/0/output"]),
        ({"products": (product(output=Decimal("NaN")),)}, ["/products/0/output"]),
        ({"products": (product(equivalence=Decimal(0)),)}, ["/products/0/equivalence"]),
        ({"products": (product(equivalence=Decimal("Infinity")),)}, ["/products/0/equivalence"]),
        ({"products": (product(), product(name="Again"))}, ["/products/1/code"]),
        ({"products": (product(unit=" "),)}, ["/products/0/unit"]),
        ({"flows": (flow(resource="steam"),)}, ["/flows/0/resource"]),
        ({"flows": (flow(), flow(resource="electricity", unit="t"))}, ["/flows/1/unit"]),
        ({"flows": (flow(unit="T"),)}, ["/flows/0/unit"]),
        ({"flows": (flow(quantity=Decimal("-0.1")),)}, ["/flows/0/quantity"]),
        ({"flows": (flow(basis="guessed"),)}, ["/flows/0/basis"]),
        ({"flows": (flow(cost_vnd=-1),)}, ["/flows/0/cost_vnd"]),
        ({"flows": (flow(product="tile"),)}, ["/flows/0/product"]),
        ({"flows": (flow(resource="material", unit="kg"),)}, ["/flows/0/name"]),
    ],
)
def test_each_wrong_field_is_named(changes: dict[str, Any], fields: list[str]) -> None:
    assert wrong_fields(measured(**changes)) == fields


def test_all_wrong_fields_are_named_at_once() -> None:
    bad = measured(
        date(2018, 1, 2),
        date(2018, 1, 1),
        products=(product(output=Decimal(-1)),),
        flows=(flow(unit="kWh", product="tile"),),
    )
    assert wrong_fields(bad) == ["/period/end", "/products/0/output", "/flows/0/unit", "/flows/0/product"]


def test_a_later_period_counts_a_product_in_the_unit_of_the_baseline() -> None:
    in_pieces = measured(products=(product(unit="pieces"),))
    assert wrong_fields(in_pieces, baseline=BASELINE) == ["/products/0/unit"]
    check(YEAR_AFTER, baseline=BASELINE)


def test_a_product_made_since_the_baseline_may_have_any_unit() -> None:
    check(measured(products=(product(), product(code="tile", unit="m2"))), baseline=BASELINE)
