"""Documents that the plan asks for are found, and it is seen which came, and how late."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest

from services.registry.container import Container
from tests.integration.registry.people import Person
from tests.integration.registry.plan_bodies import plan


def policy(title: str = "Quy định hỗ trợ sản xuất sạch hơn", **changes: Any) -> dict[str, Any]:
    return {
        "plan_id": "nb-1051-2016",
        "title": title,
        "kind": "Quyết định",
        "agency": "Sở Công Thương",
        "due": "2018-06-30",
        "occurred_on": "2016-08-17",
        **changes,
    }


ISSUED = {"number": "12/2018/QĐ-UBND", "issuer": "UBND tỉnh", "occurred_on": "2018-07-10"}
DROPPED = {"reason": "covered by another", "occurred_on": "2018-01-01"}


@pytest.fixture
def clerk(boss: Person, lan: Person) -> Person:
    """A registrar, with the plan loaded."""
    boss.did("/plans", plan())
    return lan


def test_a_document_is_planned_and_issued_once(clerk: Person) -> None:
    at = clerk.did("/policies", policy())
    clerk.did(f"{at}/issue", ISSUED)
    assert clerk.read(at) == {
        "id": at.rpartition("/")[2],
        "version": 2,
        "plan_id": "nb-1051-2016",
        "title": "Quy định hỗ trợ sản xuất sạch hơn",
        "kind": "Quyết định",
        "agency": "Sở Công Thương",
        "status": "issued",
        "due": "2018-06-30",
        "planned_on": "2016-08-17",
        "issued_on": "2018-07-10",
        "dropped_on": None,
        "days_late": 10,
        "number": "12/2018/QĐ-UBND",
        "issuer": "UBND tỉnh",
        "reason": None,
    }
    (row,) = clerk.read("/policies")["items"]
    assert {name: value for name, value in row.items() if name != "position"} == clerk.read(at)
    assert clerk.post(f"{at}/issue", ISSUED).status_code == 409
    assert clerk.post(f"{at}/drop", DROPPED).status_code == 409
    assert clerk.post("/policies/nowhere/issue", ISSUED).status_code == 404


def test_a_document_is_of_a_plan_that_exists_and_of_the_province(
    clerk: Person, local: Person, container: Container
) -> None:
    head = container.log.head()
    answer = clerk.post("/policies", policy(plan_id="nowhere"))
    assert answer.status_code == 422
    assert [error["field"] for error in answer.get_json()["errors"]] == ["/plan_id"]
    assert local.post("/policies", policy()).status_code == 403
    assert container.log.head() == head


def test_documents_are_found_filtered_and_sorted(clerk: Person) -> None:
    first = clerk.did("/policies", policy(unicodedata.normalize("NFD", "Đề án khuyến công")))
    clerk.did("/policies", policy("An toàn môi trường", kind="Chỉ thị", due="2017-01-01"))
    clerk.did(f"{first}/issue", ISSUED)

    def titles(query: str) -> list[str]:
        return [item["title"] for item in clerk.read(f"/policies{query}")["items"]]

    de_an, an_toan = "Đề án khuyến công", "An toàn môi trường"
    for q in ("de an", "Đề", unicodedata.normalize("NFD", "đề án"), "khuyen", "12/2018"):
        assert titles(f"?q={q}") == [de_an], q
    assert titles("?q=chỉ thị") == [an_toan]
    assert titles("") == [an_toan, de_an]
    assert titles("?sort=title") == [an_toan, de_an]
    assert titles("?sort=-title") == [de_an, an_toan]
    assert titles("?sort=-issued_on") == [de_an, an_toan]
    assert titles("?status=issued") == [de_an]
    assert titles("?kind=Chỉ thị&plan_id=nb-1051-2016") == [an_toan]
    assert titles("?plan_id=other") == []
    page = clerk.read("/policies?limit=1")
    assert titles(f"?limit=1&cursor={page['next']}") == [de_an]
    assert clerk.get("/policies?status=lost").status_code == 422
