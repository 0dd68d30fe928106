"""What a sample says: a wrong interval here would sell a guess as knowledge."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.training.domain.estimate import Answered, Estimate, estimate

Z2 = Fraction("1.959964") ** 2
#: Bounds are shown with six decimals.
STEP = Fraction(1, 10**6)

weights = st.integers(1, 10_000_000).map(lambda hundredths: Decimal(hundredths).scaleb(-2))
samples = st.lists(st.builds(Answered, weights, st.booleans()), min_size=1, max_size=40)
populations = st.none() | st.integers(1, 200)


def of(*answers: tuple[str, bool]) -> list[Answered]:
    return [Answered(Decimal(weight), names) for weight, names in answers]


def equal(naming: int, not_naming: int, weight: str = "1") -> list[Answered]:
    return of(*[(weight, True)] * naming, *[(weight, False)] * not_naming)


def found(answers: list[Answered], population: int | None = None) -> Estimate:
    result = estimate(answers, population)
    assert result is not None
    return result


def bounds(answers: list[Answered], population: int | None = None) -> tuple[str, str]:
    result = found(answers, population)
    return str(result.low), str(result.high)


def test_nobody_asked_is_no_value_rather_than_nought() -> None:
    assert estimate([]) is None
    assert estimate([], 100) is None


@pytest.mark.parametrize(
    ("naming", "not_naming", "low", "high"),
    [
        # By hand: n = 10, p = 0: high = z2 / (n + z2); p = 1 is its mirror.
        (0, 10, "0.000000", "0.277533"),
        (10, 0, "0.722467", "1.000000"),
        (1, 0, "0.206549", "1.000000"),
        # p = 1/2, n = 10: 1/2 -+ z sqrt(1/40 + z2/400) / (1 + z2/10)
        (5, 5, "0.236593", "0.763407"),
    ],
)
def test_equal_weights_give_wilsons_interval(naming: int, not_naming: int, low: str, high: str) -> None:
    assert bounds(equal(naming, not_naming)) == (low, high)
    assert bounds(equal(naming, not_naming, "12.50")) == (low, high)


@pytest.mark.parametrize(
    ("naming", "asked", "low", "high"),
    [(81, 263, "0.2553", "0.3662"), (15, 148, "0.0624", "0.1605"), (0, 20, "0.0000", "0.1611")],
)
def test_the_intervals_are_those_that_were_published(naming: int, asked: int, low: str, high: str) -> None:
    """Newcombe, Statistics in Medicine 17 (1998), table I, method 3, to its four decimals."""
    result = found(equal(naming, asked - naming))
    places = Decimal("0.0001")
    assert (str(result.low.quantize(places)), str(result.high.quantize(places))) == (low, high)


def test_one_weight_that_dominates_leaves_little_more_than_one_answer() -> None:
    heavy = found(of(("100000", True), *[("0.01", False)] * 50))
    assert Fraction(1) < heavy.effective < Fraction("1.00002")
    assert heavy.share > Fraction("0.99999")
    assert heavy.low < Decimal("0.21")


def test_unequal_weights_move_the_share_and_widen_the_interval() -> None:
    answers = of(("3", True), ("1", False), ("1", False), ("1", False))
    weighed = found(answers)
    assert weighed.share == Fraction(1, 2)
    assert weighed.effective == Fraction(36, 12)
    even = found(equal(2, 2))
    assert weighed.high - weighed.low > even.high - even.low


def test_of_a_known_number_a_larger_part_says_more() -> None:
    answers = equal(5, 5)
    corrected = [found(answers, population) for population in (11, 20, 100, 10**6)]
    widths = [each.high - each.low for each in corrected]
    assert widths == sorted(widths)
    assert bounds(answers, 10**12) == bounds(answers)


def test_ten_of_twenty_count_as_nineteen_of_very_many() -> None:
    """10 (20 - 1) / (20 - 10) = 19."""
    ten_of_twenty = found(of(*[("1", True)] * 10), 20)
    nineteen = found(equal(19, 0))
    assert (ten_of_twenty.low, ten_of_twenty.high) == (nineteen.low, nineteen.high)


@pytest.mark.parametrize("population", [10, 9, 1])
def test_when_everybody_was_asked_nothing_is_left_open(population: int) -> None:
    assert bounds(equal(3, 7), population) == ("0.300000", "0.300000")


def test_of_two_facilities_one_asked() -> None:
    assert bounds(equal(1, 0), 2) == bounds(equal(1, 0))


@given(samples, populations)
@example(of(("0.01", False)), None)
@example(of(("100000", True)), 1)
@example(of(("100000", True), ("0.01", False)), 2)
def test_as_a_plain_calculation_in_fractions_has_it(answers: list[Answered], population: int | None) -> None:
    """The share and n from their definitions; a bound x is where (p - x)2 n = z2 x (1 - x)."""
    ws = [Fraction(str(answer.weight)) for answer in answers]
    p = sum((w for w, answer in zip(ws, answers, strict=True) if answer.names), Fraction()) / sum(ws)
    n = sum(ws) ** 2 / sum(w**2 for w in ws)
    result = found(answers, population)
    assert result.share == p
    assert result.effective == n
    assert 1 <= n <= len(answers)
    low, high = Fraction(result.low), Fraction(result.high)
    assert 0 <= low <= p + STEP and p - STEP <= high <= 1
    if population is not None and population <= n:
        assert abs(low - p) <= STEP / 2 and abs(high - p) <= STEP / 2
        return
    if population is not None:
        n = n * (population - 1) / (population - n)

    def beyond(x: Fraction) -> bool:
        """Whether x is outside of the interval."""
        return (p - x) ** 2 * n > Z2 * x * (1 - x)

    assert beyond(low - STEP) and beyond(high + STEP)
    assert low + STEP > p or not beyond(low + STEP)
    assert high - STEP < p or not beyond(high - STEP)


@given(samples)
def test_who_names_and_who_does_not_are_mirror_images(answers: list[Answered]) -> None:
    here = found(answers)
    there = found([Answered(answer.weight, not answer.names) for answer in answers])
    assert here.share + there.share == 1
    assert abs(here.low + there.high - 1) <= Decimal("0.000001")


@given(samples, st.integers(1, 1000))
def test_only_the_proportions_of_the_weights_matter(answers: list[Answered], factor: int) -> None:
    scaled = [Answered(answer.weight * factor, answer.names) for answer in answers]
    assert found(scaled) == found(answers)
