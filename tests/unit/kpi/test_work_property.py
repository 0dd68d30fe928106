"""Options, pilots, trainings, samples and records: summed up to any day they are the plain reading of the
events for that day. Nothing of the projector is used to read them here."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kpi.domain.measures import Cohort
from tests.examples import examples
from tests.unit.kpi.lives import Life, Told, state_on

KINDS = ("options", "pilots", "training", "quality", "survey", "spread")
CLASSES = ("input-change", "process-control")

days = st.dates(date(2015, 1, 1), date(2020, 12, 31)).map(date.isoformat)
option = {"assessment_id": st.just("a1"), "option_id": st.sampled_from(["o1", "o2"])}
part = {"participation_id": st.sampled_from(["p1", "p2"]), "course_id": st.just("c1")}
money = st.one_of(st.none(), st.integers(0, 20))


def told(types: list[str], **data: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(st.sampled_from(types), days, st.fixed_dictionaries(data))


registry = st.one_of(
    told(["facility.moved"], unit_id=st.sampled_from(["yen-mo", "gia-vien"])),
    told(["facility.closed", "facility.reopened"]),
    told(
        ["facility.corrected"],
        tax_code=st.sampled_from([None, "1"]),
        products=st.sampled_from([None, [], [{"name": "x", "unit": "t"}]]),
        employees=st.sampled_from([None, 5]),
    ),
)
audits = st.one_of(
    told(["option.deferred", "option.asked", "option.implemented"], **option),
    told(["option.discontinued", "option.refused", "option.excluded"], **option),
    told(["option.verified"], **option, verified_saving_vnd=money),
    told(["option.corrected"], **option, option_class=st.sampled_from(CLASSES), yearly_saving_vnd=money),
    told(["replication.named"], **option, pilot_id=st.just("other")),
    told(["pilot.designated", "pilot.finished"], assessment_id=st.just("a1"), pilot_id=st.just("a1.1")),
)
training = st.one_of(
    told(["participation.attended"], **part, unit_id=st.sampled_from([None, "yen-mo"])),
    told(["participation.tested"], **part, passed=st.booleans()),
    told(["campaign.facility-reached"], campaign_id=st.just("k1")),
    told(
        ["survey.answered"],
        survey_id=st.sampled_from(["s1", "s2"]),
        mode=st.just("sample"),
        benefits=st.sampled_from([[], ["cuts-cost"]]),
        weight=st.sampled_from([None, "0.01", "2.50", "100000"]),
    ),
)


@st.composite
def lives(draw: st.DrawFn) -> Life:
    life = Life().tell(
        "registry",
        "facility.registered",
        draw(days),
        unit_id="nho-quan",
        kind="enterprise",
        industry={"version": 2018, "code": "1062"},
        latitude=20.2,
        longitude=105.9,
    )
    for id_ in ("o1", "o2"):
        ids = {"assessment_id": "a1", "option_id": id_, "option_class": draw(st.sampled_from(CLASSES))}
        life.tell(
            "audits",
            "option.proposed",
            draw(days),
            **ids,
            investment_vnd=draw(money),
            yearly_saving_vnd=draw(money),
        )
    for source, events in (("registry", registry), ("audits", audits), ("training", training)):
        for type_, day, data in draw(st.lists(events, max_size=8)):
            life.tell(
                source, type_, day, **{name: value for name, value in data.items() if value is not None}
            )
    return life


@given(lives(), st.lists(st.dates(date(2014, 12, 1), date(2024, 6, 1)), min_size=1, max_size=5))
@settings(max_examples=examples(80), deadline=None)
def test_the_deltas_are_the_plain_reading(life: Life, on: list[date]) -> None:
    card = life.card()
    happened = {event.occurred_on for event in life.events}
    for day in {*on, *happened, *(d - timedelta(days=1) for d in happened)}:
        found = {cohort: vector for cohort, vector in state_on(card, day).items() if cohort[0] in KINDS}
        assert found == Plain(life.events, day).all()


class Plain:
    """Reads the whole list again for every question."""

    def __init__(self, events: list[Told], day: date) -> None:
        self.day = day
        self.all_ = [(e.type.split(".", 2)[2], e.occurred_on, msgspec.json.decode(e.data)) for e in events]
        self.past = sorted((e for e in self.all_ if e[1] <= day), key=lambda e: e[1])

    def all(self) -> dict[Cohort, tuple[int, ...]]:
        found: dict[Cohort, tuple[int, ...]] = {**self.training(), **self.samples()}
        who = self.who()
        if who is not None:
            found |= self.options(who) | self.pilots(who) | self.quality(who)
        return found

    def who(self) -> tuple[str, str, str, str] | None:
        status = None
        for type_, _, _ in self.past:
            if type_ in ("facility.registered", "facility.reopened", "facility.closed"):
                status = type_
        registered = any(type_ == "facility.registered" for type_, _, _ in self.past)
        if not registered or status in (None, "facility.closed"):
            return None
        employees = [d["employees"] for _, _, d in self.past if "employees" in d]
        return self.unit(self.day), "2018:C10", "enterprise", "micro" if employees else "unknown"

    def unit(self, day: date) -> str:
        units = [
            d["unit_id"]
            for t, on, d in sorted(self.all_, key=lambda e: e[1])
            if on <= day and t in ("facility.registered", "facility.moved")
        ]
        return units[-1] if units else ""

    def options(self, who: tuple[str, ...]) -> dict[Cohort, tuple[int, ...]]:
        found: dict[Cohort, tuple[int, ...]] = {}
        paybacks: list[int] = []
        for id_ in ("o1", "o2"):
            (proposed,) = [e for e in self.all_ if e[0] == "option.proposed" and e[2]["option_id"] == id_]
            if proposed[1] > self.day:
                continue
            class_, yearly, verified = proposed[2]["option_class"], proposed[2].get("yearly_saving_vnd"), None
            for type_, _, data in self.all_:
                if data.get("option_id") == id_ and type_ == "option.corrected":
                    class_, yearly = data["option_class"], data.get("yearly_saving_vnd", yearly)
                elif data.get("option_id") == id_ and type_ == "option.verified":
                    verified = data.get("verified_saving_vnd", verified)
            vector = dict.fromkeys(range(11), 0)
            status = self.status(id_, proposed[1])
            vector[0] = int(status != "excluded")
            for index, statuses in enumerate(
                (
                    ("pending", "due"),
                    ("implemented", "verified"),
                    ("verified",),
                    ("refused", "lapsed"),
                    ("lapsed",),
                    ("excluded",),
                    ("discontinued",),
                ),
                start=1,
            ):
                vector[index] = int(status in statuses)
            vector[10] = int(status == "due")
            if status in ("implemented", "verified"):
                saving = verified if status == "verified" and verified is not None else yearly
                investment = proposed[2].get("investment_vnd")
                vector[8], vector[9] = investment or 0, saving or 0
                if investment is not None and saving:
                    paybacks.append(round(Fraction(100 * investment, saving)))
            cohort = ("options", *who, class_)
            found[cohort] = tuple(
                a + b for a, b in zip(found.get(cohort, (0,) * 11), vector.values(), strict=True)
            )
        return found | _spread("payback", who, paybacks)

    def status(self, id_: str, proposed: date) -> str:
        mine = [(t, on) for t, on, d in self.past if d.get("option_id") == id_]
        life = [t for t, _ in mine if t in ("option.deferred", "option.excluded")]
        done = [
            t.removeprefix("option.")
            for t, _ in mine
            if t in ("option.implemented", "option.verified", "option.discontinued", "option.refused")
        ]
        if life and life[-1] == "option.excluded":
            return "excluded"
        if done:
            return done[-1]
        if not life:
            return "proposed"
        if self.day >= _years(proposed, 3):
            return "lapsed"
        deferred = min(on for t, on in mine if t == "option.deferred")
        for years in (2, 1):
            if _years(proposed, years) <= self.day:
                asked = any(t == "option.asked" and on > _years(proposed, years - 1) for t, on in mine)
                return "due" if _years(proposed, years) > deferred and not asked else "pending"
        return "pending"

    def pilots(self, who: tuple[str, ...]) -> dict[Cohort, tuple[int, ...]]:
        last: dict[str, date] = {}
        for type_, on, data in self.all_:
            if type_ in ("pilot.designated", "pilot.finished", "replication.named"):
                last[type_ + data.get("option_id", "")] = on
        held = [type_ for type_, on in last.items() if on <= self.day]
        vector = tuple(sum(t.startswith(name) for t in held) for name in ("pilot.d", "pilot.f", "repl"))
        return {("pilots", *who): vector} if any(vector) else {}

    def training(self) -> dict[Cohort, tuple[int, ...]]:
        found: dict[Cohort, tuple[int, ...]] = {}
        for id_ in ("p1", "p2"):
            mine = [e for e in self.all_ if e[2].get("participation_id") == id_]
            attended = sorted((e for e in mine if e[0].endswith("attended")), key=lambda e: e[1])[:1]
            tested = [
                d["passed"] for t, _, d in self.past if t.endswith("tested") and d["participation_id"] == id_
            ]
            there = [e for e in attended if e[1] <= self.day]
            if not there and not tested:
                continue
            unit = attended[0][2].get("unit_id") if attended else None
            first = min(e[1] for e in [*attended, *(e for e in mine if e[0].endswith("tested"))])
            cohort = ("training", "facilities", unit or self.unit(first))
            vector = (len(there), int(bool(tested)), int(bool(tested) and tested[-1]))
            found[cohort] = tuple(a + b for a, b in zip(found.get(cohort, (0, 0, 0)), vector, strict=True))
        return found

    def samples(self) -> dict[Cohort, tuple[int, ...]]:
        found: dict[Cohort, tuple[int, ...]] = {}
        for type_, _, data in self.past:
            if type_ == "survey.answered":
                w = round(100 * Fraction(data.get("weight", 1)))
                y = int(bool(data["benefits"]))
                found["survey", data["survey_id"]] = (1, w, w * y, w * w, 0)
        return found

    def quality(self, who: tuple[str, ...]) -> dict[Cohort, tuple[int, ...]]:
        held: dict[str, bool] = {"place": True}
        for type_, _, data in self.past:
            if type_ == "facility.corrected":
                held |= {
                    name: bool(data[name]) for name in ("tax_code", "products", "employees") if name in data
                }
        registered = any(type_ == "facility.registered" for type_, _, _ in self.past)
        complete = registered and all(held.get(name) for name in ("tax_code", "products", "employees"))
        fresh = any(_years(on, 1) > self.day for _, on, _ in self.past)
        reached = any(t in ("participation.attended", "campaign.facility-reached") for t, _, _ in self.past)
        observed = ("facility.registered", "option.implemented", "survey.answered", "participation.attended")
        lags = [(date(2024, 1, 1) - on).days for type_, on, _ in self.past if type_ in observed]
        vector = (int(reached), int(complete), int(fresh))
        return ({("quality", *who): vector} if any(vector) else {}) | _spread("lag", who, lags)


def _spread(name: str, who: tuple[str, ...], values: list[int]) -> dict[Cohort, tuple[int, ...]]:
    counts = sorted(Counter(values).items())
    return {("spread", name, *who): tuple(x for pair in counts for x in pair)} if counts else {}


def _years(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
