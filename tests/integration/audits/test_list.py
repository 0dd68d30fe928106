"""The list finds an assessment by what people know of it, and pages through many without loss or repeat."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.audits.container import Container
from tests.integration.audits.people import People, Person

Year = Callable[..., dict[str, Any]]


def ids(person: Person, query: str = "") -> list[str]:
    answer = person.get(query)
    assert answer.status_code == 200, answer.get_json()
    return [f"/{item['id']}" for item in answer.get_json()["items"]]


def test_filters(an: Person, dung: Person, measured: Year) -> None:
    quick, _ = an.submitted(measured())
    detailed = an.opened("f-xi-mang", on="2018-05-01", method="detailed")
    assert ids(an, "?facility_id=f-gach") == [quick]
    assert ids(an, "?unit_id=tam-diep") == [detailed]
    assert ids(an, "?method=detailed") == [detailed]
    assert ids(an, "?status=submitted") == [quick]
    assert ids(an, "?status=approved") == []
    dung.did(f"{quick}/approval", {"occurred_on": "2018-03-10"})
    assert ids(an, "?status=approved") == [quick]
    assert an.get("?status=lost").status_code == 422


def test_a_line_tells_how_far_it_is(an: Person, dung: Person, measured: Year, container: Container) -> None:
    at, option = an.submitted(measured())
    an.proposed(an.opened("f-xi-mang"))
    dung.did(f"{at}/approval", {"occurred_on": "2018-03-10"})
    an.did(f"{option}/implementation", {"occurred_on": "2018-08-01"})
    dung.did(f"{option}/verification", {"occurred_on": "2018-09-01"})
    follow_up = an.did(f"{at}/follow-ups", measured(2019))["location"]
    dung.did(f"{follow_up}/acceptance", {"occurred_on": "2020-02-01"})
    (line,) = an.get("?facility_id=f-gach").get_json()["items"]
    assert line == {
        "id": at.strip("/"),
        "version": 9,
        "position": container.log.head(),
        "facility_id": "f-gach",
        "unit_id": "nho-quan",
        "method": "quick",
        "status": "approved",
        "step": 0,
        "assessor": "an",
        "opened_on": "2018-02-01",
        "submitted_on": "2018-03-01",
        "decided_on": "2018-03-10",
        "baseline_end": "2017-12-31",
        "options_proposed": 1,
        "options_implemented": 1,
        "options_verified": 1,
        "follow_ups_accepted": 1,
    }


def test_sorting_and_paging(an: Person) -> None:
    opened = [an.opened(on=f"2018-{month:02}-01") for month in (3, 1, 2, 5, 4)]
    by_day = [opened[index] for index in (1, 2, 0, 4, 3)]
    assert ids(an, "?sort=opened_on") == by_day
    assert ids(an, "?sort=-opened_on") == by_day[::-1]
    seen: list[str] = []
    cursor = ""
    while True:
        page = an.get(f"?sort=opened_on&limit=2{cursor}").get_json()
        seen += [f"/{item['id']}" for item in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == by_day
    assert an.get("?sort=title").status_code == 422
    assert an.get("?limit=0").status_code == 422
    assert an.get("?cursor=nonsense").status_code in (400, 422)


def test_search_folds_accents(an: Person, people: People) -> None:
    dao = people.sign_in("Đào Thị Hương", "assessor")
    hers = dao.opened("f-xi-mang")
    an.opened("f-gach")
    assert ids(an, "?q=dao thi") == [hers]
    assert ids(an, "?q=XI-MANG") == [hers]
    assert ids(an, "?q=nobody") == []


def test_the_list_can_be_built_anew_from_the_log(an: Person, measured: Year, container: Container) -> None:
    at, _ = an.submitted(measured())
    assert ids(an) == [at]
    before = an.get().get_json()
    container.database["assessments"].drop()
    container.database["checkpoints"].drop()
    assert an.get().get_json() == before
