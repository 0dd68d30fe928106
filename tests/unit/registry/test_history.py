"""A dated value answers for every day, in whatever order it was reported."""

from __future__ import annotations

from datetime import date
from itertools import permutations

from services.registry.domain.history import History

Y15, Y16, Y18 = date(2015, 1, 1), date(2016, 1, 1), date(2018, 1, 1)


def made_of(*entries: tuple[date, str]) -> History[str]:
    history: History[str] = History()
    for day, value in entries:
        history = history.since(day, value)
    return history


def test_nothing_holds_before_the_first_day() -> None:
    history = made_of((Y16, "a"))
    assert history.on(date(2015, 12, 31)) is None
    assert history.on(Y16) == "a"
    assert made_of().latest is None


def test_a_value_holds_until_the_day_of_the_next() -> None:
    history = made_of((Y15, "a"), (Y18, "b"))
    assert history.on(date(2017, 12, 31)) == "a"
    assert history.on(Y18) == "b"
    assert history.latest == "b"


def test_a_late_report_falls_into_its_place() -> None:
    entries = [(Y15, "a"), (Y16, "b"), (Y18, "c")]
    assert {made_of(*order) for order in permutations(entries)} == {made_of(*entries)}


def test_of_two_reports_for_one_day_the_last_recorded_holds() -> None:
    history = made_of((Y15, "a"), (Y16, "wrong"), (Y18, "c"), (Y16, "right"))
    assert history.on(Y16) == "right"
    assert history.latest == "c"
