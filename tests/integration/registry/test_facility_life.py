"""A facility from its registration to its reopening, over HTTP, as the province's offices would do it."""

from __future__ import annotations

from services.registry.container import Container
from tests.integration.registry.people import People, Person, facility

REASON = {"reason": "seen on site"}


def test_registered_corrected_moved_suspended_closed_and_reopened(lan: Person, container: Container) -> None:
    at = lan.registered("NB-001")
    change = {"name": "Gạch Đồng Sơn", "industry": {"version": 2018, "code": "2393"}, "employees": None}
    lan.did(f"{at}/corrections", {"changes": change, **REASON, "occurred_on": "2016-01-01"})
    lan.did(f"{at}/moves", {"unit_id": "tam-diep", "occurred_on": "2017-01-01"})
    lan.did(f"{at}/suspensions", {**REASON, "occurred_on": "2018-01-01"})
    lan.did(f"{at}/closures", {**REASON, "occurred_on": "2019-01-01"})
    lan.did(f"{at}/reopenings", {**REASON, "occurred_on": "2020-01-01"})

    said = facility("NB-001", "Gạch Đồng Sơn")
    del said["occurred_on"]
    assert lan.read(at) == {
        **said,
        "id": at.rpartition("/")[2],
        "version": 6,
        "merged_into": None,
        "industry": {"version": 2018, "code": "2393"},
        "unit_id": "tam-diep",
        "status": "operating",
        "registered_on": "2015-03-01",
        "unit_history": [
            {"since": "2015-03-01", "value": "nho-quan"},
            {"since": "2017-01-01", "value": "tam-diep"},
        ],
        "status_history": [
            {"since": "2015-03-01", "value": "operating"},
            {"since": "2018-01-01", "value": "suspended"},
            {"since": "2019-01-01", "value": "closed"},
            {"since": "2020-01-01", "value": "operating"},
        ],
    }
    types = [event.type for stored in container.log.read() for event in stored.commit.events]
    assert types[3:] == [
        f"facility.{what}" for what in ("registered", "corrected", "moved", "suspended", "closed", "reopened")
    ]


def test_a_status_that_holds_already_is_refused(lan: Person, container: Container) -> None:
    at = lan.registered("NB-001")
    head = container.log.head()
    refused = lan.post(f"{at}/reopenings", {**REASON, "occurred_on": "2016-01-01"})
    assert refused.status_code == 409
    assert "already operating on 2016-01-01" in refused.get_json()["detail"]
    early = lan.post(f"{at}/closures", {**REASON, "occurred_on": "2015-02-28"})
    assert early.status_code == 422
    assert [error["field"] for error in early.get_json()["errors"]] == ["/occurred_on"]
    assert lan.post("/facilities/none/closures", {**REASON, "occurred_on": "2016-01-01"}).status_code == 404
    assert container.log.head() == head


def test_a_code_belongs_to_one_facility_for_ever(lan: Person, container: Container) -> None:
    first, second = lan.registered("NB-001"), lan.registered("NB-002")
    recode = {"changes": {"code": "NB-003"}, **REASON, "occurred_on": "2016-01-01"}
    lan.did(f"{first}/corrections", recode)
    head = container.log.head()
    for code in ("NB-001", "NB-002", "NB-003"):
        taken = lan.post("/facilities", facility(code))
        assert taken.status_code == 409
        assert code in taken.get_json()["detail"]
    assert lan.post(f"{second}/corrections", recode).status_code == 409
    assert container.log.head() == head
    lan.did(f"{first}/corrections", {**recode, "changes": {"code": "NB-001"}})


def test_a_repeat_of_a_request_happens_once(lan: Person, boss: Person, container: Container) -> None:
    first = lan.post("/facilities", facility(), Idempotency_Key="one")
    head = container.log.head()
    again = lan.post("/facilities", facility(), Idempotency_Key="one")
    assert again.status_code == first.status_code == 201
    assert again.get_json() == first.get_json()
    assert again.headers["Location"] == first.headers["Location"]
    other = lan.post("/facilities", facility("NB-002"), Idempotency_Key="one")
    assert other.status_code == 422
    at = first.headers["Location"].removeprefix("/api/v1")
    closure = {**REASON, "occurred_on": "2016-01-01"}
    receipts = [lan.post(f"{at}/closures", closure, Idempotency_Key="two").get_json() for _ in range(2)]
    assert receipts[0] == receipts[1]
    assert container.log.head() == head + 1
    assert boss.did("/facilities", facility("NB-009"), Idempotency_Key="one") != at


def test_a_write_is_bound_to_what_was_read(lan: Person, container: Container) -> None:
    at = lan.registered("NB-001")
    read = lan.get(at).headers["ETag"]
    assert lan.get(at, If_None_Match=read).status_code == 304
    lan.did(f"{at}/moves", {"unit_id": "tam-diep", "occurred_on": "2016-01-01"}, If_Match=read)
    head = container.log.head()
    stale = lan.post(f"{at}/closures", {**REASON, "occurred_on": "2017-01-01"}, If_Match=read)
    assert stale.status_code == 412
    assert container.log.head() == head
    fresh = lan.get(at).headers["ETag"]
    closed = lan.post(f"{at}/closures", {**REASON, "occurred_on": "2017-01-01"}, If_Match=fresh)
    assert closed.status_code == 201
    assert closed.headers["ETag"] == lan.get(at).headers["ETag"]


def test_a_facility_stands_only_in_a_unit_that_exists_on_that_day(
    lan: Person, boss: Person, container: Container
) -> None:
    at = lan.registered("NB-001")
    closure = {"reason": "merged", "successors": ["tam-diep"], "occurred_on": "2020-01-01"}
    boss.did("/units/nho-quan/closures", closure)
    head = container.log.head()
    for path, body in (
        ("/facilities", facility("NB-002", occurred_on="2020-01-01")),
        ("/facilities", facility("NB-002", occurred_on="1999-12-31")),
        ("/facilities", facility("NB-002", unit_id="no-such-unit")),
        (f"{at}/moves", {"unit_id": "no-such-unit", "occurred_on": "2018-01-01"}),
        (f"{at}/moves", {"unit_id": "nho-quan", "occurred_on": "2021-01-01"}),
    ):
        answer = lan.post(path, body)
        assert answer.status_code == 422, answer.get_json()
        assert [error["field"] for error in answer.get_json()["errors"]] == ["/unit_id"]
    assert container.log.head() == head
    lan.registered("NB-003", occurred_on="2019-12-31")


def test_who_may_not_write_writes_nothing(people: People, lan: Person, container: Container) -> None:
    at = lan.registered("NB-001")
    head = container.log.head()
    for role in ("assessor", "reviewer", "trainer", "inspector", "operator"):
        other = people.sign_in("other", role)
        assert other.post("/facilities", facility("NB-002")).status_code == 403
        assert other.post(f"{at}/closures", {**REASON, "occurred_on": "2016-01-01"}).status_code == 403
        assert other.get(at).status_code == 200
    assert container.log.head() == head


def test_another_districts_registrar_reads_and_writes_nothing(
    local: Person, lan: Person, container: Container
) -> None:
    own = local.registered("NB-001")
    theirs = lan.registered("NB-002", unit_id="tam-diep")
    head = container.log.head()
    day = {"occurred_on": "2016-01-01"}
    for answer in (
        local.get(theirs),
        local.post("/facilities", facility("NB-003", unit_id="tam-diep")),
        local.post(f"{theirs}/corrections", {"changes": {"employees": 1}, **REASON, **day}),
        local.post(f"{theirs}/moves", {"unit_id": "nho-quan", **day}),
        local.post(f"{own}/moves", {"unit_id": "tam-diep", **day}),
        *(
            local.post(f"{theirs}/{way}", {**REASON, **day})
            for way in ("suspensions", "closures", "reopenings")
        ),
    ):
        assert answer.status_code == 403, answer.get_json()
    assert container.log.head() == head
    items = local.read("/facilities")["items"]
    assert [f"/facilities/{item['id']}" for item in items] == [own]
    assert local.read("/facilities?unit_id=tam-diep")["items"] == []
    lan.did(f"{own}/moves", {"unit_id": "tam-diep", **day})
    assert local.post(f"{own}/closures", {**REASON, "occurred_on": "2017-01-01"}).status_code == 403
