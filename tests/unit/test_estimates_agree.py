"""Trainings and KPIs each compute what a sample says; a reader who compares the two must find one number."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.estimate import estimate as of_kpi
from services.training.domain.estimate import Answered, rounded
from services.training.domain.estimate import estimate as of_training

hundredths = st.lists(st.tuples(st.integers(1, 10_000_000), st.booleans()), max_size=40)


@given(hundredths, st.none() | st.integers(1, 200))
def test_the_same_answers_give_the_same_figures(
    answers: list[tuple[int, bool]], population: int | None
) -> None:
    here = of_training([Answered(Decimal(w).scaleb(-2), names) for w, names in answers], population)
    there = of_kpi(
        len(answers),
        sum(w for w, _ in answers),
        sum(w for w, names in answers if names),
        sum(w * w for w, _ in answers),
        population,
    )
    if here is None:
        assert (there.decimal, there.low, there.high) == (None, None, None)
        return
    assert there.decimal == str(rounded(here.share))
    assert (there.low, there.high) == (str(here.low), str(here.high))
