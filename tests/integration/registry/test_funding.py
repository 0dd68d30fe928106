"""Money is seen by source and task group, to the last đồng, and what can not be is refused."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest

from services.registry.container import Container
from tests.integration.registry.people import Person
from tests.integration.registry.plan_bodies import plan


def line(vnd: int = 1_000_000, **changes: Any) -> dict[str, Any]:
    return {
        "plan_id": "nb-1051-2016",
        "group": 1,
        "source": "central",
        "amount_vnd": vnd,
        "occurred_on": "2017-01-01",
        **changes,
    }


def act(vnd: int, day: str = "2018-01-01") -> dict[str, Any]:
    return {"amount_vnd": vnd, "occurred_on": day}


def correction(of: str, delta: int, day: str = "2018-01-01") -> dict[str, Any]:
    return {"of": of, "delta_vnd": delta, "reason": "typing error", "occurred_on": day}


@pytest.fixture
def clerk(boss: Person, lan: Person) -> Person:
    """A registrar, with the plan loaded."""
    boss.did("/plans", plan())
    return lan


def test_a_line_from_its_plan_to_what_was_paid(clerk: Person) -> None:
    aid = {"source": "sponsorship", "donor": "Quỹ Đồng xanh", "abroad": True, "task_id": "to-roi"}
    at = clerk.did("/funding", line(**aid))
    clerk.did(f"{at}/commitments", act(900_000))
    clerk.did(f"{at}/commitments", act(200_000, "2018-06-01"))
    clerk.did(f"{at}/disbursements", act(500_000, "2019-01-01"))
    clerk.did(f"{at}/corrections", correction("disbursed", -100_000, "2019-01-01"))
    shown = clerk.read(at)
    assert shown == {
        "id": at.rpartition("/")[2],
        "version": 5,
        "plan_id": "nb-1051-2016",
        "group": 1,
        "source": "sponsorship",
        "task_id": "to-roi",
        "donor": "Quỹ Đồng xanh",
        "abroad": True,
        "planned_on": "2017-01-01",
        "planned_vnd": 1_000_000,
        "committed_vnd": 1_100_000,
        "disbursed_vnd": 400_000,
        "over_planned": True,
        "acts": [
            {"on": "2017-01-01", "of": "planned", "vnd": 1_000_000},
            {"on": "2018-01-01", "of": "committed", "vnd": 900_000},
            {"on": "2018-06-01", "of": "committed", "vnd": 200_000},
            {"on": "2019-01-01", "of": "disbursed", "vnd": 500_000},
            {"on": "2019-01-01", "of": "disbursed", "vnd": -100_000},
        ],
    }
    (row,) = clerk.read("/funding")["items"]
    assert row == {name: value for name, value in shown.items() if name != "acts"} | {
        "position": row["position"]
    }


def test_what_can_not_be_is_refused_and_nothing_written(
    clerk: Person, local: Person, container: Container
) -> None:
    at = clerk.did("/funding", line())
    clerk.did(f"{at}/commitments", act(5))
    head = container.log.head()
    beyond = clerk.post(f"{at}/disbursements", act(6))
    assert beyond.status_code == 409
    assert "6 VND would be disbursed of 5 VND" in beyond.get_json()["detail"]
    assert clerk.post(f"{at}/corrections", correction("committed", -6)).status_code == 409
    for body in (act(0), act(-1), act(10**15 + 1), act(5, "2017-13-01"), {"amount_vnd": 1.5}):
        assert clerk.post(f"{at}/commitments", body).status_code == 422, body
    assert clerk.post(f"{at}/corrections", correction("planned", 0)).status_code == 422
    assert clerk.post("/funding/nowhere/commitments", act(1)).status_code == 404
    assert local.post(f"{at}/commitments", act(1)).status_code == 403
    assert local.post("/funding", line()).status_code == 403
    assert container.log.head() == head


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"plan_id": "nowhere"}, "/plan_id"),
        ({"group": 3}, "/group"),
        ({"group": 6}, "/group"),
        ({"task_id": "lost"}, "/task_id"),
        ({"task_id": "mo-hinh"}, "/task_id"),
        ({"donor": "GIZ"}, "/source"),
        ({"source": "bank"}, "/source"),
        ({"amount_vnd": -1}, "/amount_vnd"),
    ],
)
def test_a_line_has_its_place_in_the_plan(clerk: Person, changes: dict[str, Any], field: str) -> None:
    answer = clerk.post("/funding", line(**changes))
    assert answer.status_code == 422
    assert [error["field"] for error in answer.get_json()["errors"]] == [field]


def test_two_clerks_at_once_do_not_pay_out_the_same_money(clerk: Person) -> None:
    at = clerk.did("/funding", line())
    clerk.did(f"{at}/commitments", act(5), Idempotency_Key="once")
    clerk.did(f"{at}/commitments", act(5), Idempotency_Key="once")
    assert clerk.read(at)["committed_vnd"] == 5
    clerk.did(f"{at}/disbursements", act(4), If_Match='"2"')
    assert clerk.post(f"{at}/disbursements", act(1), If_Match='"2"').status_code == 412


def test_sums_by_source_and_group(boss: Person, clerk: Person) -> None:
    clerk.did("/funding", line(100))
    over = clerk.did("/funding", line(10))
    clerk.did(f"{over}/commitments", act(150))
    own = clerk.did("/funding", line(7, source="own", group=2))
    clerk.did(f"{own}/commitments", act(7))
    clerk.did(f"{own}/disbursements", act(3))
    boss.did("/plans", plan("national-2020"))
    clerk.did("/funding", line(999, plan_id="national-2020"))
    central = {"lines": 2, "planned_vnd": 110, "committed_vnd": 150, "disbursed_vnd": 0, "over_planned": True}
    owned = {"lines": 1, "planned_vnd": 7, "committed_vnd": 7, "disbursed_vnd": 3, "over_planned": False}
    assert clerk.read("/funding/summary?plan_id=nb-1051-2016") == {
        "plan_id": "nb-1051-2016",
        "rows": [{"source": "central", "group": 1, **central}, {"source": "own", "group": 2, **owned}],
        "by_source": [{"source": "central", **central}, {"source": "own", **owned}],
        "by_group": [{"group": 1, **central}, {"group": 2, **owned}],
        "total": {
            "lines": 3,
            "planned_vnd": 117,
            "committed_vnd": 157,
            "disbursed_vnd": 3,
            "over_planned": True,
        },
    }
    boss.did("/plans", plan("empty"))
    empty = clerk.read("/funding/summary?plan_id=empty")
    assert (empty["rows"], empty["total"]["planned_vnd"]) == ([], 0)
    assert clerk.get("/funding/summary?plan_id=nowhere").status_code == 404
    assert clerk.get("/funding/summary").status_code == 422


def test_lines_are_found_filtered_sorted_and_paged(clerk: Person) -> None:
    donor = unicodedata.normalize("NFD", "Quỹ Đồng xanh")
    clerk.did("/funding", line(30, source="sponsorship", donor=donor))
    over = clerk.did("/funding", line(10, occurred_on="2016-12-01"))
    clerk.did(f"{over}/commitments", act(11))
    clerk.did("/funding", line(20, source="own", group=2, task_id="mo-hinh"))

    def listed(query: str) -> list[int]:
        return [item["planned_vnd"] for item in clerk.read(f"/funding{query}")["items"]]

    for q in ("dong", "quỹ đồng", "ĐỒNG XANH", unicodedata.normalize("NFD", "đồng"), "sponsor"):
        assert listed(f"?q={q}") == [30], q
    assert listed("?q=mo-hinh") == [20]
    assert listed("?sort=planned_vnd") == [10, 20, 30]
    assert listed("?sort=-committed_vnd")[0] == 10
    assert listed("")[0] == 10
    assert listed("?source=own") == [20]
    assert listed("?group=1&over_planned=true") == [10]
    assert sorted(listed("?over_planned=false")) == [20, 30]
    assert listed("?task_id=mo-hinh&plan_id=nb-1051-2016") == [20]
    page = clerk.read("/funding?sort=planned_vnd&limit=2")
    assert listed(f"?sort=planned_vnd&limit=2&cursor={page['next']}") == [30]
    for bad in ("source=bank", "group=0", "sort=donor", "over_planned=yes"):
        assert clerk.get(f"/funding?{bad}").status_code == 422, bad
