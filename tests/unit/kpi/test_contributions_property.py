"""Deltas summed up to any day give what a plain reading of the facts gives for that day."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kpi.domain.cards import fold
from services.kpi.domain.contributions import Counted, contributions
from services.kpi.domain.measures import Cohort, Contributions, Who, negated
from services.kpi.domain.parts import by_cohort, together
from tests.examples import examples
from tests.unit.kpi.lives import CORE, RULES, Life, Told, measured, state_on

UNITS = ("nho-quan", "yen-mo", "elsewhere")
INDUSTRIES = ("2018:1062", "2018:3511", "2018:0111")

days = st.dates(date(2015, 1, 1), date(2020, 12, 31)).map(date.isoformat)
registry = st.one_of(
    st.tuples(st.just("facility.moved"), days, st.fixed_dictionaries({"unit_id": st.sampled_from(UNITS)})),
    st.tuples(
        st.sampled_from(["facility.suspended", "facility.closed", "facility.reopened"]), days, st.just({})
    ),
    st.tuples(
        st.just("facility.corrected"),
        days,
        st.fixed_dictionaries({"kind": st.sampled_from(["enterprise", "household"])}),
    ),
    st.tuples(
        st.just("facility.corrected"),
        days,
        st.fixed_dictionaries({"employees": st.sampled_from([10, 100, 1000])}),
    ),
    st.tuples(
        st.just("facility.corrected"),
        days,
        st.sampled_from(INDUSTRIES).map(lambda i: {"industry": {"version": i[:4], "code": i[5:]}}),
    ),
)
training = st.one_of(
    st.tuples(
        st.just("survey.answered"),
        days,
        st.fixed_dictionaries(
            {
                "survey_id": st.sampled_from(["s1", "s2", "s3"]),
                "mode": st.sampled_from(["census", "census", "sample"]),
                "benefits": st.sampled_from([[], ["saves-energy"]]),
            }
        ),
    ),
    st.tuples(
        st.just("participation.tested"),
        days,
        st.fixed_dictionaries({"participation_id": st.sampled_from(["p1", "p2"]), "passed": st.booleans()}),
    ),
)
ids = {"assessment_id": st.sampled_from(["a1", "a2"])}
audits = st.one_of(
    st.tuples(
        st.sampled_from(["assessment.approved", "assessment.approved", "assessment.rejected"]),
        days,
        st.fixed_dictionaries(ids),
    ),
    st.tuples(
        st.sampled_from(["option.implemented", "option.verified", "option.verified", "option.discontinued"]),
        days,
        st.fixed_dictionaries({**ids, "option_id": st.sampled_from(["o1", "o2"])}),
    ),
    st.tuples(
        st.sampled_from(["follow-up.accepted", "follow-up.accepted", "follow-up.refused"]),
        days,
        st.fixed_dictionaries({**ids, "follow_up_id": st.sampled_from(["u1", "u2"])}),
    ),
    st.tuples(
        st.just("follow-up.flag-reviewed"),
        days,
        st.fixed_dictionaries(
            {
                **ids,
                "follow_up_id": st.sampled_from(["u1", "u2"]),
                "flag": st.sampled_from(["same-figure", "outlier", "periods-differ"]),
                "decision": st.sampled_from(["keep", "keep", "leave-out"]),
            }
        ),
    ),
    st.builds(
        lambda assessment, kwh: (
            "assessment.baseline-corrected",
            "2015-12-31",
            {"assessment_id": assessment, "measurement": measured(2015, "10", str(kwh)), "reason": "misread"},
        ),
        ids["assessment_id"],
        st.sampled_from([800, 1000, 1200]),
    ),
    st.tuples(
        st.just("follow-up.outlier-reviewed"),
        days,
        st.fixed_dictionaries(
            {
                **ids,
                "follow_up_id": st.sampled_from(["u1", "u2"]),
                "decision": st.sampled_from(["keep", "leave-out"]),
            }
        ),
    ),
    st.builds(
        lambda type_, assessment, fid, year, kwh, output: (
            type_,
            f"{year}-12-31",
            {
                "assessment_id": assessment,
                "follow_up_id": fid,
                "measurement": measured(year, str(output), str(kwh)),
            },
        ),
        st.sampled_from(["follow-up.reported", "follow-up.reported", "follow-up.corrected"]),
        ids["assessment_id"],
        st.sampled_from(["u1", "u2"]),
        st.integers(2016, 2019),
        st.one_of(st.integers(0, 2000), st.sampled_from([900, 1000])),
        st.integers(0, 20),
    ),
)


@st.composite
def lives(draw: st.DrawFn) -> Life:
    life = Life().registered(draw(days))
    for assessment in ("a1", "a2"):
        life.tell(
            "audits",
            "assessment.baseline-recorded",
            "2015-12-31",
            assessment_id=assessment,
            measurement=measured(2015, "10", "1000"),
        )
    if draw(st.booleans()):
        life.adopted(measured(2015, "10", "1000"), draw(days), draw(days))
        life.followed(measured(2017, str(draw(st.integers(1, 20))), str(draw(st.integers(500, 1500)))))
    for source, events in (("registry", registry), ("audits", audits), ("training", training)):
        for type_, day, data in draw(st.lists(events, max_size=8)):
            life.tell(source, type_, day, **data)
    return life


@given(lives(), st.lists(st.dates(date(2014, 12, 1), date(2022, 6, 1)), min_size=1, max_size=5))
@settings(max_examples=examples(100), deadline=None)
def test_the_deltas_are_the_plain_reading(life: Life, on: list[date]) -> None:
    card = life.card()
    change_days = {event.occurred_on for event in life.events}
    for day in {*on, *change_days, *(d - timedelta(days=1) for d in change_days)}:
        found = {
            cohort: vector
            for cohort, vector in state_on(card, day).items()
            if cohort[0] in CORE or cohort[1] == "saving-energy"
        }
        assert found == plain(life.events, day)


class Plain:
    """Reads the whole list of events again for every question. No cards, no deltas."""

    def __init__(self, events: list[Told], day: date) -> None:
        order = {id(event): index for index, event in enumerate(events)}
        self.everything = [
            (e.type.split(".", 2)[2], e.occurred_on, msgspec.json.decode(e.data)) for e in events
        ]
        past = sorted(
            (e for e in events if e.occurred_on <= day), key=lambda e: (e.occurred_on, order[id(e)])
        )
        self.past = [(e.type.split(".", 2)[2], e.occurred_on, msgspec.json.decode(e.data)) for e in past]
        self.day = day

    def who(self) -> Who | None:
        unit = kind = industry = status = suspended = employees = None
        for type_, day, data in self.past:
            unit = data.get("unit_id", unit)
            if type_.startswith("facility."):
                kind = data.get("kind", kind)
                employees = data.get("employees", employees)
                if "industry" in data:
                    industry = data["industry"]["code"]
            if type_ in ("facility.registered", "facility.reopened"):
                status, suspended = "operating", None
            elif type_ == "facility.closed":
                status, suspended = "closed", None
            elif type_ == "facility.suspended":
                suspended = day if status != "suspended" else suspended
                status = "suspended"
        if status is None or unit is None or kind is None or industry is None or status == "closed":
            return None
        if status == "suspended" and suspended is not None and self.day >= _a_year_after(suspended):
            return None
        letter = {"10": "C", "35": "D"}.get(industry[:2])
        if letter is None:
            return None
        return unit, f"2018:{letter}{industry[:2]}", kind, _size(employees)

    def aware(self) -> int:
        latest: dict[tuple[str, date], bool | None] = {}
        for type_, day, data in self.past:
            if type_ == "survey.answered":
                key = (data["survey_id"], day)
                latest.pop(key, None)
                latest[key] = None if data["mode"] == "sample" else bool(data["benefits"])
            elif type_ == "participation.tested":
                key = (data["participation_id"], day)
                latest.pop(key, None)
                latest[key] = True if data["passed"] else None
        votes = [vote for vote in latest.values() if vote is not None]
        return int(bool(votes) and votes[-1])

    def adopting(self, assessment: str) -> bool:
        approved = False
        implemented: set[str] = set()
        verified: set[str] = set()
        for type_, _, data in self.past:
            if data.get("assessment_id") != assessment:
                continue
            if type_ == "assessment.approved":
                approved = True
            elif type_ == "assessment.rejected":
                approved = False
            elif type_ == "option.implemented":
                implemented.add(data["option_id"])
            elif type_ == "option.verified":
                verified.add(data["option_id"])
            elif type_ == "option.discontinued":
                verified.discard(data["option_id"])
        return approved and bool(implemented & verified)

    def measurement(self) -> Latest | None:
        baselines: dict[str, dict[str, Any]] = {}
        reported: dict[tuple[str, str], tuple[date, int, dict[str, Any]]] = {}
        accepted: dict[tuple[str, str], bool] = {}
        reviewed: dict[tuple[str, str], dict[str, str]] = {}
        for index, (type_, day, data) in enumerate(self.everything):
            if type_.startswith("assessment.baseline-"):
                baselines[data["assessment_id"]] = data["measurement"]
                if type_ == "assessment.baseline-corrected":
                    reviewed = {key: v for key, v in reviewed.items() if key[0] != data["assessment_id"]}
            if not type_.startswith("follow-up."):
                continue
            key = data["assessment_id"], data["follow_up_id"]
            if type_ in ("follow-up.reported", "follow-up.corrected"):
                reported[key] = (day, index, data["measurement"])
                if type_ == "follow-up.corrected":
                    accepted.pop(key, None)
                    reviewed.pop(key, None)
            elif type_.endswith("-reviewed"):
                reviewed.setdefault(key, {})[data.get("flag", "outlier")] = data["decision"]
            else:
                accepted[key] = type_ == "follow-up.accepted"
        usable = [
            (end, index, key)
            for key, (end, index, _) in reported.items()
            if end <= self.day and accepted.get(key) and self.adopting(key[0])
        ]
        if not usable:
            return None
        end, _, key = max(usable)
        earlier = [
            (e, i, found)
            for other, (e, i, found) in reported.items()
            if other[0] == key[0] and accepted.get(other) and e < end
        ]
        before = max(earlier, key=lambda item: item[:2])[2] if earlier else baselines[key[0]]
        return Latest(baselines[key[0]], before, reported[key][2], reviewed.get(key, {}))


class Latest(NamedTuple):
    baseline: dict[str, Any]
    before: dict[str, Any]
    now: dict[str, Any]
    reviews: dict[str, str]


def plain(events: list[Told], day: date) -> dict[Cohort, tuple[int, ...]]:
    reading = Plain(events, day)
    who = reading.who()
    if who is None:
        return {}
    adopter = reading.adopting("a1") or reading.adopting("a2")
    found = reading.measurement() if adopter else None
    counts = [int(adopter), 0, 0, 0, 0, 0, 0]
    saving = None
    if found is not None:
        kwh = [Fraction(m["flows"][0]["quantity"]) for m in (found.baseline, found.before, found.now)]
        output = Fraction(found.now["products"][0]["output"])
        want = Fraction("154.3") * kwh[0] / Fraction(found.baseline["products"][0]["output"]) * output
        have = Fraction("154.3") * kwh[2]
        beyond = abs(want - have) > want * Fraction("0.4")
        same = kwh[1] == kwh[2] and kwh[2] > 0
        if want == 0:
            counts[6] = 1
        elif "leave-out" in found.reviews.values():
            counts[5] = 1
        elif (beyond and "outlier" not in found.reviews) or (same and "same-figure" not in found.reviews):
            counts[4] = 1
        else:
            counts[1:4] = 1, int((want - have) * 100 >= 8 * want), int((want - have) * 100 >= 5 * want)
            grid = {2016: "918.5", 2017: "864.9", 2018: "913.0", 2019: "845.8"}
            grams = Fraction(grid[int(found.now["period"]["end"][:4])]) / Fraction("154.3")
            saving = (want, have, want * grams, have * grams)
    result: dict[Cohort, tuple[int, ...]] = {("facility", *who): (1, reading.aware(), *counts)}
    if saving is not None:
        energy, co2 = (round(saving[0]), round(saving[1])), (round(saving[2]), round(saving[3]))
        result["saving", *who] = (*energy, 0, 0, 0, 0, 0, 0, *co2, 0, 0, 1, 0)
        points = Fraction(10_000) * (energy[0] - energy[1]) / energy[0]
        result["spread", "saving-energy", *who] = (round(points), 1)
    return result


def _size(employees: int | None) -> str:
    if employees is None:
        return "unknown"
    return "micro" if employees <= 10 else "small" if employees <= 100 else "large"


def _a_year_after(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


@given(lives(), st.lists(st.integers(1, 6), min_size=1, max_size=20))
@settings(max_examples=examples(100), deadline=None)
def test_what_each_portion_of_events_changes_adds_up_to_the_whole(life: Life, portions: list[int]) -> None:
    """The projector asks only the parts that a portion's sources can change; were one forgotten, its number
    would stay where it was."""
    counted, sums = Counted(None), Contributions()
    events = list(life.events)
    while events:
        size = portions[len(events) % len(portions)]
        portion, events = events[:size], events[size:]
        sources = {event.source for event in portion}
        parts = counted.parts("facility:f1", sources)
        before, card = counted.before(parts, RULES), counted.card
        for event in portion:
            card = fold(card, event.source, event)
        counted.changed(card, sources)
        less = {key: negated(key[0][0], vector) for key, vector in together(before).items()}
        more = counted.after(parts, RULES)
        sums = together([by_cohort(sums), by_cohort(less), *more])
    whole = contributions(life.card(), RULES)
    assert {k: v for k, v in sums.items() if any(v)} == {k: v for k, v in whole.items() if any(v)}
