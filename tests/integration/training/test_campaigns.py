"""Campaigns and whom they reached, through the API on a real log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.training.container import Container
from tests.integration.training.people import HELD, LATER, OPENED, Person
from tests.registry_feed import RegistryFeed

SignIn = Callable[..., Person]
REACH = {"people": 1200, "source": "khảo sát nghe đài", "occurred_on": HELD}


def campaign(person: Person, *unit_ids: str, title: str = "Sóng xanh Ninh Bình", **more: Any) -> str:
    body = {"title": title, "channel": "radio", "unit_ids": list(unit_ids), "occurred_on": OPENED, **more}
    return person.did("/campaigns", body)


def reach(facility_id: str, on: str = HELD) -> dict[str, str]:
    return {"facility_id": facility_id, "occurred_on": on}


def types(container: Container) -> list[tuple[str, str]]:
    return [(e.subject, e.type) for stored in container.log.read(0, 100) for e in stored.commit.events]


def test_from_opening_to_closure(mai: Person, container: Container) -> None:
    at = campaign(mai, "kim-son", task_id="truyen-thong")
    mai.did(f"{at}/reach-reports", REACH)
    mai.did(f"{at}/reach-reports", {**REACH, "people": 50, "source": "phiếu hỏi"})
    mai.did(f"{at}/facilities", reach("f-coi"))
    mai.did(f"{at}/closure", {"occurred_on": LATER})
    id_ = at.rpartition("/")[2]
    assert mai.get(at).get_json() == {
        "id": id_,
        "version": 4,
        "title": "Sóng xanh Ninh Bình",
        "channel": "radio",
        "unit_ids": ["kim-son"],
        "task_id": "truyen-thong",
        "status": "closed",
        "opened_on": OPENED,
        "closed_on": LATER,
        "people": 1250,
        "facilities_reached": 1,
        "reports": [
            {"on": HELD, "people": 1200, "source": "khảo sát nghe đài"},
            {"on": HELD, "people": 50, "source": "phiếu hỏi"},
        ],
    }
    assert types(container) == [
        (f"campaign:{id_}", "campaign.opened"),
        (f"campaign:{id_}", "campaign.reach-reported"),
        (f"campaign:{id_}", "campaign.reach-reported"),
        ("facility:f-coi", "campaign.facility-reached"),
        (f"campaign:{id_}", "campaign.closed"),
    ]


def test_nobody_is_reached_twice_by_saying_it_twice(mai: Person, container: Container) -> None:
    at = campaign(mai)
    for _ in range(2):
        mai.did(f"{at}/reach-reports", REACH)
        mai.did(f"{at}/facilities", reach("f-coi"))
    mai.refused(409, f"{at}/reach-reports", {**REACH, "people": 7})
    assert container.log.head() == 3
    shown = mai.get(at).get_json()
    assert (shown["people"], shown["facilities_reached"]) == (1200, 1)


def test_late_reports_belong_to_the_days_it_ran(mai: Person, container: Container) -> None:
    at = campaign(mai)
    mai.did(f"{at}/closure", {"occurred_on": HELD})
    head = container.log.head()
    assert "ended on" in mai.refused(409, f"{at}/reach-reports", {**REACH, "occurred_on": LATER})["detail"]
    mai.refused(409, f"{at}/facilities", reach("f-coi", LATER))
    mai.refused(409, f"{at}/closure", {"occurred_on": LATER})
    assert container.log.head() == head
    mai.did(f"{at}/reach-reports", REACH)
    mai.did(f"{at}/facilities", reach("f-coi"))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"channel": "telepathy"}, "/channel"),
        ({"unit_ids": ["kim-son", "atlantis"]}, "/unit_ids/1"),
        ({"unit_ids": ["kim-son", "kim-son"]}, "/unit_ids"),
        ({"unit_ids": "kim-son"}, "/unit_ids"),
        ({"title": " "}, "/title"),
        ({"occurred_on": "2999-01-01"}, "/occurred_on"),
    ],
)
def test_a_wrong_campaign_is_named(
    mai: Person, container: Container, change: dict[str, Any], field: str
) -> None:
    body = {"title": "x", "channel": "radio", "unit_ids": [], "occurred_on": OPENED, **change}
    problem = mai.refused(422, "/campaigns", body)
    assert [error["field"] for error in problem["errors"]] == [field]
    assert container.log.head() == 0


@pytest.mark.parametrize("people", [0, -3, 1.5, "12", 10**12, None])
def test_a_wrong_number_of_people_is_named(mai: Person, people: object) -> None:
    problem = mai.refused(422, f"{campaign(mai)}/reach-reports", {**REACH, "people": people})
    assert [error["field"] for error in problem["errors"]] == ["/people"]


def test_the_reached_facility_is_one_the_registry_knows(mai: Person) -> None:
    problem = mai.refused(422, f"{campaign(mai)}/facilities", reach("f-unknown"))
    assert problem["errors"][0]["field"] == "/facility_id"
    mai.refused(404, "/campaigns/none/facilities", reach("f-coi"))
    mai.refused(404, "/campaigns/none/reach-reports", REACH)
    assert mai.get("/campaigns/none").status_code == 404
    assert mai.get("/campaigns/none/facilities").status_code == 404


def test_a_district_acts_and_sees_for_itself_only(mai: Person, sign_in: SignIn) -> None:
    local = sign_in("kim", "trainer", districts=["kim-son"])
    everywhere = campaign(mai)
    theirs = campaign(mai, "yen-mo")
    own = campaign(local, "kim-son")
    for unit_ids in ([], ["yen-mo"], ["kim-son", "yen-mo"]):
        body = {"title": "x", "channel": "web", "unit_ids": unit_ids, "occurred_on": OPENED}
        local.refused(403, "/campaigns", body)
    for at in (everywhere, theirs):
        local.refused(403, f"{at}/reach-reports", REACH)
        local.refused(403, f"{at}/closure", {"occurred_on": LATER})
    local.did(f"{own}/reach-reports", REACH)
    mai.did(f"{everywhere}/facilities", reach("f-gom"))
    local.did(f"{everywhere}/facilities", reach("f-coi"))
    local.refused(403, f"{everywhere}/facilities", reach("f-gom"))
    assert [item["facility_id"] for item in local.items(f"{everywhere}/facilities")] == ["f-coi"]
    by_name = mai.items(f"{everywhere}/facilities", sort="facility_id")
    assert [item["facility_id"] for item in by_name] == ["f-coi", "f-gom"]
    sign_in("thu", "inspector").refused(403, f"{own}/closure", {"occurred_on": LATER})


def test_a_facility_of_two_ids_is_reached_once(
    mai: Person, container: Container, registry: RegistryFeed
) -> None:
    both, one = campaign(mai), campaign(mai)
    for at, facility_id in ((both, "f-coi"), (both, "f-gom"), (one, "f-gom")):
        mai.did(f"{at}/facilities", reach(facility_id))
    registry.facility("f-nuoc", "yen-mo")
    mai.did(f"{both}/facilities", reach("f-nuoc"))
    registry.merged("f-gom", "f-coi")
    container.directory.catch_up()
    assert mai.get(both).get_json()["facilities_reached"] == 2
    assert {item["id"]: item["facilities_reached"] for item in mai.items("/campaigns")} == {
        both.rpartition("/")[2]: 2,
        one.rpartition("/")[2]: 1,
    }
    assert len(mai.items(f"{both}/facilities", facility_id="f-coi")) == 2
    assert "name 'f-coi'" in mai.refused(422, f"{one}/facilities", reach("f-gom"))["errors"][0]["detail"]


def test_campaigns_are_found_filtered_and_sorted(mai: Person) -> None:
    radio = campaign(mai, "kim-son", title="Đài phát thanh huyện")
    campaign(mai, title="Áp phích", channel="leaflet", task_id="tuyen-truyen")
    mai.did(f"{radio}/reach-reports", REACH)
    mai.did(f"{radio}/facilities", reach("f-coi"))
    mai.did(f"{radio}/closure", {"occurred_on": LATER})

    def titles(**query: str) -> list[str]:
        return [item["title"] for item in mai.items("/campaigns", **query)]

    assert titles(sort="title") == ["Áp phích", "Đài phát thanh huyện"]
    assert titles(sort="-people") == ["Đài phát thanh huyện", "Áp phích"]
    # as it is typed, without accents, and decomposed as some keyboards send it
    assert titles(q="dai phat") == titles(q="đài") == titles(q="đa\u0300i") == ["Đài phát thanh huyện"]
    assert (
        titles(channel="leaflet") == titles(status="open") == titles(task_id="tuyen-truyen") == ["Áp phích"]
    )
    assert titles(unit_id="kim-son") == ["Đài phát thanh huyện"]
    [closed] = mai.items("/campaigns", status="closed")
    assert (closed["people"], closed["facilities_reached"], closed["closed_on"]) == (1200, 1, LATER)
    assert "search" not in closed
