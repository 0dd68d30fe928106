"""An old or half-empty register makes every share it is the denominator of look better than it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from services.kpi.domain.facts import FacilityCard
from services.kpi.domain.quality import LAGS_KEPT
from tests.unit.kpi.lives import Life

ALL = {
    "tax_code": "2700000001",
    "products": [{"name": "tiles", "unit": "m2"}],
    "latitude": 20.2,
    "longitude": 105.9,
    "employees": 5,
}


def registered(**details: Any) -> Life:
    return Life().tell(
        "registry",
        "facility.registered",
        "2016-02-29",
        unit_id="yen-mo",
        kind="household",
        industry={"version": 2018, "code": "1062"},
        **details,
    )


def quality(life: Life, day: str) -> tuple[int, ...]:
    return next(iter(life.on(day, "quality").values()), (0, 0, 0))


@pytest.mark.parametrize("missing", [*ALL, None])
def test_complete_is_all_of_it(missing: str | None) -> None:
    life = registered(**{name: value for name, value in ALL.items() if name != missing})
    assert quality(life, "2016-03-01")[1] == (missing is None)


def test_complete_from_the_day_the_last_detail_holds_and_not_after_one_is_taken_away() -> None:
    life = registered(**{**ALL, "employees": None})
    life.tell("registry", "facility.corrected", "2017-01-01", employees=5, reason="")
    life.tell("registry", "facility.corrected", "2018-01-01", products=[], reason="")
    days = ("2016-12-31", "2017-01-01", "2017-12-31", "2018-01-01")
    assert [quality(life, day)[1] for day in days] == [0, 1, 1, 0]


def test_fresh_to_the_last_day_of_twelve_months_and_again_with_the_next_fact() -> None:
    life = registered().answered("2018-05-01", [])
    days = ("2016-02-29", "2017-02-27", "2017-02-28", "2018-04-30", "2018-05-01", "2019-04-30", "2019-05-01")
    assert [quality(life, day)[2] for day in days] == [1, 1, 0, 0, 1, 1, 0]


def test_freshness_is_the_same_in_whatever_order_it_was_heard() -> None:
    days = ["2016-02-29", "2016-11-01", "2018-05-01", "2017-10-30"]
    found = set()
    for order in (days, days[::-1]):
        life = Life()
        for day in order:
            life.answered(day, [], survey=day)
        card = life.card()
        assert isinstance(card, FacilityCard)
        found.add(tuple(card.heard))
    assert len(found) == 1


@pytest.mark.parametrize(
    ("recorded", "lag"),
    [
        (datetime(2016, 3, 10, 16, 59, tzinfo=UTC), 10),
        # already the next day in Việt Nam
        (datetime(2016, 3, 10, 17, 0, tzinfo=UTC), 11),
        # recorded before the fact: not a negative delay
        (datetime(2016, 1, 1, tzinfo=UTC), 0),
    ],
)
def test_the_days_from_the_fact_to_its_record(recorded: datetime, lag: int) -> None:
    life = registered()
    life.events = [replace(event, recorded_at=recorded) for event in life.events]
    assert life.spread("2016-02-29", "lag") == (lag, 1)
    assert life.spread("2016-02-28", "lag") == ()


def test_a_card_keeps_only_the_newest_delays() -> None:
    life = registered()
    for number in range(LAGS_KEPT):
        life.answered(f"2017-{number % 12 + 1:02}-{number // 12 + 1:02}", [], survey=str(number))
    assert sum(life.spread("2018-01-01", "lag")[1::2]) == LAGS_KEPT
    assert life.spread("2016-12-31", "lag") == ()
