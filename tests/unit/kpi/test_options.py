"""An option forgotten in a drawer would stay "under consideration" for ever, and nobody would be reminded."""

from __future__ import annotations

import pytest

from services.kpi.domain.measures import OptionMeasure as O
from services.kpi.domain.options import payback_hundredths
from tests.unit.kpi.lives import Life

IDS = {"assessment_id": "a1", "option_id": "o1"}


def proposed(day: str = "2016-03-31", **more: object) -> Life:
    data = {"option_class": "process-control", "investment_vnd": 90, "yearly_saving_vnd": 40, **more}
    return Life().registered().tell("audits", "option.proposed", day, **IDS, **data)


def deferred() -> Life:
    return proposed().tell("audits", "option.deferred", "2016-04-01", **IDS)


def counted(life: Life, day: str) -> set[str]:
    (vector,) = life.on(day, "options").values()
    money = {O.INVESTMENT, O.YEARLY_SAVING}
    return {measure.name.lower() for measure in O if vector[measure] and measure not in money}


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2016-03-31", {"proposed"}),
        ("2016-04-01", {"proposed", "pending"}),
        ("2017-03-30", {"proposed", "pending"}),
        ("2017-03-31", {"proposed", "pending", "due"}),
        ("2019-03-30", {"proposed", "pending", "due"}),
        ("2019-03-31", {"proposed", "not_implemented", "lapsed"}),
    ],
)
def test_a_pending_option_is_due_every_year_and_lapses_after_three(day: str, expected: set[str]) -> None:
    assert counted(deferred(), day) == expected


def test_an_answer_silences_the_reminder_and_covers_the_anniversary_of_the_twelve_months_after_it() -> None:
    life = deferred().tell("audits", "option.asked", "2017-05-01", answer="still-pending", by="x", **IDS)
    assert "due" in counted(life, "2017-04-30")
    assert "due" not in counted(life, "2017-05-01")
    assert "due" not in counted(life, "2018-03-31")


def test_an_anniversary_before_it_was_deferred_asks_nothing() -> None:
    life = proposed().tell("audits", "option.deferred", "2017-06-01", **IDS)
    assert "due" not in counted(life, "2018-03-30")
    assert "due" in counted(life, "2018-03-31")


def test_asked_within_the_year_before_the_anniversary_is_soon_enough() -> None:
    life = deferred().tell("audits", "option.asked", "2017-02-01", answer="still-pending", by="x", **IDS)
    assert "due" not in counted(life, "2017-03-31")
    assert "due" in counted(life, "2018-03-31")


def test_implemented_after_the_lapse_is_in_use_from_then_on() -> None:
    life = deferred().tell("audits", "option.implemented", "2019-09-01", **IDS)
    assert counted(life, "2019-08-31") == {"proposed", "not_implemented", "lapsed"}
    assert counted(life, "2019-09-01") == {"proposed", "in_use"}


def test_an_option_nobody_deferred_stays_proposed() -> None:
    assert counted(proposed(), "2019-03-31") == {"proposed"}


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        (["implemented"], {"proposed", "in_use"}),
        (["implemented", "verified"], {"proposed", "in_use", "verified"}),
        (["implemented", "verified", "discontinued"], {"proposed", "discontinued"}),
        (["refused"], {"proposed", "not_implemented"}),
        (["excluded"], {"excluded"}),
        (["deferred", "excluded"], {"excluded"}),
    ],
)
def test_each_status_is_counted_in_its_own_way(types: list[str], expected: set[str]) -> None:
    life = proposed()
    for type_ in types:
        life.tell("audits", f"option.{type_}", "2016-06-01", **IDS)
    assert counted(life, "2020-01-01") == expected


def test_the_class_as_corrected_holds_for_all_days() -> None:
    life = proposed().tell(
        "audits", "option.corrected", "2018-01-01", option_class="input-change", reason="", by="x", **IDS
    )
    assert [cohort[-1] for cohort in life.on("2017-01-01", "options")] == ["input-change"]


def test_money_is_that_of_options_in_use_and_as_found_once_verified() -> None:
    life = proposed().tell("audits", "option.implemented", "2017-01-01", **IDS)
    life.tell("audits", "option.verified", "2018-01-01", verified_saving_vnd=30, verifier="x", **IDS)
    life.tell("audits", "option.discontinued", "2019-01-01", **IDS)
    found = [next(iter(life.on(f"{y}-06-01", "options").values())) for y in (2016, 2017, 2018, 2019)]
    money = [(v[O.INVESTMENT], v[O.YEARLY_SAVING]) for v in found]
    assert money == [(0, 0), (90, 40), (90, 30), (0, 0)]
    assert [life.spread(f"{y}-06-01", "payback") for y in (2016, 2017, 2018, 2019)] == [
        (),
        (225, 1),
        (300, 1),
        (),
    ]


@pytest.mark.parametrize(
    ("investment", "yearly", "hundredths"),
    [
        (100, 40, 250),
        (0, 40, 0),
        (100, 0, None),
        (100, -5, None),
        (None, 40, None),
        (100, None, None),
        (1, 8, 12),  # 12.5, half to the even one
        (3, 8, 38),  # 37.5
    ],
)
def test_payback(investment: int | None, yearly: int | None, hundredths: int | None) -> None:
    assert payback_hundredths(investment, yearly) == hundredths


def test_options_of_a_closed_facility_do_not_count_any_more() -> None:
    life = proposed().tell("registry", "facility.closed", "2017-01-01")
    assert life.on("2016-12-31", "options")
    assert life.on("2017-01-01", "options") == {}


def test_what_happened_while_it_was_closed_stands_when_it_opens_again() -> None:
    life = proposed().tell("registry", "facility.closed", "2016-06-01")
    life.tell("audits", "option.implemented", "2016-07-01", **IDS)
    life.tell("registry", "facility.reopened", "2016-08-01")
    assert life.on("2016-07-15", "options") == {}
    assert counted(life, "2016-08-01") == {"proposed", "in_use"}


def test_pilots_and_replications() -> None:
    life = Life().registered()
    pilot = {"assessment_id": "a1", "pilot_id": "a1.1"}
    life.tell("audits", "pilot.designated", "2017-01-01", option_ids=["o1"], title="", by="x", **pilot)
    life.tell("audits", "pilot.finished", "2018-01-01", result="", verifier="x", **pilot)
    assert [next(iter(life.on(d, "pilots").values())) for d in ("2017-06-01", "2018-01-01")] == [
        (1, 0, 0),
        (1, 1, 0),
    ]
    other = Life("facility:f2").registered()
    # whether the pilot is finished is another facility's fact: a replication counts as soon as it is named
    other.tell("audits", "replication.named", "2017-06-01", replication_id="r1", by="x", pilot_id="p", **IDS)
    assert list(other.on("2017-06-01", "pilots").values()) == [(0, 0, 1)]
    assert other.on("2017-05-31", "pilots") == {}
