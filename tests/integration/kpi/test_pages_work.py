"""The pages of the plan's work: figures of the projection beside the lists of the services that own them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from pymongo import MongoClient

from services.kpi.neighbours import Neighbours
from tests.integration.kpi.conftest import Stored
from tests.integration.kpi.neighbourhood import Neighbourhood, neighbourhood
from tests.integration.kpi.test_api import get
from tests.integration.kpi.test_pages import text
from tests.integration.kpi.test_supporting import PLAN, work
from tests.integration.registry.people import unit
from tests.integration.registry.plan_bodies import plan, task
from tests.issuer import Issuer
from tests.unit.kpi.lives import Life

__all__ = ["work"]

TASKS = [task("to-roi", 1, "Phát tờ rơi <b>"), task("mo-hinh", 2, "Mô hình điểm", end="2021-06-30")]


@pytest.fixture(scope="module")
def of(
    tmp_path_factory: pytest.TempPathFactory, mongo_uri: str, mongo_client: MongoClient[dict[str, Any]]
) -> Iterator[Neighbourhood]:
    with neighbourhood(tmp_path_factory.mktemp("work"), mongo_uri, mongo_client) as found:
        for each in (
            unit("nho-quan", "372", "Huyện Nho Quan"),
            unit("tam-diep", "370", "Thị xã Tam Điệp", kind="town"),
        ):
            found.did("registry", "/units", each)
        found.did("registry", "/plans", plan(tasks=TASKS))
        yield found


@pytest.fixture
def issuer(of: Neighbourhood) -> Issuer:
    return of.issuer


@pytest.fixture
def neighbours(of: Neighbourhood) -> Neighbours:
    return Neighbours(of.urls)


def planned() -> Life:
    """The plan with its tasks, as the projector knows it."""
    content = plan(tasks=TASKS)
    content["plan_id"] = content.pop("id")
    return Life(f"plan:{PLAN['plan_id']}").tell("registry", "plan.loaded", "2016-08-17", **content)


def test_money_by_source_group_and_year_is_that_of_the_api_and_the_lines_are_the_registrys(
    client: FlaskClient, work: Stored, of: Neighbourhood
) -> None:
    line = {"plan_id": PLAN["plan_id"], "group": 1, "source": "sponsorship", "donor": "Quỹ <i>Môi trường</i>"}
    of.did("registry", "/funding", {**line, "abroad": True, "amount_vnd": 700, "occurred_on": "2017-02-01"})
    total = get(client, "/funding")["total"]
    answer = client.get("/funding?lang=en")
    page = text(answer)
    assert f"₫{total['committed_vnd']} of the ₫{total['planned_vnd']} planned is committed (80.0%)" in page
    assert f"₫{total['disbursed_vnd']} has been disbursed (50.0%" in page
    assert "Local budget ₫100 ₫120 ₫60 120.0% 50.0%" in page
    assert "1. Awareness and capacity: ₫20 more is committed than planned" in page
    assert "2017 ₫150 ₫120 ₫60" in page
    assert (
        "1 Feb 2017 Aid and sponsorship 1. Awareness and capacity Quỹ <i>Môi trường</i> foreign ₫700" in page
    )
    assert "<i>" not in answer.text
    assert "foreign" not in text(client.get("/funding?lang=en&source=own"))
    assert client.get("/funding?source=gold").status_code == 422
    for link in re.findall(r'href="(/api/v1/[^"]*)" download', answer.text):
        assert client.get(link.replace("&amp;", "&")).status_code == 200


def test_tasks_say_who_answers_what_is_late_and_what_depends_on_it(
    client: FlaskClient, work: Stored, of: Neighbourhood
) -> None:
    work.tell(planned()).flush()
    path = f"/plans/{PLAN['plan_id']}/tasks/mo-hinh"
    of.did("registry", f"{path}/status", {"status": "under-way", "occurred_on": "2017-01-01"})
    report = {"percent": 40, "text": "Hai mô hình", "occurred_on": "2018-01-01"}
    of.did("registry", f"{path}/progress-reports", report)
    page = text(client.get("/tasks?lang=en&on=2020-01-30"))
    assert "0 of 2 tasks are done; 1 are late, in: 1. Awareness and capacity." in page
    assert "Phát tờ rơi <b> Sở Công Thương 31 Dec 2019 30 days late Planned 0% None yet" in page
    assert "Mô hình điểm Sở Công Thương 30 Jun 2021 Under way 40% Hai mô hình 1 Jan 2018" in page
    k1 = get(client, "/targets/K1", on="2020-01-30")["target"]
    assert f"K1 {k1['name']['en']} {float(k1['decimal']) * 100:.1f}%" in page
    assert "days late" not in text(client.get("/tasks?lang=en&on=2019-12-31"))
