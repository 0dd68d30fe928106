"""A duplicate merged and taken out again leaves every indicator where it was, wherever the two are stored."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date
from typing import Any
from zlib import crc32

import pytest
from flask.testing import FlaskClient

from services.kpi.domain.contributions import contributions
from services.kpi.domain.merging import combined
from services.kpi.views.cube import where
from services.kpi.views.live import LiveCube
from tests.integration.kpi.conftest import PARTITIONS, Stored
from tests.integration.kpi.test_api import get, province
from tests.unit.kpi.lives import RULES, Life, measured

__all__ = ["province"]

DAYS = ("2016-12-31", "2017-06-30", "2018-12-31", "2020-12-31")


def merge(duplicate: Life, into: str) -> Any:
    told = ("registry", "facility.merged", "2020-03-01", {"survivor_id": into, "reason": "same"})
    return duplicate, told


def unmerge(duplicate: Life, from_: str) -> Any:
    told = ("registry", "facility.unmerged", "2020-04-01", {"survivor_id": from_, "reason": "a branch"})
    return duplicate, told


def everything(client: FlaskClient) -> list[Any]:
    """All that is answered, but for how far the logs are."""
    answers = [get(client, "/targets", on=day) for day in DAYS]
    answers += [get(client, f"/targets/{code}") for code in ("K1", "K2a", "K2b", "K2c", "K2d", "K3")]
    answers += [get(client, f"/facilities/{id_}/standing") for id_ in ("a", "b", "c", "d")]
    return [{**answer, "position": None} for answer in answers]


@pytest.fixture
def twin() -> Life:
    """In another partition than facility b."""
    ids = (f"facility:twin{n}" for n in range(99))
    subject = next(s for s in ids if crc32(s.encode()) % PARTITIONS != crc32(b"facility:b") % PARTITIONS)
    return Life(subject).registered(unit="yen-mo", industry="2018:0810").answered("2018-01-01", ["saves"])


def test_merged_and_unmerged_nothing_has_moved(client: FlaskClient, province: Stored, twin: Life) -> None:
    province.tell(twin).flush(registry=8)
    get(client, "/targets", after="registry:8")
    before = everything(client)
    province.retell(*merge(twin, "b")).flush(registry=9)
    found = {t["code"]: t for t in get(client, "/targets", after="registry:9")["targets"]}
    assert found["K1"]["value"] == "2/4", "one facility less, and b is aware now"
    assert found["K2a"]["value"] == "3/4"
    kpis = {k["code"]: k for k in get(client, "/facilities/b/standing")["kpis"]}
    assert (kpis["K1"]["counted"], kpis["K1"]["decided_by"]) == (True, ["training-1000"])
    said = get(client, f"/facilities/{twin.subject[9:]}/standing")["kpis"]
    assert {one["counted"] for one in said} == {False}
    assert "merged into the facility b" in said[0]["why"]["en"]
    province.retell(*unmerge(twin, "b")).flush(registry=10)
    get(client, "/targets", after="registry:10")
    assert everything(client) == before


def test_evidence_that_comes_after_the_merge_follows(
    client: FlaskClient, province: Stored, twin: Life
) -> None:
    """Of either record, and of the survivor's place."""
    province.tell(twin).flush(registry=8)
    province.retell(*merge(twin, "b")).flush(registry=9)
    assert get(client, "/targets/K1", after="registry:9")["target"]["value"] == "2/4"
    answer = {"survey_id": "s9", "mode": "census", "benefits": []}
    province.retell(twin, ("training", "survey.answered", "2019-01-01", answer)).flush(training=5)
    assert get(client, "/targets/K1", after="training:5")["target"]["value"] == "1/4"
    again = {"survey_id": "s10", "mode": "census", "benefits": ["saves"]}
    b = Life("facility:b").registered(kind="household").adopted().followed(measured(2018, kwh="100000"))
    province.retell(b, ("training", "survey.answered", "2020-01-01", again)).flush(training=6)
    assert get(client, "/targets/K1", after="training:6")["target"]["value"] == "2/4"
    moved = ("registry", "facility.moved", "2016-01-01", {"unit_id": "kim-son"})
    province.retell(b, moved).flush(registry=10)
    found = get(client, "/targets/K1", after="registry:10", unit_id="kim-son")
    assert found["target"]["value"] == "1/1"


def test_a_merge_seen_before_its_survivor_waits_for_it(
    client: FlaskClient, province: Stored, twin: Life
) -> None:
    """Their partitions are not equally far: nothing is counted twice, and nothing fails."""
    merge_into = merge(twin, "late")
    province.tell(twin)
    province.retell(*merge_into).flush(registry=8)
    assert get(client, "/targets/K1", after="registry:8")["target"]["value"] == "1/4"
    province.tell(Life("facility:late").registered()).flush(registry=9)
    assert get(client, "/targets/K1", after="registry:9")["target"]["value"] == "2/5"


@pytest.mark.parametrize("seed", range(3))
def test_any_merges_and_unmerges_read_as_the_groups_they_leave(
    live: LiveCube, stored: Stored, seed: int
) -> None:
    random_ = random.Random(seed)
    facilities = {}
    for n in range(6):
        life = Life(f"facility:f{n}").registered(unit=random_.choice(["yen-mo", "kim-son"]))
        if random_.random() < 0.5:
            life.answered(f"201{random_.randint(6, 9)}-01-01", random_.choice([[], ["x"]]), survey=f"s{n}")
        if random_.random() < 0.5:
            life.adopted(assessment=f"a{n}").followed(measured(2017, kwh="950000"), assessment=f"a{n}")
        facilities[f"f{n}"] = life
    stored.tell(*facilities.values()).flush()
    into: dict[str, str] = {}
    for step in range(10):
        id_ = random_.choice(list(facilities))
        if id_ in into:
            stored.retell(*unmerge(facilities[id_], into.pop(id_)))
        elif id_ not in into.values():
            free = [f for f in facilities if f != id_ and f not in into]
            into[id_] = random_.choice(free)
            stored.retell(*merge(facilities[id_], into[id_]))
        stored.flush(registry=step)
        live.refresh()
        expected: Counter[tuple[str, str, int]] = Counter()
        for id_, life in facilities.items():
            card = combined(life.card(), [facilities[d].card() for d, s in into.items() if s == id_])
            for ((kind, unit, *_), _), vector in contributions(card, RULES).items():
                expected.update({(kind, unit, measure): value for measure, value in enumerate(vector)})
        for kind in ("facility", "saving"):
            for unit in ("yen-mo", "kim-son"):
                found = live._cube.at(kind, date(2030, 1, 1), where(unit=unit))
                assert found == [expected[kind, unit, measure] for measure in range(len(found))]
