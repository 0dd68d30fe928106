"""What a page says of one officer, unit or record is what the indicators count."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kpi.domain.facts import FacilityCard, OfficerCard
from services.kpi.domain.lacking import unit_lacking
from services.kpi.domain.officers import capability, certified, posts
from services.kpi.domain.quality import missing, stale_since
from tests.unit.kpi.lives import RULES, Life, state_on
from tests.unit.kpi.test_work_property import lives

days = st.dates(date(2015, 1, 1), date(2021, 12, 31))


def officer(*events: tuple[str, str, dict[str, object]]) -> OfficerCard:
    life = Life("officer:o1")
    for type_, day, data in events:
        source = "registry" if type_.startswith("officer.") else "training"
        life.tell(source, type_, day, **data)
    card = life.card()
    assert isinstance(card, OfficerCard)
    return card


@given(lives(), st.lists(days, min_size=1, max_size=4))
@settings(max_examples=100, deadline=None)
def test_a_record_lacks_something_or_is_stale_exactly_where_it_is_counted_so(
    life: Life, on: list[date]
) -> None:
    card = life.card()
    assert isinstance(card, FacilityCard)
    ends = {date.fromordinal(end) for _, end in card.heard}
    for day in {*on, *ends, *(end - timedelta(days=1) for end in ends)}:
        counted = state_on(card, day)
        if not any(cohort[0] == "facility" for cohort in counted):
            continue
        quality = next((vector for cohort, vector in counted.items() if cohort[0] == "quality"), (0, 0, 0))
        assert (not missing(card, day.toordinal())) is bool(quality[1])
        assert (stale_since(card, day.toordinal()) is None) is bool(quality[2])


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["certificate.issued", "certificate.revoked"]),
            days.map(date.isoformat),
            st.sampled_from(["p1", "p2"]),
            st.one_of(st.none(), days.map(date.isoformat)),
        ),
        min_size=1,
        max_size=5,
    ),
    st.lists(days, min_size=1, max_size=4),
)
@settings(max_examples=100, deadline=None)
def test_whoever_is_said_to_be_capable_is_counted(
    told: list[tuple[str, str, str, str | None]], on: list[date]
) -> None:
    card = officer(
        *(
            (type_, day, {"participation_id": of, **({"valid_until": until} if until else {})})
            for type_, day, of, until in told
        )
    )
    for day in on:
        found = capability(card, RULES, day.toordinal())
        assert (found.state == "valid") is certified(card, RULES, day.toordinal())
        assert (found.last is None) is (found.state == "none")


def test_a_certificate_that_ran_out_or_was_revoked_says_until_when() -> None:
    card = officer(("certificate.issued", "2016-02-01", {"participation_id": "p"}))
    last = date(2019, 2, 1)
    assert capability(card, RULES, last.toordinal())[:2] == ("valid", last.toordinal())
    assert capability(card, RULES, (last + timedelta(days=1)).toordinal())[:2] == (
        "expired",
        last.toordinal(),
    )
    assert capability(card, RULES, date(2016, 1, 31).toordinal()).state == "none"
    revoked = officer(
        ("certificate.issued", "2016-02-01", {"participation_id": "p"}),
        ("certificate.revoked", "2017-03-01", {"participation_id": "p"}),
    )
    assert capability(revoked, RULES, last.toordinal())[:2] == ("revoked", date(2017, 2, 28).toordinal())


APPOINTED = ("officer.appointed", "2016-01-01", {"unit_id": "yen-mo", "dedicated": True})
BESIDE = ("officer.appointed", "2016-01-01", {"unit_id": "yen-mo", "dedicated": False})
ISSUED = ("certificate.issued", "2018-02-01", {"participation_id": "p"})
OLD = ("certificate.issued", "2015-02-01", {"participation_id": "p"})
RELIEVED = ("officer.relieved", "2018-01-01", {"unit_id": "yen-mo"})


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([APPOINTED, ISSUED], []),
        ([APPOINTED], ["certificate"]),
        ([APPOINTED, OLD], ["certificate-again"]),
        ([BESIDE, ISSUED], ["dedication"]),
        ([BESIDE], ["dedication", "certificate"]),
        ([APPOINTED, ISSUED, RELIEVED], ["appointment", "certificate"]),
    ],
)
def test_a_unit_is_told_what_it_lacks_of_the_officer_who_comes_nearest(
    events: list[tuple[str, str, dict[str, object]]], expected: list[str]
) -> None:
    day = date(2018, 12, 31).toordinal()
    cards = [officer(*events), officer(ISSUED)]
    assert [step.code for step in unit_lacking(cards, "yen-mo", RULES, day)] == expected
    assert [step.code for step in unit_lacking(cards, "kim-son", RULES, day)] == [
        "appointment",
        "certificate",
    ]


def test_posts_are_those_that_hold_on_the_day() -> None:
    card = officer(APPOINTED, RELIEVED)
    assert [post.unit for post in posts(card, date(2017, 1, 1).toordinal())] == ["yen-mo"]
    assert posts(card, date(2018, 1, 1).toordinal()) == []
