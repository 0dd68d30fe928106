"""What an auditor would lose: the answer to "what was known then".

For any day and any moment it is what a plain reading of the events recorded by then gives, which shares no
code with the projector.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from services.kpi.past.register import KEPT
from services.kpi.projection.generations import PARTS
from tests.e2e.fold import Found, World
from tests.integration.past.conftest import System
from tests.integration.past.history import BEGIN, DISTRICTS, SOURCES, History

CODES = ("K1", "K2a", "K2b", "K2c", "K2d", "K3")
DAYS = ("2015-06-30", "2016-12-31", "2017-12-31", "2018-12-31", "2019-07-15", "2020-12-31")


def shown(targets: list[dict[str, Any]]) -> Found:
    found = {target["code"]: target for target in targets}
    return {code: (found[code]["numerator"], found[code]["denominator"]) for code in CODES}


def world(history: History, known_at: datetime) -> World:
    return World(*(history.feed(source, known_at) for source in SOURCES))


@pytest.mark.parametrize("seed", range(4))
def test_any_moment_is_what_was_recorded_by_then(system_of: Callable[[History], System], seed: int) -> None:
    history = History(seed)
    system = system_of(history)
    recorded = history.recorded()
    moments = history.random.sample(recorded, 7)
    moments += [moment - timedelta(microseconds=1) for moment in moments[:2]]
    moments += [recorded[0], recorded[-1], BEGIN + timedelta(days=200)]
    told = set()
    for known_at in moments:
        plain = world(history, known_at)
        for day in DAYS:
            answer = system.get("/targets", on=day, known_at=known_at.isoformat())
            found, on = shown(answer["targets"]), date.fromisoformat(day)
            assert found == plain.targets(on), (known_at, day)
            told.add(tuple(sorted(found.items())))
            by_unit = system.get("/targets/K2a", on=day, known_at=known_at.isoformat())["by_district"]
            for one in by_unit:
                expected = plain.targets(on, district=one["unit_id"])["K2a"]
                assert (one["numerator"], one["denominator"]) == expected
            kind = system.get("/targets", on=day, known_at=known_at.isoformat(), kind="household")
            expected_kind = plain.targets(on, kind="household")
            del expected_kind["K3"]
            assert {k: v for k, v in shown(kind["targets"]).items() if k != "K3"} == expected_kind
        positions = {s: len(history.feed(s, known_at).splitlines()) for s in SOURCES}
        assert answer["position"] == positions
    assert len(told) > len(moments), "the moments and days tell different things"
    system.builder.tidy()
    kept = list(system.database["snapshots"].find())
    assert len(kept) == KEPT
    assert any(one["base"] for one in kept), "some were folded on from an earlier one"
    for part in PARTS:
        left = {name for name in system.database[part].distinct("generation") if name != "1"}
        assert left <= {f"{one['_id']}-{one['attempt']}" for one in kept}
    now = system.get("/targets", on=DAYS[-1])
    assert now["known_at"] is None
    assert shown(now["targets"]) == world(history, recorded[-1]).targets(date.fromisoformat(DAYS[-1]))


def test_districts_are_named(system_of: Callable[[History], System]) -> None:
    """Otherwise the comparison by district above would prove nothing."""
    history = History(1)
    detail = system_of(history).get("/targets/K1", on="2018-12-31", known_at="2020-01-01")
    assert {one["unit_id"] for one in detail["by_district"]} & set(DISTRICTS)


def test_what_was_known_then_is_frozen_and_known_to_be_official_since(
    system_of: Callable[[History], System],
) -> None:
    history = History(2)
    system, recorded = system_of(history), history.recorded()
    day, then = DAYS[3], recorded[len(recorded) * 3 // 4]
    body = {"on": day, "label": "Báo cáo năm 2018", "known_at": then.isoformat()}
    done = system.client.post("/api/v1/official-values", json=body)
    assert done.status_code == 201, done.text
    reading = system.get(f"/official-values/nb-1051-2016.{day}")["official"]["reading"]
    assert shown(reading["targets"]) == world(history, then).targets(date.fromisoformat(day))
    assert reading["position"] == {s: len(history.feed(s, then).splitlines()) for s in SOURCES}
    beside = {target["code"]: target["official"] for target in system.get("/targets", on=day)["targets"]}
    assert all(beside[code]["restated"] is False or beside[code]["difference"] for code in CODES)
    assert any(one["restated"] for one in beside.values())
    assert beside["K2"]["changes"] is None
    for code in CODES:
        why = system.client.get(beside[code]["changes"]).json
        told = {name: why["difference"][name] for name in ("numerator", "denominator")}
        assert told == {name: beside[code]["difference"][name] for name in told}, code
    before = system.get("/targets", on=day, known_at=recorded[-1].isoformat())["targets"]
    assert {target["official"] for target in before} == {None}, "it was frozen later"
