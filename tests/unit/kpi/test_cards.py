"""A card comes out the same however the three logs interleave, and never swallows what it cannot read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kpi.domain.cards import UnknownEvent, decode, encode, fold
from services.kpi.domain.facts import FacilityCard
from services.kpi.domain.rules import RuleSet
from services.kpi.domain.standing import standing
from tests.unit.kpi.lives import RULES, Life, measured

FULL = (
    Life()
    .registered()
    .answered("2016-10-01", ["saves-energy"])
    .adopted()
    .tell("registry", "facility.moved", "2017-03-01", unit_id="yen-mo")
    .followed(measured(2017, kwh="900000"))
    .answered("2018-10-01", [], survey="s2")
    .tell("registry", "facility.closed", "2019-03-01", reason="bankrupt")
)


@given(st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_the_interleaving_of_the_sources_does_not_matter(random) -> None:  # type: ignore[no-untyped-def]
    queues = {s: [e for e in FULL.events if e.source == s] for s in ("registry", "audits", "training")}
    card = None
    while any(queues.values()):
        source = random.choice([s for s, q in queues.items() if q])
        card = fold(card, source, queues[source].pop(0))
    assert isinstance(card, FacilityCard)
    assert msgspec.structs.asdict(card) == msgspec.structs.asdict(FULL.card())


def test_an_event_delivered_twice_changes_nothing() -> None:
    card = FULL.card()
    before = encode(card)
    for event in FULL.events:
        assert fold(card, event.source, event) is card
    assert encode(card) == before


def test_a_card_survives_its_encoding() -> None:
    card = FULL.card()
    assert isinstance(card, FacilityCard)
    standing(card, RULES, date(2018, 6, 1), RULES.territory)
    assert decode(encode(card)) == card


def test_an_unknown_type_is_a_plain_error_and_leaves_the_card() -> None:
    card = FULL.card()
    before = encode(card)
    odd = replace(FULL.events[0], type="sxsh.registry.facility.exploded", sequence=10**9)
    with pytest.raises(UnknownEvent, match=r"facility\.exploded.*Upgrade"):
        fold(card, "registry", odd)
    assert encode(card) == before


def test_wrong_data_is_an_error_and_leaves_the_card() -> None:
    card = FULL.card()
    before = encode(card)
    bad = replace(
        FULL.events[0],
        type="sxsh.registry.facility.moved",
        sequence=10**9,
        data=msgspec.Raw(b'{"unit_id":7}'),
    )
    with pytest.raises(msgspec.ValidationError, match="unit_id"):
        fold(card, "registry", bad)
    assert encode(card) == before


def test_events_of_no_concern_make_no_card() -> None:
    drawn = Life("survey:s1").tell("training", "survey.drawn", "2016-01-01", seed=1).events[0]
    assert fold(None, "training", drawn) is None
    assert fold(None, "audits", Life().tell("audits", "assessment.opened", "2016-01-01").events[0]) is None


def test_standing_names_the_deciding_events() -> None:
    card = FULL.card()
    assert isinstance(card, FacilityCard)
    on_2018 = standing(card, RULES, date(2018, 6, 1), RULES.territory)
    assert (on_2018["K1"].counted, on_2018["K1"].decided_by) == (True, ("training-1000",))
    assert (on_2018["K2a"].counted, on_2018["K2a"].decided_by) == (True, ("audits-2000", "audits-4000"))
    assert (on_2018["K2b"].counted, on_2018["K2b"].decided_by) == (True, ("audits-5000", "audits-6000"))
    assert on_2018["K2c"].counted
    assert "10.00%" in on_2018["K2c"].why.en
    later = standing(card, RULES, date(2018, 12, 1), RULES.territory)
    assert (later["K1"].counted, later["K1"].in_denominator) == (False, True)
    closed = standing(card, RULES, date(2019, 3, 1), RULES.territory)
    assert not closed["K1"].in_denominator
    assert "closed since 2019-03-01" in closed["K1"].why.en
    assert closed["K1"].decided_by == ("registry-3000",)


def test_rules_name_their_wrong_field() -> None:
    with pytest.raises(msgspec.ValidationError, match="missing required field"):
        RuleSet.parse("id: x\nversion: '1'\n")
    with pytest.raises(LookupError, match="sxsh-2016"):
        RuleSet.load("sxsh-1999")


def test_outside_the_territory_a_facility_stands_nowhere_and_is_told_so() -> None:
    card = FULL.card()
    assert isinstance(card, FacilityCard)
    found = standing(card, RULES, date(2018, 6, 1), {"elsewhere"})
    assert not any(one.counted or one.in_denominator for one in found.values())
    assert "outside the plan's territory" in found["K1"].why.en
