"""Two records of one brick works: merged, read as one, and taken apart again with nothing lost."""

from __future__ import annotations

import threading

from services.registry.container import Container
from tests.integration.registry.people import Person, facility

REASON = {"reason": "một mã số thuế", "occurred_on": "2019-05-20"}


def ids(person: Person, query: str) -> list[str]:
    return [f"/facilities/{item['id']}" for item in person.read(query)["items"]]


def bare(at: str) -> str:
    return at.rpartition("/")[2]


def merge(person: Person, duplicate: str, survivor: str) -> None:
    person.did(f"{duplicate}/merges", {"survivor_id": bare(survivor), **REASON})


def test_a_merged_duplicate_names_its_survivor_and_leaves_the_list(lan: Person) -> None:
    survivor, duplicate = lan.registered("NB-001"), lan.registered("NB-002", "Gạch Đông Sơn cũ")
    before = lan.get(duplicate)
    assert before.get_json()["merged_into"] is None
    merge(lan, duplicate, survivor)

    after = lan.get(duplicate, If_None_Match=before.headers["ETag"])
    assert (after.status_code, after.get_json()["merged_into"]) == (200, bare(survivor))
    assert "ETag" not in after.headers
    assert lan.read(survivor)["merged_into"] is None
    assert ids(lan, "/facilities") == [survivor]
    listed = lan.read("/facilities?merged=true")["items"]
    assert [(item["id"], item["merged_into"]) for item in listed] == [(bare(duplicate), bare(survivor))]
    assert ids(lan, "/facilities?q=dong%20son%20cu") == []

    lan.did(f"{duplicate}/unmerges", REASON)
    again = lan.get(duplicate)
    assert (again.get_json(), again.headers["ETag"]) == (before.get_json(), before.headers["ETag"])
    assert ids(lan, "/facilities") == [survivor, duplicate]
    assert ids(lan, "/facilities?merged=true") == []


def test_what_is_written_to_a_duplicate_is_refused_until_it_is_unmerged(
    lan: Person, container: Container
) -> None:
    survivor, duplicate = lan.registered("NB-001"), lan.registered("NB-002")
    merge(lan, duplicate, survivor)
    head = container.log.head()
    for way, body in (
        ("corrections", {"changes": {"employees": 5}}),
        ("moves", {"unit_id": "tam-diep"}),
        ("suspensions", {}),
        ("closures", {}),
        ("reopenings", {}),
    ):
        reason = {} if way == "moves" else {"reason": "x"}
        refused = lan.post(f"{duplicate}/{way}", {**body, **reason, "occurred_on": "2020-01-01"})
        assert refused.status_code == 409
        assert bare(survivor) in refused.get_json()["detail"]
    assert container.log.head() == head
    assert lan.post("/facilities", facility("NB-002")).status_code == 409
    lan.did(f"{duplicate}/unmerges", REASON)
    lan.did(f"{duplicate}/closures", {"reason": "x", "occurred_on": "2020-01-01"})


def test_one_commit_tells_both_facilities(lan: Person, container: Container) -> None:
    survivor, duplicate = lan.registered("NB-001"), lan.registered("NB-002")
    merge(lan, duplicate, survivor)
    merge(lan, duplicate, survivor)
    commits = list(container.log.stream("merge-register:all"))
    told = [(event.type, event.subject) for commit in commits for event in commit.events]
    assert told == [
        ("facility.merged", f"facility:{bare(duplicate)}"),
        ("facility.absorbed", f"facility:{bare(survivor)}"),
    ]


def test_the_list_of_merges_is_searched_filtered_and_has_the_version_to_write_on(lan: Person) -> None:
    survivor, other = lan.registered("NB-001", "Gạch Đông Sơn"), lan.registered("NB-009", "Xi măng Tam Điệp")
    first, second = lan.registered("NB-002", "Đá vôi A"), lan.registered("NB-003", "Đá vôi B")
    third = lan.registered("NB-004", "Cói Kim Sơn")
    for duplicate, of in ((first, survivor), (second, survivor), (third, other)):
        merge(lan, duplicate, of)
    assert ids(lan, "/merges") == [third, first, second]
    assert ids(lan, "/merges?sort=-name&limit=1") == [second]
    assert ids(lan, f"/merges?survivor_id={bare(survivor)}") == [first, second]
    assert ids(lan, "/merges?q=da%20voi%20b") == [second]
    assert ids(lan, "/merges?q=đá%20vôi%20b") == [second]
    row = lan.read("/merges?q=coi")["items"][0]
    assert (row["survivor_id"], row["survivor_name"], row["merged_on"], row["reason"]) == (
        bare(other), "Xi măng Tam Điệp", "2019-05-20", REASON["reason"],
    )  # fmt: skip
    read = lan.get("/merges").headers["ETag"]
    assert lan.post(f"{first}/unmerges", REASON, If_Match='"1"').status_code == 412
    assert lan.post(f"{first}/unmerges", REASON, If_Match=read).status_code == 201


def test_what_can_not_be_merged_is_refused_with_the_field(lan: Person, container: Container) -> None:
    at, other = lan.registered("NB-001"), lan.registered("NB-002")
    head = container.log.head()
    for survivor in ("no-such", bare(at)):
        answer = lan.post(f"{at}/merges", {"survivor_id": survivor, **REASON})
        assert answer.status_code == 422
        assert [error["field"] for error in answer.get_json()["errors"]] == ["/survivor_id"]
    unknown = lan.post("/facilities/no-such/merges", {"survivor_id": bare(other), **REASON})
    assert unknown.status_code == 404
    assert lan.post(f"{at}/unmerges", REASON).status_code == 409
    assert container.log.head() == head


def test_a_registrar_of_one_district_merges_within_it_alone(local: Person, lan: Person) -> None:
    here, also = local.registered("NB-001"), local.registered("NB-002")
    there = lan.registered("NB-003", unit_id="tam-diep")
    for duplicate, survivor in ((here, there), (there, here)):
        refused = local.post(f"{duplicate}/merges", {"survivor_id": bare(survivor), **REASON})
        assert refused.status_code == 403
    merge(local, also, here)
    merge(lan, there, here)
    assert ids(local, "/merges") == [also]
    assert local.post(f"{there}/unmerges", REASON).status_code == 403


def test_two_registrars_at_once_make_no_circle(lan: Person, container: Container) -> None:
    one, other = lan.registered("NB-001"), lan.registered("NB-002")
    barrier = threading.Barrier(2)

    def run(duplicate: str, survivor: str) -> None:
        barrier.wait()
        lan.post(f"{duplicate}/merges", {"survivor_id": bare(survivor), **REASON})

    threads = [threading.Thread(target=run, args=pair) for pair in ((one, other), (other, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(container.merges.register().merged) == 1
    assert len(ids(lan, "/facilities")) == 1
