"""Money, documents, tasks and the support network: what is read on any day is the plain reading of the
events. Nothing of the projector is used to read them here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from statistics import median
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kpi.domain.cards import Card
from services.kpi.domain.contributions import contributions
from services.kpi.domain.facts import UnitCard
from services.kpi.domain.figure import Figure
from services.kpi.domain.territory import Units
from services.kpi.views.cube import Cube, where
from services.kpi.views.supporting import Choice, Supporting
from tests.examples import examples
from tests.unit.kpi.lives import RULES, Life

PLANS, NETWORKS, DISTRICTS = ("p", "q"), ("n1", "n2"), ("kim-son", "yen-mo", "gia-vien")
SOURCES, GROUPS = ("central", "local", "sponsorship", "own"), (1, 2)
STAGES = ("planned", "committed", "disbursed")
STATUSES = ("planned", "under-way", "done", "suspended", "dropped")
FIRST, LAST = date(2016, 1, 1), date(2021, 12, 31)

days = st.dates(FIRST, LAST)
Events = list[tuple[str, date, dict[str, Any]]]


def later(day: date) -> st.SearchStrategy[date]:
    return st.dates(day, LAST)


@st.composite
def funding(draw: st.DrawFn) -> Events:
    line = {
        "plan_id": draw(st.sampled_from(PLANS)),
        "source": draw(st.sampled_from(SOURCES)),
        "group": draw(st.sampled_from(GROUPS)),
    }
    found: Events = []
    for stage in draw(st.lists(st.sampled_from([*STAGES, "corrected"]), min_size=1, max_size=6)):
        if stage == "corrected":
            money = {"of": draw(st.sampled_from(STAGES)), "delta_vnd": draw(st.integers(-50, 50))}
        else:
            money = {"amount_vnd": draw(st.integers(0, 10**13))}
        found.append((f"funding.{stage}", draw(days), {**line, **money}))
    return found


@st.composite
def policy(draw: st.DrawFn) -> Events:
    plan = {"plan_id": draw(st.sampled_from(PLANS))}
    planned = draw(days)
    found: Events = [("policy.planned", planned, {**plan, "due": draw(days).isoformat()})]
    fate = draw(st.sampled_from([None, "policy.issued", "policy.dropped"]))
    return found + ([(fate, draw(later(planned)), plan)] if fate else [])


def task(id_: str, draw: st.DrawFn) -> dict[str, Any]:
    return {"task_id": id_, "group": draw(st.sampled_from(GROUPS)), "end": draw(days).isoformat()}


@st.composite
def plan(draw: st.DrawFn) -> Events:
    """Loaded, revised, added to; a task is spoken of only while the plan holds it, but of any day."""
    held = draw(st.sets(st.sampled_from("abc"), max_size=3))
    found: Events = [("plan.loaded", draw(days), {"tasks": [task(id_, draw) for id_ in sorted(held)]})]
    for what in draw(st.lists(st.sampled_from(["revised", "added", "status", "status", "progress"]))):
        if what == "revised":
            held = draw(st.sets(st.sampled_from("abc"), max_size=3))
            found.append(("plan.revised", draw(days), {"tasks": [task(id_, draw) for id_ in sorted(held)]}))
        elif what == "added" and (free := sorted({*"abc"} - held)):
            held |= {free[0]}
            found.append(("task.added", draw(days), {"task": task(free[0], draw)}))
        elif what in ("status", "progress") and held:
            of = {"task_id": draw(st.sampled_from(sorted(held)))}
            if what == "status":
                said = {**of, "status": draw(st.sampled_from(STATUSES))}
                found.append(("task.status-changed", draw(days), said))
            else:
                found.append(
                    ("task.progress-reported", draw(days), {**of, "percent": draw(st.integers(0, 100))})
                )
    return found


@st.composite
def network(draw: st.DrawFn) -> Events:
    began = draw(days)
    ended: Events = [("network.unit-dissolved", draw(later(began)), {})] if draw(st.booleans()) else []
    return [("network.unit-established", began, {}), *ended]


@st.composite
def consultant(draw: st.DrawFn) -> Events:
    began = draw(days)
    found: Events = [("consultant.registered", began, {"network_id": draw(st.sampled_from(NETWORKS))})]
    for what in draw(st.lists(st.sampled_from(["deactivated", "reactivated"]), max_size=3)):
        found.append((f"consultant.{what}", draw(later(began)), {}))
    return found


@st.composite
def unit(draw: st.DrawFn) -> Events:
    level = draw(st.sampled_from(["district", "district", "commune"]))
    found: Events = [("unit.registered", draw(days), {"level": level})]
    for what in draw(st.lists(st.sampled_from(["linked", "unlinked"]), max_size=4)):
        found.append(
            (f"network.district-{what}", draw(days), {"network_id": draw(st.sampled_from(NETWORKS))})
        )
    return found + ([("unit.closed", draw(days), {})] if draw(st.booleans()) else [])


@st.composite
def provinces(draw: st.DrawFn) -> dict[str, Events]:
    found = {f"plan:{id_}": draw(plan()) for id_ in PLANS if draw(st.booleans())}
    found |= {f"network:{id_}": draw(network()) for id_ in NETWORKS if draw(st.booleans())}
    found |= {f"unit:{id_}": draw(unit()) for id_ in DISTRICTS if draw(st.booleans())}
    for kind, made in (("funding", funding()), ("policy", policy()), ("consultant", consultant())):
        found |= {f"{kind}:{n}": events for n, events in enumerate(draw(st.lists(made, max_size=4)))}
    return found


def lived(province: dict[str, Events]) -> list[Card]:
    cards = []
    for subject, events in province.items():
        life = Life(subject)
        for type_, day, data in events:
            life.tell("registry", type_, day.isoformat(), **data)
        cards.append(life.card())
    return cards


def cube_of(cards: Iterable[Card]) -> Cube:
    cube = Cube()
    for number, card in enumerate(cards):
        cells: dict[Any, dict[int, Any]] = {}
        for (cohort, day), vector in contributions(card, RULES).items():
            cells.setdefault(cohort, {})[day] = vector
        for cohort, by_day in cells.items():
            cube.put(f"{number}/{cohort}", cohort, msgspec.msgpack.encode(by_day))
    return cube


@given(provinces(), st.lists(st.dates(date(2015, 12, 1), date(2023, 1, 1)), min_size=1, max_size=3))
@settings(max_examples=examples(50), deadline=None)
def test_what_is_read_is_the_plain_reading(province: dict[str, Events], on: list[date]) -> None:
    cards = lived(province)
    cube = cube_of(cards)
    units = Units({card.id: card for card in cards if isinstance(card, UnitCard)})
    territory = units.territory(DISTRICTS)
    happened = {day for events in province.values() for _, day, _ in events}
    happened |= {date.fromisoformat(due) + timedelta(days=1) for due in dues(province)}
    for day in {*on, *happened, *(d - timedelta(days=1) for d in happened)}:
        plain = Plain(province, day)
        for plan_id in PLANS:
            found = Supporting(cube, territory, plan_id, day, Choice(frozenset(territory.units)))
            assert read(found.measures("S6")) == plain.money(plan_id)
            for source in SOURCES:
                for group in GROUPS:
                    part = found.measures("S6", source=source, group=str(group))
                    assert read(part) == plain.money(plan_id, source, group)
            assert read(found.measures("S5")) == plain.documents(plan_id)
            assert read(found.measures("S3")) == plain.support()
            for group in GROUPS:
                for status in STATUSES:
                    chosen = where(plan=plan_id, group=str(group), status=status)
                    assert cube.at("task", day, chosen) == plain.tasks(plan_id, group, status)


def dues(province: dict[str, Events]) -> set[str]:
    """Days on which something is late from the next day on."""
    found = set()
    for events in province.values():
        for _, _, data in events:
            tasks = [*data.get("tasks", ()), *([data["task"]] if "task" in data else [])]
            found |= {one["end"] for one in tasks} | ({data["due"]} if "due" in data else set())
    return found


def read(figures: list[Figure]) -> dict[str, str | None]:
    return {figure.measure: figure.value for figure in figures}


def over(part: int, whole: int) -> str | None:
    return f"{part}/{whole}" if whole else None


class Plain:
    """Reads all events again for every question."""

    def __init__(self, province: dict[str, Events], day: date) -> None:
        self.province, self.day = province, day

    def last(self, subject: str, *types: str, **data: Any) -> str | None:
        """The last of these that holds on the day; of one day the one recorded last."""
        said = [
            (on, index, type_)
            for index, (type_, on, told) in enumerate(self.province.get(subject, ()))
            if type_ in types and on <= self.day and all(told[name] == value for name, value in data.items())
        ]
        return max(said)[2] if said else None

    def of(self, kind: str) -> list[str]:
        return [subject for subject in self.province if subject.startswith(f"{kind}:")]

    def money(self, plan_id: str, source: str | None = None, group: int | None = None) -> dict[str, Any]:
        sums = Counter[str]()
        for subject in self.of("funding"):
            for type_, on, data in self.province[subject]:
                mine = data["plan_id"] == plan_id and source in (None, data["source"])
                if mine and group in (None, data["group"]) and on <= self.day:
                    stage = data.get("of") or type_.removeprefix("funding.")
                    sums[stage] += data.get("amount_vnd", data.get("delta_vnd", 0))
        return {
            "money-planned": str(sums["planned"]),
            "money-committed": over(sums["committed"], sums["planned"]),
            "money-disbursed": over(sums["disbursed"], sums["committed"]),
        }

    def documents(self, plan_id: str) -> dict[str, Any]:
        planned = issued = late = dropped = 0
        delays = []
        for subject in self.of("policy"):
            data = self.province[subject][0][2]
            last = self.last(subject, "policy.planned", "policy.issued", "policy.dropped")
            if data["plan_id"] != plan_id or last is None:
                continue
            due = date.fromisoformat(data["due"])
            planned += last != "policy.dropped"
            dropped += last == "policy.dropped"
            late += last == "policy.planned" and self.day > due
            if last == "policy.issued":
                issued += 1
                delays.append((self.province[subject][1][1] - due).days)
        middle = median(delays) if delays else None
        return {
            "policies-planned": str(planned),
            "policies-issued": over(issued, planned),
            "policies-late": str(late),
            "policies-dropped": str(dropped),
            "policy-delay": None if middle is None else f"{middle:g}",
        }

    def support(self) -> dict[str, Any]:
        ends = ("network.unit-established", "network.unit-dissolved")
        exist = [s.partition(":")[2] for s in self.of("network") if self.last(s, *ends) == ends[0]]
        consultants = 0
        for subject in self.of("consultant"):
            states = [f"consultant.{what}" for what in ("registered", "deactivated", "reactivated")]
            active = self.last(subject, *states) in (states[0], states[2])
            consultants += active and self.province[subject][0][2]["network_id"] in exist
        districts = linked = 0
        for subject in self.of("unit"):
            if self.province[subject][0][2]["level"] != "district":
                continue
            if self.last(subject, "unit.registered", "unit.closed") != "unit.registered":
                continue
            districts += 1
            links = ("network.district-linked", "network.district-unlinked")
            linked += any(self.last(subject, *links, network_id=one) == links[0] for one in exist)
        return {
            "support-units": str(len(exist)),
            "consultants": str(consultants),
            "districts-linked": over(linked, districts),
        }

    def tasks(self, plan_id: str, group: int, status: str) -> list[int]:
        """How many, the sum of their percents, and how many are late."""
        count = percent = late = 0
        for told, named, statuses, reports in self.held(plan_id).values():
            said = [(on, n, one) for n, (on, one) in enumerate(statuses) if on <= self.day]
            now = max(said)[2] if said else "planned" if named <= self.day else None
            if told["group"] != group or now != status:
                continue
            done = [(on, n, one) for n, (on, one) in enumerate(reports) if on <= self.day]
            count += 1
            percent += max(done)[2] if done else 0
            late += self.day > date.fromisoformat(told["end"]) and now not in ("done", "dropped")
        return [count, percent, late]

    def held(self, plan_id: str) -> dict[str, tuple[dict[str, Any], date, list[Any], list[Any]]]:
        """The tasks as the plan was last told, whatever day that is of: (task, since, statuses, reports)."""
        held: dict[str, tuple[dict[str, Any], date, list[Any], list[Any]]] = {}
        for type_, on, data in self.province.get(f"plan:{plan_id}", ()):
            if type_ in ("plan.loaded", "plan.revised"):
                held = {
                    t["task_id"]: (t, *held.get(t["task_id"], (t, on, [], []))[1:]) for t in data["tasks"]
                }
            elif type_ == "task.added":
                held[data["task"]["task_id"]] = (data["task"], on, [], [])
            elif type_ == "task.status-changed":
                held[data["task_id"]][2].append((on, data["status"]))
            else:
                held[data["task_id"]][3].append((on, data["percent"]))
        return held
