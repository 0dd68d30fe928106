"""A sample is an estimate: whoever reads it must see how far it can be off."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.estimate import Estimate, estimate
from services.training.domain.estimate import Answered
from services.training.domain.estimate import estimate as of_the_survey


def of(answers: list[tuple[int, bool]], population: int | None = None) -> Estimate:
    """From (weight in hundredths, names a benefit)."""
    return estimate(
        len(answers),
        sum(w for w, _ in answers),
        sum(w for w, y in answers if y),
        sum(w * w for w, _ in answers),
        population,
    )


def test_nobody_answered_is_no_value() -> None:
    assert of([], 100) == Estimate(None, None, None, None, 0, 100)


@pytest.mark.parametrize(
    ("answers", "population", "expected"),
    [
        # Wilson's interval of 8 in 10, and of all and none of 10
        ([(100, True)] * 8 + [(100, False)] * 2, None, ("0.800000", "0.490162", "0.943318")),
        ([(100, True)] * 10, None, ("1.000000", "0.722467", "1.000000")),
        ([(100, False)] * 10, None, ("0.000000", "0.000000", "0.277533")),
        # everybody was asked
        ([(100, True)] * 8 + [(100, False)] * 2, 10, ("0.800000", "0.800000", "0.800000")),
        # one weight dominates: hardly more than one answer
        ([(10_000_000, True), (1, False)], None, ("1.000000", "0.206549", "1.000000")),
    ],
)
def test_the_interval(
    answers: list[tuple[int, bool]], population: int | None, expected: tuple[str, str, str]
) -> None:
    found = of(answers, population)
    assert (found.decimal, found.low, found.high) == expected


@given(
    st.lists(st.tuples(st.integers(1, 10_000_000), st.booleans()), min_size=1, max_size=40),
    st.one_of(st.none(), st.integers(1, 5000)),
)
def test_the_formula_written_out_plainly_and_as_the_survey_itself_shows_it(
    answers: list[tuple[int, bool]], population: int | None
) -> None:
    found = of(answers, population)
    weights = [Fraction(w, 100) for w, _ in answers]
    p = sum((w for w, (_, y) in zip(weights, answers, strict=True) if y), Fraction(0)) / sum(weights)
    n = sum(weights) ** 2 / sum(w * w for w in weights)
    assert found.value is not None
    assert Fraction(found.value) == p
    if population is not None:
        if n >= population or population == 1:
            assert found.low == found.decimal == found.high
            return
        n = n * (population - 1) / (population - n)
    z, q, m = 1.959964, float(p), float(n)
    middle = (q + z * z / (2 * m)) / (1 + z * z / m)
    half = z * sqrt(q * (1 - q) / m + z * z / (4 * m * m)) / (1 + z * z / m)
    assert float(found.low or "nan") == pytest.approx(max(0, middle - half), abs=2e-6)
    assert float(found.high or "nan") == pytest.approx(min(1, middle + half), abs=2e-6)
    theirs = of_the_survey([Answered(Decimal(w).scaleb(-2), y) for w, y in answers], population)
    assert theirs is not None
    assert abs(theirs.low - Decimal(found.low or "nan")) <= Decimal("0.000001")
    assert abs(theirs.high - Decimal(found.high or "nan")) <= Decimal("0.000001")
    assert float(found.low or "nan") <= float(found.decimal or "nan") <= float(found.high or "nan")
