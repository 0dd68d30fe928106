"""What an auditor would lose: why two readings differ. The items are the difference, whoever is chosen."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.integration.past.conftest import System
from tests.integration.past.history import DISTRICTS, History
from tests.integration.past.test_any_moment import CODES, DAYS, world


def pages(system: System, code: str, limit: int = 3, **query: Any) -> list[dict[str, Any]]:
    found = [system.get(f"/targets/{code}/changes", limit=limit, **query)]
    while found[-1]["next"]:
        found.append(system.get(f"/targets/{code}/changes", limit=limit, cursor=found[-1]["next"], **query))
    return found


def added(items: list[dict[str, Any]]) -> tuple[int, int]:
    return sum(item["numerator"] for item in items), sum(item["denominator"] for item in items)


@pytest.mark.parametrize("seed", range(3))
def test_the_items_are_the_difference(system_of: Callable[[History], System], seed: int) -> None:
    history = History(100 + seed, facilities=9, steps=200)
    system = system_of(history)
    recorded, random = history.recorded(), history.random
    choices: list[dict[str, str]] = [{}, {}, {"kind": "household"}, {"unit_id": "kim-son"}, {"size": "small"}]
    moved = 0
    for _ in range(5):
        moments = sorted(random.sample(recorded, 2), reverse=random.random() < 0.2)
        days = [random.choice(DAYS)] * 2 if random.random() < 0.6 else random.choices(DAYS, k=2)
        choice = random.choice(choices)
        query = {
            "from": moments[0].isoformat(),
            "to": moments[1].isoformat(),
            "from_on": days[0],
            "to_on": days[1],
            **choice,
        }
        chosen = {"district" if name == "unit_id" else name: value for name, value in choice.items()}
        worlds = [world(history, moment) for moment in moments]
        plain = [w.targets(date.fromisoformat(d), **chosen) for w, d in zip(worlds, days, strict=True)]
        for code in CODES:
            found = pages(system, code, **query)
            first = found[0]
            items = [item for page in found for item in page["items"]]
            assert len(items) == first["changed"] == len({item["id"] for item in items})
            if code == "K3" and set(chosen) - {"district"}:
                assert items == []
                continue
            for side, expected in zip(("from", "to"), plain, strict=True):
                assert (first[side]["numerator"], first[side]["denominator"]) == expected[code]
            difference = tuple(b - a for a, b in zip(plain[0][code], plain[1][code], strict=True))
            assert (first["difference"]["numerator"], first["difference"]["denominator"]) == difference
            assert (
                added(items)
                == difference
                == (
                    first["explained"]["numerator"],
                    first["explained"]["denominator"],
                )
            )
            moved += len(items)
            for item in items:
                assert item["numerator"] or item["denominator"]
                assert item["to"]["numerator"] - item["from"]["numerator"] == item["numerator"]
                if days[0] == days[1]:
                    assert any(event["new"] for event in item["events"]), "something was recorded between"
    assert moved > 20


@pytest.fixture
def told(system_of: Callable[[History], System]) -> System:
    """A facility that is aware by a late answer, and one that was merged into another."""
    history = History(5, facilities=0, steps=0)
    history.clock = datetime(2019, 1, 10, 2, tzinfo=UTC)
    for id_ in ("one", "two", "twin"):
        registered = {
            "facility_id": id_,
            "code": id_,
            "name": id_,
            "kind": "enterprise",
            "unit_id": "kim-son",
            "industry": {"version": 2018, "code": "10620"},
            "products": [],
        }
        history.record("registry", (f"facility:{id_}", "facility.registered", date(2016, 1, 1), registered))
    history.clock = datetime(2019, 2, 20, 2, tzinfo=UTC)
    answer = {"survey_id": "s", "facility_id": "one", "mode": "census", "benefits": ["cuts-cost"]}
    history.record("training", ("facility:one", "survey.answered", date(2018, 12, 1), answer))
    merged = {"facility_id": "twin", "survivor_id": "two", "reason": "same"}
    also = {"facility_id": "two", "duplicate_id": "twin"}
    history.record(
        "registry",
        ("facility:twin", "facility.merged", date(2019, 2, 20), merged),
        ("facility:two", "facility.absorbed", date(2019, 2, 20), also),
    )
    return system_of(history)


def test_a_late_report_and_a_merge_are_named_with_who_recorded_them(told: System) -> None:
    answer = told.get("/targets/K1/changes", **{"from": "2019-01-15", "on": "2018-12-31"})
    assert (answer["from"]["value"], answer["to"]["value"]) == ("0/3", "1/2")
    assert answer["from"]["known_at"].startswith("2019-01-15T23:59:59")
    assert answer["difference"] == answer["explained"] == {"numerator": 1, "denominator": -1}
    one, twin = answer["items"]
    assert (one["id"], one["numerator"], one["denominator"]) == ("one", 1, 0)
    assert one["from"]["why"]["en"] == "there is no evidence of awareness"
    assert "2018-12-01" in one["to"]["why"]["en"]
    assert len(one["events"]) == 1, one["events"]
    (event,) = one["events"]
    assert event == {
        "id": "training-1-0",
        "log": "training",
        "type": "survey.answered",
        "subject": "facility:one",
        "position": 1,
        "recorded_at": "2019-02-20T02:00:00Z",
        "occurred_on": "2018-12-01",
        "actor": "lan",
        "href": "http://training/api/v1/events/training-1-0",
        "decides": ["to"],
        "new": True,
    }
    assert (twin["id"], twin["denominator"]) == ("twin", -1)
    assert "merged into the facility two" in twin["to"]["why"]["en"]
    assert [event["type"] for event in twin["events"] if event["new"]] == ["facility.merged"]


def test_pages_are_of_the_same_two_readings_while_more_is_recorded(told: System) -> None:
    query = {"from": "2019-01-15", "on": "2018-12-31", "limit": 1}
    first = told.get("/targets/K1/changes", **query)
    assert [item["id"] for item in first["items"]] == ["one"]
    history = told.history
    answer = {"survey_id": "s", "facility_id": "two", "mode": "census", "benefits": ["cuts-cost"]}
    history.record("training", ("facility:two", "survey.answered", date(2018, 12, 1), answer))
    second = told.get("/targets/K1/changes", cursor=first["next"], **query)
    assert [item["id"] for item in second["items"]] == ["twin"]
    assert second["to"] == first["to"]
    assert told.get("/targets/K1/changes", **query)["difference"] == {"numerator": 2, "denominator": -1}


def test_two_days_of_one_knowledge(told: System) -> None:
    """What came to be between them is told by the events that were true from a day between."""
    answer = told.get("/targets/K1/changes", from_on="2018-11-30", to_on="2018-12-31")
    assert answer["difference"] == {"numerator": 1, "denominator": 0}
    (item,) = answer["items"]
    assert [(event["decides"], event["new"]) for event in item["events"]] == [(["to"], False)]


@pytest.mark.parametrize(("code", "said"), [("K2", "K2a and K2b"), ("K9", "K2d"), ("S1", "K2d")])
def test_what_has_no_amounts_of_its_own_says_where_they_are(told: System, code: str, said: str) -> None:
    assert said in told.get(f"/targets/{code}/changes", 404)["detail"]


def forged(cursor: str, side: int, which: int, value: Any) -> str:
    """Another cursor, that says something else of one of its readings (moment, day, positions)."""
    said = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    said[side][which] = value
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


def test_no_cursor_is_told_so_and_none_that_was_made_up_is_built_for(told: System) -> None:
    first = told.get("/targets/K1/changes", limit=1, **{"from": "2019-01-15", "on": "2018-12-31"})
    good, positions = first["next"], first["to"]["position"]
    told.pause()
    before = [one.name for one in told.register.all()]
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    for cursor, why in (
        ("x", "is not a cursor"),
        ("eyJhIjoxfQ", "is not a cursor"),
        ("W10", "is not a cursor"),
        (forged(good, 1, 2, {**positions, "registry": 2**52}), "position 4503599627370496 of registry"),
        (forged(good, 1, 2, {**positions, "training": 2}), "position 2 of training"),
        (forged(good, 0, 2, positions), "had not been recorded by 2019-01-15"),
        (forged(good, 1, 2, {**positions, "training": -1}), "is not a cursor"),
        (forged(good, 1, 2, {"registry": 1}), "is not a cursor"),
        (forged(good, 0, 0, "2019-01-15T16:59:59"), "is not a cursor"),
        (forged(good, 0, 0, "0019-01-15T16:59:59Z"), "a year that is not from 1900 to 2999"),
        (forged(good, 1, 1, "9999-12-31"), "a year that is not from 1900 to 2999"),
        (forged(good, 1, 0, later), "a moment to come"),
    ):
        (error,) = told.get("/targets/K1/changes", 422, cursor=cursor)["errors"]
        assert error["field"] == "/cursor" and why in error["detail"], cursor
    assert [one.name for one in told.register.all()] == before
    assert told.get("/targets/K1/changes", cursor=good)["items"][0]["id"] == "twin"


def test_who_is_limited_to_a_district_asks_about_it(told: System, limited: Callable[[System], None]) -> None:
    limited(told)
    told.get("/targets/K1/changes", 403)
    assert told.get("/targets/K1/changes", unit_id=DISTRICTS[1], **{"from": "2019-01-15"})["changed"] == 2


def test_what_is_told_of_a_merged_record_changes_its_survivor(told: System) -> None:
    """Whose own card stays as it was."""
    told.history.clock = datetime(2019, 3, 20, 2, tzinfo=UTC)
    answer = {"survey_id": "s", "facility_id": "twin", "mode": "census", "benefits": ["cuts-cost"]}
    told.history.record("training", ("facility:twin", "survey.answered", date(2018, 12, 2), answer))
    found = told.get("/targets/K1/changes", **{"from": "2019-02-25", "on": "2018-12-31"})
    assert (found["from"]["value"], found["to"]["value"]) == ("1/2", "2/2")
    (item,) = found["items"]
    assert (item["id"], item["numerator"]) == ("two", 1)
    assert [event["subject"] for event in item["events"] if event["decides"]] == ["facility:twin"]
