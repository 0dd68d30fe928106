"""What an assessor is shown is what the indicators count: two computations that share nothing agree.

The assessments and the indicators each keep their own factors and their own formula, as no service imports
another. Here both are asked the same.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.audits.domain.factors import factors
from services.audits.domain.flags import figures, outlier
from services.audits.domain.measurement import RESOURCES, UNITS, Flow, Measurement, Period, Product
from services.audits.domain.rules import rules
from services.audits.domain.saving import QUANTITIES, saving_of
from services.kpi.domain.figures import figures as figures_of_indicators
from services.kpi.domain.rules import RuleSet
from services.kpi.domain.saving import Measurement as IndicatorMeasurement
from services.kpi.domain.saving import saving_of as saving_of_indicators
from tests.examples import examples

RULES = RuleSet.load()
ENERGY = [resource for resource in RESOURCES if resource not in ("water", "material")]
#: From what is shown to what the indicators sum: TOE to grams of it, m³ to litres, t of CO2 to grams.
SCALE = {"energy": 10**6, "fuel": 10**6, "water": 1000, "material": 1, "co2": 10**6, "cost": 1}


@pytest.mark.parametrize("year", [2010, 2012, 2016, 2018, 2020, 2024])
def test_the_factors_are_the_same(year: int) -> None:
    on = date(year, 12, 31)
    for resource in ENERGY:
        for unit in UNITS[resource]:
            assert factors().toe_per(resource, unit, on) == RULES.toe(resource, unit, on), (resource, unit)
        theirs = RULES.co2_grams(resource, on)
        ours = factors().co2_per_toe(resource, on)
        assert ours == (None if theirs is None else Fraction(theirs.numerator, theirs.denominator))
    assert Fraction(factors().gj_per_toe) == Fraction(RULES.data.gj_per_toe)


def test_the_limits_are_the_same() -> None:
    assert rules().outlier == RULES.outlier_limit
    assert rules().asked_every_months == RULES.option_ask_months
    assert rules().lapses_after_months == RULES.option_lapse_months


AMOUNTS = st.sampled_from(["0", "1", "3", "40", "2.5", "7", "1000", "1400", "600.1"]).map(Decimal)
EQUIVALENCES = st.sampled_from([Decimal(1), Decimal(3), Decimal("2.5"), None])


@st.composite
def measurements(draw: Any, year: int) -> Measurement:
    codes = draw(st.lists(st.sampled_from("abc"), min_size=1, max_size=3, unique=True))
    products = tuple(
        Product(
            code=code,
            name=code.upper(),
            unit=draw(st.sampled_from(["t", "t", "t", "m2"])),
            output=draw(AMOUNTS),
            equivalence=draw(EQUIVALENCES),
        )
        for code in codes
    )
    flows = []
    for resource in draw(
        st.lists(st.sampled_from(["electricity", "electricity", "diesel", "water", "material"]), max_size=5)
    ):
        flows.append(
            Flow(
                resource=resource,
                quantity=draw(AMOUNTS),
                unit=draw(st.sampled_from(UNITS[resource])),
                basis="metered",
                name="đất sét" if resource == "material" else None,
                cost_vnd=draw(st.sampled_from([None, 0, 500])),
                product=draw(st.sampled_from([None, None, *codes])),
            )
        )
    start = date(year, draw(st.sampled_from([1, 1, 1, 4])), 1)
    end = draw(
        st.sampled_from(
            [date(start.year + (start.month > 1), 12 if start.month == 1 else 3, 31)] * 4
            + [date(year, 9, 30)]
        )
    )
    return Measurement(period=Period(start=start, end=end), products=products, flows=tuple(flows))


@settings(max_examples=examples(80), deadline=None)
@given(measurements(2016), measurements(2018))
def test_the_savings_are_the_same(baseline: Measurement, later: Measurement) -> None:
    theirs = saving_of_indicators(msgspec.json.encode(baseline), msgspec.json.encode(later), RULES)
    ours = saving_of(baseline, later)
    for quantity in QUANTITIES:
        shown = ours.pairs.get(quantity)
        counted = getattr(theirs, quantity)
        if shown is None:
            assert counted is None, quantity
            why = ours.reasons[quantity].code
            assert quantity not in theirs.reasons if why == "no-flow" else theirs.reasons[quantity][0] == why
        else:
            scale = SCALE[quantity]
            assert counted == (round(shown.expected * scale), round(shown.actual * scale)), quantity
    assert outlier(baseline, later) == bool(theirs.outliers)
    if ours.by_product:
        energy = ours.pairs["energy"]
        assert sum(pair.expected for pair in ours.by_product.values()) == energy.expected
        assert sum(pair.actual for pair in ours.by_product.values()) == energy.actual


@settings(max_examples=examples(80), deadline=None)
@given(measurements(2016), measurements(2018))
def test_the_same_figure_is_found_by_both(before: Measurement, later: Measurement) -> None:
    def theirs(measurement: Measurement) -> set[str]:
        raw = msgspec.json.encode(measurement)
        return set(figures_of_indicators(msgspec.json.decode(raw, type=IndicatorMeasurement)))

    same = not theirs(before).isdisjoint(theirs(later))
    assert same == (not figures(before).isdisjoint(figures(later)))
