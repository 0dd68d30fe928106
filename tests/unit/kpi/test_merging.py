"""One facility registered twice must count once, with all that either record knows, and come apart again."""

from __future__ import annotations

from datetime import date, timedelta
from zlib import crc32

from hypothesis import given, settings
from hypothesis import strategies as st

from services.kpi.domain.contributions import contributions
from services.kpi.domain.facts import FacilityCard
from services.kpi.domain.measures import Cohort
from services.kpi.domain.measures import FacilityMeasure as M
from services.kpi.domain.merging import combined, correction
from tests.examples import examples
from tests.unit.kpi.lives import RULES, Life, measured, state_on
from tests.unit.kpi.test_contributions_property import lives

#: All that counts beside the core, but the median of lags, of which a card keeps the newest.
MORE = ("quality", "options", "pilots", "flags", "training", "survey")
WHO = ("facility", "nho-quan", "2018:C10", "enterprise", "unknown")


def card(life: Life) -> FacilityCard:
    found = life.card()
    assert isinstance(found, FacilityCard)
    return found


def core(card: FacilityCard, day: date, *more: str) -> dict[Cohort, tuple[int, ...]]:
    kinds = ("facility", "saving", *more)
    return {cohort: vector for cohort, vector in state_on(card, day).items() if cohort[0] in kinds}


def merged(life: Life) -> Life:
    return life.tell("registry", "facility.merged", "2020-01-01", survivor_id="f1", reason="same tax code")


def test_the_duplicate_counts_for_nothing_and_its_evidence_for_the_survivor() -> None:
    survivor = Life().registered().answered("2017-01-01", [])
    duplicate = Life("facility:f2").registered().answered("2018-01-01", ["saves"]).adopted()
    assert merged(duplicate).on("2019-01-01") == {}
    together = core(combined(card(survivor), [card(duplicate)]), date(2019, 1, 1))
    assert together == {WHO: (1, 1, 1, 0, 0, 0, 0, 0, 0)}


def test_standing_and_place_are_the_survivors() -> None:
    survivor = Life().registered().tell("registry", "facility.closed", "2018-01-01", reason="bankrupt")
    duplicate = merged(Life("facility:f2").registered(unit="yen-mo", kind="household").adopted())
    group = combined(card(survivor), [card(duplicate)])
    assert core(group, date(2018, 1, 1)) == {}
    assert list(core(group, date(2017, 12, 31))) == [WHO]


def test_a_later_answer_of_either_record_overrides() -> None:
    survivor = Life().registered().answered("2017-01-01", ["saves"])
    duplicate = merged(Life("facility:f2").registered().answered("2018-01-01", []))
    group = combined(card(survivor), [card(duplicate)])
    aware = [state_on(group, day)[WHO][M.AWARE] for day in (date(2017, 12, 31), date(2018, 1, 1))]
    assert aware == [1, 0]


def test_a_sample_that_asked_both_records_holds_the_later_answer_once() -> None:
    survivor = Life().registered().answered("2018-01-01", ["saves-energy"], mode="sample")
    duplicate = Life("facility:f2").registered().answered("2017-01-01", [], mode="sample")
    group = combined(card(survivor), [card(merged(duplicate))])
    found = {c: v for c, v in state_on(group, date(2018, 6, 1)).items() if c[0] == "survey"}
    assert found == {("survey", "s1"): (1, 100, 100, 10_000, 0)}


def test_the_latest_measurement_of_either_record_counts() -> None:
    survivor = Life().registered().adopted().followed(measured(2017, kwh="900000"))
    duplicate = Life("facility:f2").registered().adopted(assessment="a2")
    duplicate.followed(measured(2018, kwh="990000"), assessment="a2")
    group = combined(card(survivor), [card(merged(duplicate))])
    assert state_on(group, date(2018, 12, 31))[WHO][M.STRICT5] == 0
    assert state_on(group, date(2018, 12, 30))[WHO][M.STRICT5] == 1


def test_taken_out_again_it_stands_where_it_stood() -> None:
    duplicate = Life("facility:f2").registered().adopted()
    before = contributions(duplicate.card(), RULES)
    merged(duplicate).tell("registry", "facility.unmerged", "2020-02-01", survivor_id="f1", reason="a branch")
    assert contributions(duplicate.card(), RULES) == before


def test_nothing_is_corrected_while_the_survivor_is_not_known_or_is_merged_itself() -> None:
    duplicate = card(merged(Life("facility:f2").registered()))
    assert correction(None, [duplicate], RULES) == {}
    assert correction(card(merged(Life().registered())), [duplicate], RULES) == {}
    twin = correction(card(Life().registered()), [duplicate], RULES)
    assert not [cohort for cohort, _ in twin if cohort[0] == "facility"], "an empty twin adds no count"


@given(lives(), st.integers(0, 2**16))
@settings(max_examples=examples(60), deadline=None)
def test_a_life_told_to_two_records_is_that_life(life: Life, seed: int) -> None:
    """What was told of one facility, part of it under another id: merged, it is the same on every day."""
    survivor, duplicate = Life(), Life("facility:f2")
    for event in life.events:
        data = event.data.decode() if isinstance(event.data, bytes) else bytes(event.data).decode()
        key = next((k for k in ("a1", "a2", "s1", "s2", "s3", "p1", "p2") if f'"{k}"' in data), "")
        at = duplicate if key and crc32(f"{key}{seed}".encode()) % 2 else survivor
        at.events.append(event)
    group = combined(card(survivor), [card(merged(duplicate))])
    for day in {event.occurred_on for event in life.events}:
        for on in (day, day - timedelta(days=1)):
            assert core(group, on, *MORE) == core(card(life), on, *MORE)
