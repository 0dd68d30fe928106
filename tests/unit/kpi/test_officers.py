"""K3 says which districts can guide their facilities: an expired certificate must not look like staff."""

from __future__ import annotations

import pytest

from tests.unit.kpi.lives import Life

COHORT = ("officer", "nho-quan")


def officer(dedicated: bool = True) -> Life:
    life = Life("officer:o1")
    life.tell("registry", "officer.registered", "2016-01-01", officer_id="o1", person={})
    return life.tell("registry", "officer.appointed", "2016-01-01", unit_id="nho-quan", dedicated=dedicated)


def certified(life: Life, day: str = "2017-06-15") -> Life:
    life.tell("training", "participation.tested", day, participation_id="p1", passed=True)
    return life.tell("training", "certificate.issued", day, participation_id="p1", officer_id="o1")


@pytest.mark.parametrize(
    ("day", "qualified"),
    [("2017-06-14", 0), ("2017-06-15", 1), ("2020-06-15", 1), ("2020-06-16", 0)],
)
def test_a_certificate_holds_for_36_months(day: str, qualified: int) -> None:
    assert certified(officer()).on(day)[COHORT] == (qualified, 1, 0)


@pytest.mark.parametrize(
    ("valid_until", "day", "qualified"),
    [
        ("2018-12-31", "2018-12-31", 1),
        ("2018-12-31", "2019-01-01", 0),
        ("2030-01-01", "2020-06-15", 1),
        ("2030-01-01", "2020-06-16", 0),
    ],
)
def test_a_certificate_may_end_before_36_months_but_not_after(
    valid_until: str, day: str, qualified: int
) -> None:
    life = officer().tell(
        "training", "certificate.issued", "2017-06-15", participation_id="p1", valid_until=valid_until
    )
    assert life.on(day)[COHORT] == (qualified, 1, 0)


def test_a_revoked_certificate_holds_no_longer() -> None:
    life = certified(officer()).tell("training", "certificate.revoked", "2018-01-01", participation_id="p1")
    assert [life.on(day)[COHORT][0] for day in ("2017-12-31", "2018-01-01")] == [1, 0]


def test_a_second_certificate_bridges_the_first_ones_end() -> None:
    life = certified(officer())
    life.tell("training", "certificate.issued", "2020-01-01", participation_id="p2", officer_id="o1")
    assert life.on("2020-12-31")[COHORT][0] == 1


def test_only_a_dedicated_appointment_counts_and_only_while_it_lasts() -> None:
    assert certified(officer(dedicated=False)).on("2018-01-01") == {}
    life = certified(officer()).tell(
        "registry", "officer.relieved", "2018-01-01", unit_id="nho-quan", reason=""
    )
    assert life.on("2017-12-31")[COHORT][0] == 1
    assert life.on("2018-01-01") == {}


def test_two_units_need_two_appointments_and_are_flagged() -> None:
    life = certified(officer())
    life.tell("registry", "officer.appointed", "2018-01-01", unit_id="yen-mo", dedicated=True)
    assert life.on("2017-12-31") == {COHORT: (1, 1, 0)}
    assert life.on("2018-01-01") == {COHORT: (1, 1, 1), ("officer", "yen-mo"): (1, 1, 1)}


@pytest.mark.parametrize(
    ("level", "id_", "exists"),
    [("district", "nho-quan", 1), ("commune", "nho-quan", 0)],
)
def test_units_that_need_an_officer_are_districts_while_they_exist(level: str, id_: str, exists: int) -> None:
    life = Life(f"unit:{id_}").tell("registry", "unit.registered", "2000-01-01", unit_id=id_, level=level)
    life.tell("registry", "unit.closed", "2025-07-01", unit_id=id_, reason="law", successors=[])
    assert len(life.on("2025-06-30")) == exists
    assert life.on("2025-07-01") == {}
