"""Plans are loaded whole and shown as they stand; the list of tasks finds what people look for."""

from __future__ import annotations

import unicodedata
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pymongo import MongoClient

from services.registry.container import Container
from services.registry.views.plans import prepare_tasks
from tests.integration.registry.people import People, Person
from tests.integration.registry.plan_bodies import plan, task

AT = "/plans/nb-1051-2016"


@pytest.fixture
def loaded(boss: Person) -> str:
    return boss.did("/plans", plan())


def tasks(person: Person, query: str = "", at: str = AT) -> list[str]:
    return [item["task_id"] for item in person.read(f"{at}/tasks{query}")["items"]]


def wrong_fields(person: Person, body: dict[str, Any], path: str = "/plans") -> list[str]:
    answer = person.post(path, body)
    assert answer.status_code == 422, answer.get_json()
    return [error["field"] for error in answer.get_json()["errors"]]


def test_a_plan_is_shown_as_it_was_loaded(boss: Person, lan: Person, loaded: str) -> None:
    assert loaded == AT
    shown = lan.read(AT)
    sent = plan()
    for name in ("id", "name", "source", "start", "due", "territory", "task_groups", "expected"):
        assert shown[name] == sent[name], name
    assert (shown["version"], shown["since"], len(shown["sha256"])) == (1, "2016-08-17", 64)
    assert shown["targets"] == [
        {
            "code": "K1",
            "milestones": [{"on": "2020-12-31", "value": "0.95", "band": None}],
            "path_from": None,
        },
        {
            "code": "K2b",
            "milestones": [{"on": "2020-12-31", "value": "0.08", "band": ["0.08", "0.13"]}],
            "path_from": {"on": "2016-12-31", "value": "0"},
        },
    ]
    assert shown["tasks"][1] == {
        **task("mo-hinh", 2, "Mô hình điểm", co_agencies=["Sở Khoa học và Công nghệ"]),
        "status": "planned",
        "reason": None,
        "percent": 0,
        "report": None,
    }


def test_the_same_plan_again_is_no_new_version(boss: Person, loaded: str, container: Container) -> None:
    head = container.log.head()
    again = plan(occurred_on="2019-01-01", targets=[*plan()["targets"]])
    again["targets"][0] = {"code": "K1", "milestones": [{"on": "2020-12-31", "value": 0.950}]}
    answer = boss.post("/plans", again)
    assert (answer.status_code, answer.get_json()["version"], answer.get_json()["events"]) == (201, 1, [])
    assert container.log.head() == head


def test_a_revision_says_why(boss: Person, loaded: str) -> None:
    other = plan(due="2021-12-31", occurred_on="2020-01-01")
    assert wrong_fields(boss, other) == ["/reason"]
    boss.did("/plans", {**other, "reason": "prolonged"})
    shown = boss.read(AT)
    assert (shown["due"], shown["since"], shown["version"]) == ("2021-12-31", "2020-01-01", 2)
    stale = boss.post("/plans", plan(reason="back", occurred_on="2020-01-01"), If_Match='"1"')
    assert stale.status_code == 412


def test_a_plan_with_a_slip_in_it_is_refused_whole(boss: Person, container: Container) -> None:
    head = container.log.head()
    assert wrong_fields(boss, plan(territory=["nho-quan", "nowhere"])) == ["/territory/1"]
    assert wrong_fields(boss, plan(territory=[])) == ["/territory"]
    assert wrong_fields(boss, plan(tasks=[task("a", 4, "x")])) == ["/tasks/0/group"]
    percent = [{"code": "K1", "milestones": [{"on": "2020-12-31", "value": "95"}]}]
    assert wrong_fields(boss, plan(targets=percent)) == ["/targets/0/milestones/0/value"]
    assert wrong_fields(boss, plan(expected={"pilots": -1})) == ["/expected/pilots/value"]
    assert wrong_fields(boss, plan(tasks=[task("a", 1, "x")] * 501)) == ["/tasks"]
    assert container.log.head() == head
    assert boss.get(AT).status_code == 404


def test_who_may_load_and_who_may_report(
    boss: Person, lan: Person, local: Person, people: People, loaded: str, container: Container
) -> None:
    head = container.log.head()
    report = {"percent": 10, "text": "In xong", "occurred_on": "2017-01-01"}
    assert lan.post("/plans", plan("other")).status_code == 403
    assert lan.post(f"{AT}/tasks", {**task("b", 1, "x"), "occurred_on": "2017-01-01"}).status_code == 403
    assert local.post(f"{AT}/tasks/to-roi/progress-reports", report).status_code == 403
    trainer = people.sign_in("t", "trainer")
    assert trainer.post(f"{AT}/tasks/to-roi/progress-reports", report).status_code == 403
    limited = people.sign_in("a", "admin", districts=["nho-quan"])
    assert limited.post("/plans", plan("other")).status_code == 403
    assert container.log.head() == head
    assert trainer.read(AT)["id"] == "nb-1051-2016"


def test_a_task_from_its_start_to_its_end(boss: Person, lan: Person, loaded: str) -> None:
    at = f"{AT}/tasks/to-roi"
    assert lan.did(f"{at}/status", {"status": "under-way", "occurred_on": "2017-01-01"}) == at
    lan.did(f"{at}/progress-reports", {"percent": 60, "text": "In xong", "occurred_on": "2017-06-01"})
    early = lan.post(f"{at}/status", {"status": "done", "occurred_on": "2018-01-01"})
    assert early.status_code == 409
    assert "60%" in early.get_json()["detail"]
    lan.did(f"{at}/progress-reports", {"percent": 100, "text": "Đã phát", "occurred_on": "2018-01-01"})
    lan.did(f"{at}/status", {"status": "done", "occurred_on": "2018-01-01"})
    (shown, _) = lan.read(AT)["tasks"]
    assert (shown["status"], shown["percent"]) == ("done", 100)
    assert shown["report"] == {"on": "2018-01-01", "percent": 100, "text": "Đã phát", "by": "lan"}
    one = lan.read(at)
    assert {name: one[name] for name in shown} == shown
    assert (one["plan_id"], one["version"]) == ("nb-1051-2016", 5)
    assert [report["percent"] for report in one["reports"]] == [60, 100]
    assert one["status_history"] == [
        {"since": "2017-01-01", "status": "under-way", "reason": None},
        {"since": "2018-01-01", "status": "done", "reason": None},
    ]
    assert lan.get(f"{AT}/tasks/lost").status_code == 404
    dropped = plan(tasks=[], occurred_on="2019-01-01", reason="shorter")
    assert boss.post("/plans", dropped).status_code == 409
    lost = lan.post(f"{AT}/tasks/lost/status", {"status": "done", "occurred_on": "2018-01-01"})
    assert lost.status_code == 404


def test_a_task_is_added_to_a_loaded_plan(boss: Person, loaded: str) -> None:
    body = {**task("nhan-rong", 2, "Nhân rộng mô hình"), "occurred_on": "2018-01-01"}
    boss.did(f"{AT}/tasks", body)
    assert boss.post(f"{AT}/tasks", body).get_json()["events"] == []
    assert boss.post(f"{AT}/tasks", {**body, "title": "Khác"}).status_code == 409
    assert wrong_fields(boss, {**body, "task_id": "x", "group": 5}, f"{AT}/tasks") == ["/group"]
    assert tasks(boss) == ["to-roi", "mo-hinh", "nhan-rong"]
    assert boss.post("/plans", plan()).get_json()["events"] == []
    assert boss.post("/plans/nowhere/tasks", body).status_code == 404


def test_tasks_are_found_filtered_sorted_and_paged(boss: Person, lan: Person, loaded: str) -> None:
    boss.did("/plans", plan("national-2020", tasks=[task("khac", 1, "Đường dây khác")]))
    lan.did(f"{AT}/tasks/mo-hinh/status", {"status": "under-way", "occurred_on": "2017-01-01"})
    decomposed = unicodedata.normalize("NFD", "Đường")
    for q in ("duong", "đường dây", "ĐƯỜNG", decomposed, "to-roi"):
        assert tasks(lan, f"?q={q}") == ["to-roi"], q
    assert tasks(lan, "?q=khoa hoc") == ["mo-hinh"]
    assert tasks(lan, "?q=...") == []
    assert tasks(lan, "?group=2") == ["mo-hinh"]
    assert tasks(lan, "?status=planned") == ["to-roi"]
    assert tasks(lan, "?status=under-way&group=1") == []
    assert tasks(lan, "?agency=Sở Công Thương&sort=-group") == ["mo-hinh", "to-roi"]
    assert tasks(lan, "?sort=title") == ["to-roi", "mo-hinh"]
    assert tasks(lan, at="/plans/national-2020") == ["khac"]
    first = lan.read(f"{AT}/tasks?limit=1")
    (only,) = first["items"]
    assert (only["id"], only["plan_id"], only["version"]) == ("nb-1051-2016:to-roi", "nb-1051-2016", 2)
    assert tasks(lan, f"?limit=1&cursor={first['next']}") == ["mo-hinh"]
    for bad in ("status=lost", "group=6", "sort=title_key", "colour=red", "cursor=x"):
        assert lan.get(f"{AT}/tasks?{bad}").status_code == 422, bad
    assert lan.get("/plans/nowhere/tasks").status_code == 404


def test_plans_are_listed(boss: Person, lan: Person, loaded: str) -> None:
    later = {"start": "2021-01-01", "due": "2030-12-31"}
    targets = [{"code": "K2b", "milestones": [{"on": "2025-12-31", "value": "0.05"}]}]
    name = {"vi": "Chương trình quốc gia", "en": "National programme"}
    other = plan("qd-889", name=name, territory=["nho-quan"], targets=targets, tasks=[], **later)
    boss.did("/plans", {**other, "occurred_on": "2021-01-01"})

    def listed(query: str = "") -> list[str]:
        return [item["id"] for item in lan.read(f"/plans{query}")["items"]]

    assert listed() == ["nb-1051-2016", "qd-889"]
    assert listed("?sort=-due") == ["qd-889", "nb-1051-2016"]
    assert listed("?sort=name") == ["qd-889", "nb-1051-2016"]
    for q in ("chuong trinh", "CHƯƠNG", unicodedata.normalize("NFD", "chương trình"), "programme"):
        assert listed(f"?q={q}") == ["qd-889"], q
    assert listed("?q=qđ-ubnd 1051") == ["nb-1051-2016", "qd-889"]
    assert listed("?code=K1") == ["nb-1051-2016"]
    assert listed("?unit_id=tam-diep") == ["nb-1051-2016"]
    (first, _) = lan.read("/plans")["items"]
    assert (first["tasks_planned"], first["tasks_done"], first["codes"]) == (2, 0, ["K1", "K2b"])


def test_the_list_of_tasks_can_be_made_by_several_processes_at_once(
    boss: Person, loaded: str, mongo_client: MongoClient[dict[str, Any]], database_name: str
) -> None:
    database = mongo_client[database_name]
    database["plan_tasks"].drop()
    with ThreadPoolExecutor(8) as pool:
        for made in [pool.submit(prepare_tasks, database) for _ in range(8)]:
            made.result()
    assert tasks(boss) == ["to-roi", "mo-hinh"]
