"""The changes of 2025 as the registry ships them: units, facilities and counts before and from the day on."""

from __future__ import annotations

from typing import Any

import pytest

from services.eventkit.errors import Unavailable
from services.registry.api import reorganising
from services.registry.container import Container
from tests.integration.registry.people import People, Person, unit

PROVINCE = "ninh-binh-province"
DISTRICTS = {
    "ninh-binh": ("369", "Thành phố Ninh Bình"), "tam-diep": ("370", "Thành phố Tam Điệp"),
    "nho-quan": ("372", "Huyện Nho Quan"), "gia-vien": ("373", "Huyện Gia Viễn"),
    "hoa-lu": ("374", "Huyện Hoa Lư"), "yen-khanh": ("375", "Huyện Yên Khánh"),
    "kim-son": ("376", "Huyện Kim Sơn"), "yen-mo": ("377", "Huyện Yên Mô"),
}  # fmt: skip
JANUARY, JULY = "/reorganisations/ninh-binh-2025-01", "/reorganisations/ninh-binh-2025-07"


@pytest.fixture
def chief(people: People) -> Person:
    """An administrator and registrar of the province with its eight districts."""
    chief = people.sign_in("chief", "admin", "registrar")
    chief.did("/units", unit(PROVINCE, "37", "Tỉnh Ninh Bình", level="province", kind="province"))
    for id_, (code, name) in DISTRICTS.items():
        chief.did("/units", unit(id_, code, name, parent_id=PROVINCE))
    return chief


def loaded(person: Person, at: str) -> None:
    assert person.did("/reorganisations/loads", {"name": at.rpartition("/")[2]}) == at


def districts_on(person: Person, day: str) -> int:
    units = person.read("/units?level=district&limit=200")["items"]
    return sum(u["valid_from"] <= day and (u["valid_to"] is None or day < u["valid_to"]) for u in units)


def codes(person: Person, path: str) -> list[str]:
    return [item["code"] for item in person.read(path)["items"]]


def test_in_january_two_districts_become_one_city_and_their_facilities_are_in_it(chief: Person) -> None:
    city, old = (
        chief.registered("NB-001", unit_id="ninh-binh"),
        chief.registered("NB-002", unit_id="hoa-lu"),
    )
    chief.registered("NB-003", unit_id="kim-son")
    loaded(chief, JANUARY)
    assert sorted(codes(chief, f"{JANUARY}/waiting")) == ["NB-001", "NB-002"]
    chief.did(f"{JANUARY}/application", {})

    assert (districts_on(chief, "2024-12-31"), districts_on(chief, "2025-01-01")) == (8, 7)
    held = [(u["id"], u["valid_to"]) for u in chief.read("/units?code=374&sort=code")["items"]]
    assert sorted(held) == [("hoa-lu", "2025-01-01"), ("thanh-pho-hoa-lu", None)]
    for at, before in ((city, "ninh-binh"), (old, "hoa-lu")):
        assert chief.read(at)["unit_history"] == [
            {"since": "2015-03-01", "value": before},
            {"since": "2025-01-01", "value": "thanh-pho-hoa-lu"},
        ]
    assert codes(chief, "/facilities?unit_id=thanh-pho-hoa-lu") == ["NB-001", "NB-002"]
    found = chief.read(JANUARY)
    assert (found["status"], found["complete"], found["units"]) == ("applied", True, 3)
    assert (found["facilities_moved"], found["facilities_waiting"]) == (2, 0)
    assert codes(chief, f"{JANUARY}/waiting") == []


def test_in_july_the_districts_end_and_their_facilities_wait_until_they_are_placed(chief: Person) -> None:
    for number, id_ in enumerate(DISTRICTS, 1):
        chief.registered(f"NB-{number:03}", unit_id=id_)
    for at in (JANUARY, JULY):
        loaded(chief, at)
        chief.did(f"{at}/application", {})
    days = ("2024-12-31", "2025-01-01", "2025-06-30", "2025-07-01")
    assert [districts_on(chief, day) for day in days] == [8, 7, 7, 0]
    provinces = {u["id"]: u["valid_to"] for u in chief.read("/units?code=37")["items"]}
    assert provinces == {PROVINCE: "2025-07-01", f"{PROVINCE}-2025": None}
    july = chief.read(JULY)
    assert (july["complete"], july["facilities_moved"], july["facilities_waiting"]) == (False, 0, 8)
    assert len(codes(chief, f"{JULY}/waiting")) == 8
    assert codes(chief, f"{JULY}/waiting?unit_id=kim-son") == ["NB-007"]
    assert codes(chief, f"{JULY}/waiting?unit_id=hoa-lu") == []

    commune = unit("xa-thu", "14620", "Xã Thử", level="commune", kind="commune", occurred_on="2025-07-01")
    chief.did("/units", commune)
    (waiting,) = chief.read(f"{JULY}/waiting?unit_id=kim-son")["items"]
    chief.did(f"/facilities/{waiting['id']}/moves", {"unit_id": "xa-thu", "occurred_on": "2025-07-01"})
    assert codes(chief, f"{JULY}/waiting?unit_id=kim-son") == []


def test_what_becomes_known_later_is_announced_anew_and_applied_to_those_who_wait(chief: Person) -> None:
    at = chief.registered("NB-001", unit_id="kim-son")
    loaded(chief, JANUARY)
    chief.did(f"{JANUARY}/application", {})
    loaded(chief, JULY)
    chief.did(f"{JULY}/application", {})
    july = chief.read(JULY)
    body = {name: july[name] for name in ("id", "title", "source", "complete", "changes", "new_units")}
    for change in body["changes"]:
        if change["unit_id"] == "kim-son":
            change["successors"] = ["xa-thu"]
    new = {"unit_id": "xa-thu", "code": "14620", "name": "Xã Thử", "level": "commune", "kind": "commune"}
    body["new_units"].append(new)
    chief.did("/reorganisations", {**body, "occurred_on": "2025-07-01"})
    chief.did(f"{JULY}/application", {})
    assert chief.read(at)["unit_id"] == "xa-thu"
    ended = chief.read("/units/kim-son")
    assert (ended["valid_to"], ended["successors"]) == ("2025-07-01", ["xa-thu"])
    again = chief.read(JULY)
    assert (again["facilities_moved"], again["facilities_waiting"]) == (1, 0)


def test_an_application_that_was_cut_off_is_run_again_and_everything_happens_once(
    chief: Person, container: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(7):
        chief.registered(f"NB-{number:03}", unit_id="hoa-lu")
    loaded(chief, JANUARY)
    monkeypatch.setattr(reorganising, "TOGETHER", 3)
    run, runs = reorganising._run, []

    def cut(works: Any) -> None:
        runs.append(works)
        if len(runs) == 3:
            raise Unavailable("cut off")
        run(works)

    monkeypatch.setattr(reorganising, "_run", cut)
    assert chief.post(f"{JANUARY}/application", {}, Idempotency_Key="one").status_code == 503
    assert chief.read(JANUARY)["status"] == "announced"
    assert len(codes(chief, f"{JANUARY}/waiting")) == 4
    monkeypatch.setattr(reorganising, "_run", run)
    first = chief.post(f"{JANUARY}/application", {}, Idempotency_Key="one")
    head = container.log.head()
    again = chief.post(f"{JANUARY}/application", {}, Idempotency_Key="one")
    assert (first.status_code, first.get_json()) == (201, again.get_json())
    chief.did(f"{JANUARY}/application", {})
    assert container.log.head() == head
    assert chief.read(JANUARY)["facilities_moved"] == 7
    types = [event.type for stored in container.log.read(0, 10_000) for event in stored.commit.events]
    counted = {
        type_: types.count(type_) for type_ in ("facility.moved", "unit.closed", "reorganisation.applied")
    }
    assert counted == {"facility.moved": 7, "unit.closed": 2, "reorganisation.applied": 1}


def test_who_had_left_closed_or_was_merged_by_then_is_not_waited_for(chief: Person) -> None:
    left, gone, twin = (chief.registered(f"NB-{n}", unit_id="kim-son") for n in (1, 2, 3))
    stays = chief.registered("NB-4", unit_id="kim-son")
    reason = {"reason": "x", "occurred_on": "2020-01-01"}
    chief.did(f"{left}/moves", {"unit_id": "yen-mo", "occurred_on": "2025-02-01"})
    chief.did(f"{gone}/closures", reason)
    chief.did(f"{twin}/merges", {"survivor_id": stays.rpartition("/")[2], **reason})
    loaded(chief, JULY)
    july = chief.post(f"{JULY}/application", {})
    assert july.status_code == 409
    assert "there is no unit thanh-pho-hoa-lu" in july.get_json()["detail"]
    loaded(chief, JANUARY)
    chief.did(f"{JANUARY}/application", {})
    chief.did(f"{JULY}/application", {})
    assert codes(chief, f"{JULY}/waiting?unit_id=kim-son") == ["NB-4"]
    assert chief.read(JULY)["facilities_waiting"] == 2


def test_a_merged_duplicate_goes_with_its_unit_and_is_there_when_it_is_unmerged(chief: Person) -> None:
    stays, twin = (chief.registered(f"NB-{n}", unit_id="hoa-lu") for n in (1, 2))
    reason = {"reason": "x", "occurred_on": "2020-01-01"}
    chief.did(f"{twin}/merges", {"survivor_id": stays.rpartition("/")[2], **reason})
    loaded(chief, JANUARY)
    chief.did(f"{JANUARY}/application", {})
    assert chief.read(JANUARY)["facilities_moved"] == 1
    chief.did(f"{twin}/unmerges", reason)
    assert chief.read(twin)["unit_id"] == "thanh-pho-hoa-lu"


def test_what_the_units_do_not_allow_leaves_nothing(boss: Person, container: Container) -> None:
    loaded(boss, JANUARY)
    head = container.log.head()
    refused = boss.post(f"{JANUARY}/application", {})
    assert refused.status_code == 409
    for missing in ("there is no unit ninh-binh-province", "there is no unit hoa-lu"):
        assert missing in refused.get_json()["detail"]
    assert container.log.head() == head


def test_wrong_fields_are_named_and_unknown_files_listed(chief: Person, container: Container) -> None:
    head = container.log.head()
    unknown = chief.post("/reorganisations/loads", {"name": "ha-noi-2008"})
    assert unknown.status_code == 422
    assert "ninh-binh-2025-01, ninh-binh-2025-07" in unknown.get_json()["errors"][0]["detail"]
    body = {
        "id": "r",
        "title": "x",
        "source": "x",
        "complete": True,
        "changes": [{"unit_id": "hoa-lu", "kind": "merge", "successors": []}],
        "occurred_on": "2999-01-01",
    }
    late = chief.post("/reorganisations", body)
    assert [error["field"] for error in late.get_json()["errors"]] == ["/occurred_on"]
    wrong = chief.post("/reorganisations", {**body, "occurred_on": "2025-01-01"})
    assert [error["field"] for error in wrong.get_json()["errors"]] == ["/changes/0/successors"]
    assert container.log.head() == head
    assert chief.get("/reorganisations/none").status_code == 404
    assert chief.post("/reorganisations/none/application", {}).status_code == 404


def test_only_the_province_reorganises(people: People, chief: Person) -> None:
    loaded(chief, JANUARY)
    for other in (
        people.sign_in("lan", "registrar"),
        people.sign_in("minh", "admin", districts=["nho-quan"]),
    ):
        assert other.post("/reorganisations/loads", {"name": "ninh-binh-2025-07"}).status_code == 403
        assert other.post(f"{JANUARY}/application", {}).status_code == 403
        assert other.get(JANUARY).status_code == 200


def test_the_list_is_searched_sorted_and_filtered(chief: Person) -> None:
    for at in (JANUARY, JULY):
        loaded(chief, at)
    chief.did(f"{JANUARY}/application", {})

    def listed(query: str) -> list[str]:
        return [f"/reorganisations/{item['id']}" for item in chief.read(f"/reorganisations{query}")["items"]]

    assert listed("") == [JANUARY, JULY]
    assert listed("?sort=-occurred_on") == [JULY, JANUARY]
    assert listed("?q=hop%20nhat") == listed("?q=hợp%20nhất") == listed("?complete=false") == [JULY]
    assert listed("?status=applied") == [JANUARY]


def test_official_counts_hold_from_their_day(chief: Person, people: People, container: Container) -> None:
    at = "/units/nho-quan/official-counts"
    later = {"facilities": 950, "households": 820, "source": "Niên giám 2019", "occurred_on": "2019-12-31"}
    assert chief.did(at, later) == at
    chief.did(at, {"facilities": 900, "source": "Niên giám 2016", "occurred_on": "2016-12-31"})
    assert chief.read(at)["counts"] == [
        {"since": "2016-12-31", "facilities": 900, "households": None, "source": "Niên giám 2016"},
        {"since": "2019-12-31", "facilities": 950, "households": 820, "source": "Niên giám 2019"},
    ]
    head = container.log.head()
    chief.did(at, later)
    for wrong, field in (
        ({"households": 951}, "/households"),
        ({"facilities": -1}, "/facilities"),
        ({"occurred_on": "1999-12-31"}, "/occurred_on"),
    ):
        answer = chief.post(at, {**later, **wrong})
        assert [error["field"] for error in answer.get_json()["errors"]] == [field]
    assert chief.post("/units/nowhere/official-counts", later).status_code == 404
    assert people.sign_in("lan", "registrar").post(at, later).status_code == 403
    assert container.log.head() == head
    assert chief.read("/units/kim-son/official-counts")["counts"] == []
