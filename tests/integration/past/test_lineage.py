"""What an auditor would lose: the way from a number to the facilities and events behind it, and back up."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from tests.e2e.fold import World
from tests.integration.past.conftest import System
from tests.integration.past.history import SOURCES, History
from tests.integration.past.test_any_moment import CODES, DAYS, world
from tests.integration.past.test_changes import added


def listed(system: System, code: str, **query: Any) -> list[dict[str, Any]]:
    found = system.get(f"/targets/{code}/facilities", limit=2, **query)
    items = found["items"]
    while found["next"]:
        found = system.get(f"/targets/{code}/facilities", limit=2, cursor=found["next"], **query)
        items += found["items"]
    return list(items)


def event_ids(history: History, known_at: datetime) -> dict[str, list[str]]:
    """By subject, as recorded by then."""
    found: dict[str, list[str]] = {}
    for source in SOURCES:
        for line in history.feed(source, known_at).splitlines():
            for event in json.loads(line)["events"]:
                found.setdefault(event["subject"], []).append(event["id"])
    return found


@pytest.mark.parametrize("seed", range(2))
def test_any_number_is_the_sum_of_its_facilities(system_of: Callable[[History], System], seed: int) -> None:
    history = History(200 + seed, steps=220)
    system = system_of(history)
    decided = 0
    for known_at in history.random.sample(history.recorded(), 4):
        plain, day = world(history, known_at), history.random.choice(DAYS[1:])
        query = {"on": day, "known_at": known_at.isoformat()}
        by_subject = event_ids(history, known_at)
        for code in CODES:
            items = listed(system, code, **query)
            assert added(items) == plain.targets(date.fromisoformat(day))[code]
            assert [item["id"] for item in items if item["counted"]] == [
                item["id"] for item in listed(system, code, counted="true", **query)
            ]
            for item in items:
                known = {id_ for subject in item["subjects"] for id_ in by_subject[subject]}
                assert set(item["decided_by"]) <= known
                decided += len(item["decided_by"])
        some = listed(system, "K2a", unit_id="kim-son", kind="enterprise", **query)
        chosen = {"district": "kim-son", "kind": "enterprise"}
        assert added(some) == plain.targets(date.fromisoformat(day), **chosen)["K2a"]
        for facility in list(history.facilities)[:4]:
            if f"facility:{facility}" not in by_subject:
                continue
            told = system.get(f"/facilities/{facility}/events", known_at=known_at.isoformat())
            expected = {id_ for subject in told["subjects"] for id_ in by_subject[subject]}
            assert {event["id"] for event in told["events"]} == expected
            times = [event["recorded_at"] for event in told["events"]]
            assert times == sorted(times)
    assert decided > 50
    told = system.get("/subjects/officer:o1/events")
    assert told["events"][0]["href"] == f"http://registry/api/v1/events/{told['events'][0]['id']}"


def without(history: History, known_at: datetime, left_out: Callable[[dict[str, Any]], bool]) -> World:
    """The plain reading of the same lines without certain events."""

    def less(feed: bytes) -> bytes:
        lines = [json.loads(line) for line in feed.splitlines()]
        for line in lines:
            # In their places, so that what is left keeps its order.
            line["events"] = [e if not left_out(e) else {**e, **NOTHING} for e in line["events"]]
        return b"".join(json.dumps(line).encode() + b"\n" for line in lines)

    return World(*(less(history.feed(source, known_at)) for source in SOURCES))


NOTHING: dict[str, Any] = {"type": "nothing", "subject": "nothing:1", "data": {"assessment_id": ""}}


@pytest.mark.parametrize("seed", range(3))
def test_without_an_event_the_targets_are_what_the_others_say(
    system_of: Callable[[History], System], seed: int
) -> None:
    history = History(300 + seed, facilities=8, steps=220)
    system = system_of(history)
    known_at = history.recorded()[-10]
    events = {
        event["id"]: event
        for source in SOURCES
        for line in history.feed(source, known_at).splitlines()
        for event in json.loads(line)["events"]
    }
    unmerged = {e["subject"] for e in events.values() if e["type"] == "facility.unmerged"}
    usable = [
        id_
        for id_, event in events.items()
        # The plain reading takes a registration, and a merge that was undone, for granted.
        if event["type"] not in ("unit.registered", "facility.registered", "unit.closed")
        and not (event["type"] == "facility.merged" and event["subject"] in unmerged)
    ]
    changed = 0
    for id_ in history.random.sample(usable, 60):
        day = history.random.choice(DAYS[3:])
        answer = system.get(f"/events/{id_}/effect", on=day, known_at=known_at.isoformat())
        on = date.fromisoformat(day)
        assert answer["event"]["id"] == id_
        as_is = {target["code"]: target["with"] for target in answer["targets"]}
        assert {c: (as_is[c]["numerator"], as_is[c]["denominator"]) for c in CODES} == world(
            history, known_at
        ).targets(on)
        left = {target["code"]: target["without"] for target in answer["targets"]}
        expected = without(history, known_at, lambda event, id_=id_: event["id"] == id_).targets(on)  # type: ignore[misc]
        found = {c: (left[c]["numerator"], left[c]["denominator"]) for c in CODES}
        assert found == expected, events[id_]
        changed += any(target["changed"] for target in answer["targets"])
    assert changed > 3


def test_without_its_registration_a_facility_counts_for_nothing(
    system_of: Callable[[History], System],
) -> None:
    history = History(301, facilities=8, steps=150)
    system = system_of(history)
    known_at = history.recorded()[-1]
    for id_ in list(history.facilities)[:6]:
        subject = f"facility:{id_}"
        if id_ in history.into or id_ in history.into.values():
            continue
        (registered,) = (
            event["id"]
            for event in system.get(f"/facilities/{id_}/events")["events"]
            if event["type"] == "facility.registered"
        )
        answer = system.get(f"/events/{registered}/effect", on="2018-12-31")
        expected = without(history, known_at, lambda e, s=subject: e["subject"] == s)  # type: ignore[misc]
        left = {target["code"]: target["without"] for target in answer["targets"]}
        assert {c: (left[c]["numerator"], left[c]["denominator"]) for c in CODES} == expected.targets(
            date(2018, 12, 31)
        )


def test_what_is_not_there_is_told_so(system_of: Callable[[History], System]) -> None:
    history = History(302, steps=60)
    system = system_of(history)
    last = [stored.commit for stored in history.logs["training"].read(0, 10_000)][-1]
    system.get("/events/nobody/effect", 404)
    before = last.recorded_at.replace(year=last.recorded_at.year - 1).isoformat()
    system.get(f"/events/{last.events[0].id}/effect", 404, known_at=before)
    assert system.get(f"/events/{last.events[0].id}/effect")["event"]["actor"] == "lan"
    system.get("/facilities/nobody/events", 404)
    system.get("/targets/K2/facilities", 404)


def test_what_an_event_does_to_the_supporting_measures_is_told(
    system_of: Callable[[History], System],
) -> None:
    history = History(303, steps=0)
    system = system_of(history)
    items = listed(system, "K1", on="2018-12-31")
    (registered,) = system.get(f"/facilities/{items[0]['id']}/events")["events"]
    answer = system.get(f"/events/{registered['id']}/effect", on="2018-12-31")
    told = {one["measure"]: one for one in answer["supporting"]}
    assert told["complete"]["with"] == f"0/{len(items)}"
    assert told["complete"]["without"] == (f"0/{len(items) - 1}" if len(items) > 1 else None)
