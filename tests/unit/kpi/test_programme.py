"""The plan's own work: a task, a document or a sum of money that is late or missing must not look done."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.kpi.lives import Life

PLAN = {"plan_id": "nb"}
LINE = {"line_id": "l1", "group": 2, "source": "local", **PLAN}
COHORT = ("funding", "nb", "local", "2")


def policy() -> Life:
    return Life("policy:y1").tell(
        "registry", "policy.planned", "2017-01-01", title="", kind="", agency="", due="2017-06-30", **PLAN
    )


def issued(day: str) -> Life:
    return policy().tell("registry", "policy.issued", day, number="1", issuer="", **PLAN)


@pytest.mark.parametrize(
    ("life", "day", "vector"),
    [
        (policy(), "2017-06-30", (1, 0, 0, 0)),
        (policy(), "2017-07-01", (1, 0, 0, 1)),
        (issued("2017-05-01"), "2017-07-01", (1, 1, 0, 0)),
        (issued("2017-08-01"), "2017-07-31", (1, 0, 0, 1)),
        (issued("2017-08-01"), "2017-08-01", (1, 1, 0, 0)),
        (
            policy().tell("registry", "policy.dropped", "2017-09-01", reason="", **PLAN),
            "2017-09-01",
            (0, 0, 1, 0),
        ),
    ],
)
def test_documents(life: Life, day: str, vector: tuple[int, ...]) -> None:
    assert life.on(day, "policy") == {("policy", "nb"): vector}


@pytest.mark.parametrize(("day", "delay"), [("2017-05-31", -30), ("2017-06-30", 0), ("2017-07-02", 2)])
def test_a_document_issued_early_has_a_negative_delay(day: str, delay: int) -> None:
    assert issued(day).spread("2018-01-01", "policy-delay:nb") == (delay, 1)


def test_a_document_never_issued_has_no_delay() -> None:
    assert policy().spread("2020-01-01", "policy-delay:nb") == ()


def test_money_adds_up_act_by_act_and_is_corrected() -> None:
    life = Life("funding:l1")
    life.tell("registry", "funding.planned", "2017-01-01", amount_vnd=1000, **LINE)
    life.tell("registry", "funding.committed", "2017-02-01", amount_vnd=600, **LINE)
    life.tell("registry", "funding.committed", "2017-02-01", amount_vnd=600, **LINE)
    life.tell("registry", "funding.disbursed", "2017-03-01", amount_vnd=500, **LINE)
    life.tell(
        "registry", "funding.corrected", "2017-04-01", of="disbursed", delta_vnd=-500, reason="", **LINE
    )
    found = [life.on(f"2017-0{m}-15", "funding")[COHORT] for m in (1, 2, 3, 4)]
    # more was committed than planned: it is shown, not hidden
    assert found == [(1000, 0, 0), (1000, 1200, 0), (1000, 1200, 500), (1000, 1200, 0)]


def test_the_network() -> None:
    unit = Life("network:n1").tell("registry", "network.unit-established", "2017-01-01", name="", decision="")
    unit.tell("registry", "network.unit-dissolved", "2019-01-01", reason="")
    assert unit.on("2018-12-31", "network") == {("network", "n1"): (1, 0)}
    assert unit.on("2019-01-01", "network") == {}
    person = {"network_id": "n1", "person": {}}
    consultant = Life("consultant:c1").tell("registry", "consultant.registered", "2017-01-01", **person)
    consultant.tell("registry", "consultant.deactivated", "2018-01-01", reason="")
    consultant.tell("registry", "consultant.reactivated", "2018-07-01", reason="")
    days = ("2017-01-01", "2018-01-01", "2018-07-01")
    assert [len(consultant.on(day, "network")) for day in days] == [1, 0, 1]


def test_a_link_ends_with_its_district_or_by_itself() -> None:
    def unit() -> Life:
        life = Life("unit:yen-mo").tell("registry", "unit.registered", "2016-01-01", level="district")
        return life.tell("registry", "network.district-linked", "2017-01-01", network_id="n1", office="")

    linked = {("link", "yen-mo", "n1"): (1,)}
    ended = unit().tell("registry", "unit.closed", "2025-07-01", reason="")
    assert ended.on("2025-06-30", "link") == linked
    assert ended.on("2025-07-01", "link") == {}
    unlinked = unit().tell("registry", "network.district-unlinked", "2018-01-01", network_id="n1", reason="")
    assert unlinked.on("2017-12-31", "link") == linked
    assert unlinked.on("2018-01-01", "link") == {}


def task(id_: str, group: int, end: str) -> dict[str, Any]:
    return {"task_id": id_, "group": group, "title": "", "agency": "", "start": "2017-01-01", "end": end}


def test_tasks_by_group_and_status_and_which_are_late() -> None:
    life = Life("plan:nb").tell(
        "registry",
        "plan.loaded",
        "2016-08-17",
        tasks=[task("t1", 1, "2017-12-31"), task("t2", 1, "2018-12-31")],
    )
    life.tell("registry", "task.added", "2017-01-01", task=task("t3", 3, "2018-12-31"), **PLAN)
    life.tell("registry", "task.status-changed", "2017-02-01", task_id="t1", status="under-way", **PLAN)
    life.tell(
        "registry", "task.progress-reported", "2017-06-01", task_id="t1", percent=40, text="", by="x", **PLAN
    )
    life.tell("registry", "task.status-changed", "2018-02-01", task_id="t1", status="done", **PLAN)
    assert life.on("2016-12-31", "task") == {("task", "nb", "1", "planned"): (2, 0, 0)}
    assert life.on("2018-01-01", "task") == {
        ("task", "nb", "1", "planned"): (1, 0, 0),
        ("task", "nb", "1", "under-way"): (1, 40, 1),
        ("task", "nb", "3", "planned"): (1, 0, 0),
    }
    assert life.on("2018-02-01", "task")["task", "nb", "1", "done"] == (1, 40, 0)


def test_what_is_said_of_a_task_for_a_day_before_its_plan_was_loaded_holds_after_it_too() -> None:
    life = Life("plan:nb").tell("registry", "plan.loaded", "2017-01-01", tasks=[task("t1", 1, "2018-12-31")])
    life.tell("registry", "task.status-changed", "2016-12-01", task_id="t1", status="under-way", **PLAN)
    for day in ("2016-12-01", "2017-01-01"):
        assert life.on(day, "task") == {("task", "nb", "1", "under-way"): (1, 0, 0)}


def test_a_revised_plan_without_a_task_drops_it_and_keeps_what_was_reported_of_the_others() -> None:
    life = Life("plan:nb").tell(
        "registry",
        "plan.loaded",
        "2016-08-17",
        tasks=[task("t1", 1, "2017-12-31"), task("t2", 1, "2018-12-31")],
    )
    life.tell("registry", "task.status-changed", "2017-02-01", task_id="t1", status="done", **PLAN)
    life.tell("registry", "plan.revised", "2018-01-01", tasks=[task("t1", 2, "2018-12-31")], reason="")
    assert life.on("2018-06-01", "task") == {("task", "nb", "2", "done"): (1, 0, 0)}
