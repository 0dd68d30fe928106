"""What a user would lose: figures that are those of the real plants."""

from __future__ import annotations

from decimal import Decimal

import pytest

from deploy.sxsh.demo.extract import COLUMNS, RARE_FUELS, chosen, converted
from deploy.sxsh.demo.province import plants

PLANT = {
    "id": "AB1",
    "fy": "2004",
    "naics": "311999",
    "products": "Snacks",
    "produnits": "2",
    "prodlevel": "1000000",
    "employees": "12",
    "ec_plant_usage": "5000",
    "ec_plant_cost": "400.5",
    **{f"{fuel}_plant_{what}": "" for fuel in ("e3", "e5", "e7", "e8", "w0") for what in ("usage", "cost")},
    "e2_plant_usage": "41.868",
    "e2_plant_cost": "",
}


def test_a_plant_keeps_its_output_energy_and_money_in_other_units() -> None:
    line = converted(PLANT)
    assert line is not None
    assert (line["vsic"], line["unit"], line["output"]) == ("10", "t", "453.592")
    assert (line["electricity_kwh"], line["electricity_vnd"]) == ("5000", "8811000")
    assert line["gas_m3"] == "1172.284"
    assert Decimal(line["gas_m3"]) * Decimal("0.0009") == pytest.approx(
        Decimal("1.05505585262"), rel=Decimal("1e-6")
    )
    assert (line["gas_vnd"], line["coal_t"], line["water_m3"]) == ("", "", "")


@pytest.mark.parametrize(
    "missing",
    [{"ec_plant_usage": ""}, {"prodlevel": "0"}, {"produnits": ""}, {"naics": "999999"}, {"products": " "}],
)
def test_a_plant_that_tells_too_little_is_left_out(missing: dict[str, str]) -> None:
    assert converted({**PLANT, **missing}) is None


def test_the_committed_plants_are_enough_and_complete() -> None:
    lines = plants()
    assert len(lines) >= 420
    assert tuple(lines[0]) == COLUMNS
    assert all(Decimal(line["electricity_kwh"]) > 0 and Decimal(line["output"]) > 0 for line in lines)


def test_the_choice_does_not_depend_on_the_order_of_the_source() -> None:
    rows = [{**PLANT, "id": f"AB{index}", "products": "Milk"} for index in range(30)]
    assert chosen(iter(rows), 10) == chosen(iter(reversed(rows)), 10)


def test_every_fuel_is_met_early() -> None:
    early = plants()[:60]
    assert all(sum(bool(line[fuel]) for line in early) >= 5 for fuel in RARE_FUELS)


def test_text_that_the_source_garbled_is_read_as_it_was_meant() -> None:
    line = converted({**PLANT, "products": "eggs\u00ef\u00bc\u0152 caf\u00e9"})
    assert line is not None and line["product"] == "eggs\u00ef\u00bc\u0152 caf\u00e9"
    line = converted({**PLANT, "products": "eggs\u00ef\u00bc\u0152"})
    assert line is not None and line["product"] == "eggs\uff0c"
