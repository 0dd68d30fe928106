"""What an operator finds out in a browser of one facility, district or officer, and of the records."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from pymongo import MongoClient

from services.kpi.pages import facilities, members
from services.kpi.pages.language import Reader
from tests.integration.kpi.neighbourhood import Neighbourhood, neighbourhood
from tests.integration.kpi.test_pages import text
from tests.integration.kpi.told_province import tell

PERSONS = ("Nguyễn Thị Hoa", "Trần Văn Lan", "Lê Văn Ba")


@pytest.fixture(scope="module")
def of(
    tmp_path_factory: pytest.TempPathFactory, mongo_uri: str, mongo_client: MongoClient[dict[str, Any]]
) -> Iterator[Neighbourhood]:
    with neighbourhood(tmp_path_factory.mktemp("records"), mongo_uri, mongo_client) as found:
        yield found


@pytest.fixture(scope="module")
def ids(of: Neighbourhood) -> dict[str, str]:
    return tell(of)


@pytest.fixture(scope="module")
def ivy(of: Neighbourhood, ids: dict[str, str]) -> FlaskClient:
    """An operator of the whole province, who may read the logs."""
    return of.browser("inspector", "operator")


@pytest.fixture(scope="module")
def minh(of: Neighbourhood, ids: dict[str, str]) -> FlaskClient:
    """An operator of Kim Sơn alone."""
    return of.browser("inspector", "operator", name="minh", districts=["kim-son"])


def shown(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, text(answer)
    return text(answer)


def rows(client: FlaskClient, path: str) -> list[str]:
    """What names the lines of the tables of a page."""
    found = re.findall(r'<th scope="row">(?:<a [^>]*>)?([^<]*)', client.get(path).text)
    return [each.strip() for each in found]


def test_facilities_are_found_with_or_without_accents_and_show_how_they_count(
    ivy: FlaskClient, ids: dict[str, str]
) -> None:
    assert rows(ivy, "/facilities?q=duong+mia") == ["Đường Mía Ninh Bình"]
    assert rows(ivy, "/facilities?size=small&section=C") == ["Gạch Đông Sơn"]
    assert rows(ivy, "/facilities?unit_id=kim-son") == rows(ivy, "/facilities?kind=household") == ["Cói Ấm"]
    assert rows(ivy, "/facilities?status=closed&lang=vi") == ["Đường Mía Ninh Bình"]
    page = ivy.get("/facilities?q=gach&lang=vi")
    assert f'href="/facilities/{ids["gach"]}"' in page.text
    assert "Được tính: nêu được lợi ích trong phiếu điều tra ngày 12/04/2018" in text(page)
    assert "Chưa được tính: vượt ±40%" in text(page)
    assert "Bỏ lọc" in text(page)
    assert "Không có cơ sở nào" in shown(ivy, "/facilities?q=thep")
    shown(ivy, "/facilities?status=lost&size=huge", 422)


def test_pages_of_a_list_hold_each_facility_once(ivy: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facilities, "PAGE", 2)
    monkeypatch.setattr(members, "PAGE", 2)
    for first, all_ in (("/facilities?sort=code", 4), ("/targets/K1/facilities", 3)):
        found, path = [], first
        while path:
            found += rows(ivy, path)
            following = re.search(r'href="([^"]*)" rel="next"', ivy.get(path).text)
            path = following.group(1).replace("&amp;", "&") if following else ""
        assert len(found) == len(set(found)) == all_


def test_a_facility_tells_what_counts_what_it_lacks_and_by_which_events(
    ivy: FlaskClient, ids: dict[str, str]
) -> None:
    for name in ("gach", "coi", "doi", "mia"):
        page = ivy.get(f"/facilities/{ids[name]}?lang=en")
        standing = ivy.get(f"/api/v1/facilities/{ids[name]}/standing").json
        assert standing
        for kpi in standing["kpis"][:-1]:
            assert Reader("en").pick(kpi["why"]) in text(page)
            assert all(Reader("en").pick(step) in text(page) for step in kpi["lacks"])
            assert all(f'href="/events/{event}"' in page.text for event in kpi["decided_by"])
    coi = shown(ivy, f"/facilities/{ids['coi']}?lang=en")
    assert "takes the test and passes" in coi
    assert "First the steps of K2a." in coi
    assert "Tax code not given" in coi
    assert "A reviewer decides whether the figures beyond ±40%" in shown(
        ivy, f"/facilities/{ids['doi']}?lang=en"
    )
    on_day = shown(ivy, f"/facilities/{ids['mia']}?on=2018-05-31&lang=en")
    assert "closed since" not in on_day
    assert "closed since 1 Jun 2018" in shown(ivy, f"/facilities/{ids['mia']}?on=2018-06-01&lang=en")
    shown(ivy, "/facilities/none", 404)


def test_the_timeline_holds_all_events_newest_first(
    ivy: FlaskClient, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = ivy.get(f"/api/v1/facilities/{ids['gach']}/events").json
    assert told
    monkeypatch.setattr("services.kpi.pages.timeline.PAGE", 4)
    found, path = [], f"/facilities/{ids['gach']}?lang=en"
    while path:
        page = ivy.get(path).text
        table = page.partition('id="timeline"')[2]
        found += re.findall(r'<th scope="row"><a href="/events/([^"?]*)', table)
        older = re.search(r'href="([^"]*older=[^"]*)#timeline"', table)
        path = older.group(1).replace("&amp;", "&") if older else ""
    assert found == [event["id"] for event in reversed(told["events"])]
    assert {event["log"] for event in told["events"]} == {"registry", "audits", "training"}


def test_an_event_leads_to_its_commit_and_says_what_would_be_without_it(
    ivy: FlaskClient, ids: dict[str, str]
) -> None:
    standing = ivy.get(f"/api/v1/facilities/{ids['gach']}/standing").json
    assert standing
    (event,) = standing["kpis"][0]["decided_by"]
    page = shown(ivy, f"/events/{event}?lang=en")
    assert "Indicators that would differ without it on 31 Dec 2020: 1." in page
    assert "33.3% 1 / 3 0.0% 0 / 3 +33.3 points" in page
    effect = ivy.get(f"/api/v1/events/{event}/effect").json
    assert effect
    assert str(effect["event"]["position"]) in page
    assert "Answered a survey" in page
    assert re.search(r"SHA-256 of the commit [0-9a-f]{64} ", page)
    assert "benefits 1 cuts-cost" in page
    assert "no indicator would differ" in shown(ivy, f"/events/{event}?lang=en&on=2018-01-01")
    shown(ivy, "/events/none", 404)


def test_no_page_of_events_tells_of_a_person(ivy: FlaskClient, ids: dict[str, str]) -> None:
    told = ivy.get(f"/api/v1/subjects/officer:{ids['hoa']}/events").json
    assert told
    for event in told["events"]:
        page = ivy.get(f"/events/{event['id']}?lang=en").text
        assert not any(name in page for name in PERSONS)
        assert "box" not in page
        assert ("Personal data, sealed" in page) is (event["type"] == "officer.registered")


def test_a_target_leads_to_what_it_consists_of(ivy: FlaskClient, ids: dict[str, str]) -> None:
    for code in ("K1", "K2a", "K2c", "K2d"):
        listed = ivy.get(f"/api/v1/targets/{code}/facilities?counted=true").json
        assert listed
        page = ivy.get(f"/targets/{code}/facilities?counted=true").text
        assert re.findall(r'<th scope="row"><a href="/facilities/([^"?]*)', page) == [
            item["id"] for item in listed["items"]
        ]
    page = shown(ivy, "/targets/K2b/facilities?lang=en")
    assert "60 TOE 612 TOE" in page
    assert rows(ivy, "/targets/K3/facilities?counted=false&lang=en") == ["Kim Sơn district"]
    assert "Nothing fits" in shown(ivy, "/targets/K1/facilities?unit_id=tam-diep&lang=en")
    shown(ivy, "/targets/K2/facilities", 404)
    assert 'href="/targets/K1/facilities' in ivy.get("/targets/K1").text


def test_who_is_limited_to_a_district_sees_it_alone(
    minh: FlaskClient, ids: dict[str, str], ivy: FlaskClient
) -> None:
    assert rows(minh, "/facilities") == ["Cói Ấm"]
    assert rows(minh, "/facilities?unit_id=nho-quan") == []
    shown(minh, f"/facilities/{ids['gach']}", 403)
    own = shown(minh, f"/facilities/{ids['coi']}?lang=en")
    assert "operators and inspectors of the whole province" in own
    assert "Attended a course" not in own
    assert "choose one of yours" in shown(minh, "/targets/K1/facilities?lang=en")
    assert rows(minh, "/targets/K1/facilities?unit_id=kim-son") == ["Cói Ấm"]
    shown(minh, "/targets/K1/facilities?unit_id=nho-quan", 403)
    event = ivy.get(f"/api/v1/facilities/{ids['coi']}/events").json
    assert event
    shown(minh, f"/events/{event['events'][0]['id']}", 403)


def test_districts_stand_side_by_side_and_lead_on(
    ivy: FlaskClient, minh: FlaskClient, ids: dict[str, str]
) -> None:
    page = ivy.get("/districts?lang=en")
    assert rows(ivy, "/districts?lang=en") == ["Nho Quan district", "Kim Sơn district"]
    for code in ("K1", "K2a", "K2b", "K2d"):
        by_unit = ivy.get(f"/api/v1/targets/{code}").json
        assert by_unit
        for row in by_unit["by_district"]:
            leads_on = f"/targets/{code}/facilities?lang=en&amp;unit_id={row['unit_id']}" in page.text
            assert leads_on is (row["value"] is not None)
    assert "50.0% 1 / 2" in text(page)
    assert 'href="/facilities?lang=en&amp;unit_id=nho-quan"' in page.text
    assert rows(minh, "/districts?lang=en") == ["Kim Sơn district"]
    assert "no unit on that day" in shown(ivy, "/districts?on=1995-01-01&lang=en")
    shown(minh, "/districts/nho-quan", 403)
    shown(ivy, "/districts/nowhere", 404)


def test_a_district_names_its_officers_to_whom_they_may_be_named_and_says_what_it_lacks(
    of: Neighbourhood, ivy: FlaskClient, ids: dict[str, str]
) -> None:
    page = shown(ivy, "/districts/kim-son?lang=en")
    assert "The certificate was valid until 1 Feb 2019" in page
    assert "Trần Văn Lan Kim Sơn district : dedicated, since 2 Jan 2016" in page
    assert "was valid until 1 Feb 2019" in page
    assert "no certificate" in page
    nho_quan = shown(ivy, "/districts/nho-quan?lang=en")
    assert "Still lacking" not in nho_quan
    assert "valid until 1 Feb 2022 Counts" in nho_quan
    assert "Still lacking" in shown(ivy, "/districts/nho-quan?lang=en&on=2022-02-02&plan=nb-1051-2016")
    unnamed = shown(of.browser("operator"), "/districts/kim-son?lang=en")
    assert not any(name in unnamed for name in PERSONS)
    assert f"Officer …{ids['lan'][-6:]}" in unnamed


def test_officers_are_listed_by_what_they_lack_and_named_by_the_registry_alone(
    of: Neighbourhood, ivy: FlaskClient, minh: FlaskClient, ids: dict[str, str]
) -> None:
    def listed(client: FlaskClient, query: str = "") -> set[str]:
        found = re.findall(
            r'<th scope="row"><a href="/officers/([^"?]*)', client.get(f"/officers{query}").text
        )
        return {name for name, id_ in ids.items() if id_ in found}

    assert listed(ivy) == {"hoa", "lan", "ba"}
    assert listed(ivy, "?certificate=expired") == {"lan"}
    assert listed(ivy, "?certificate=valid") == {"hoa"}
    assert listed(ivy, "?certificate=soon&on=2022-01-01") == {"hoa"}
    assert listed(ivy, "?dedicated=false") == {"ba"}
    assert listed(ivy, "?unit_id=nho-quan") == {"hoa"}
    assert listed(minh) == {"lan", "ba"}
    assert not any(name in shown(ivy, "/officers") for name in PERSONS)
    mine = ivy.get(f"/officers/{ids['hoa']}?lang=en")
    assert "Nguyễn Thị Hoa" in text(mine)
    assert mine.headers["Cache-Control"] == "no-store"
    assert "Certificate issued 1 Feb 2019" in text(mine)
    hidden = shown(of.browser("operator"), f"/officers/{ids['hoa']}?lang=en")
    assert "Nguyễn Thị Hoa" not in hidden
    assert "shown to registrars" in hidden
    shown(minh, f"/officers/{ids['hoa']}", 403)
    shown(ivy, "/officers/none", 404)


def test_each_gap_is_counted_as_it_is_listed_and_says_who_does_what(
    ivy: FlaskClient, minh: FlaskClient, ids: dict[str, str]
) -> None:
    page = ivy.get("/quality?lang=en")
    counted = dict(
        re.findall(
            r'href="/quality/([a-z-]+)[^>]*>[^<]*</a><br><small>[^<]*</small></th><td class="n">(\d+)',
            page.text,
        )
    )
    expected = {
        "incomplete": ["Cói Ấm", "Gạch Đồi"],
        "unaware": ["Cói Ấm", "Gạch Đồi"],
        "not-adopting": ["Cói Ấm"],
        "stale": ["Cói Ấm"],
        "flagged": ["Gạch Đồi"],
    }
    assert counted == {kind: str(len(names)) for kind, names in expected.items()}
    for kind, names in expected.items():
        assert rows(ivy, f"/quality/{kind}") == names
    assert "no tax code, no products" in shown(ivy, "/quality/incomplete?lang=en")
    assert "no number of employees" in shown(ivy, "/quality/incomplete?lang=en")
    assert "nothing is left" in shown(ivy, "/quality/uncomputable?lang=en")
    assert rows(minh, "/quality/unaware") == rows(ivy, "/quality/unaware?unit_id=kim-son") == ["Cói Ấm"]
    shown(minh, "/quality?unit_id=nho-quan", 403)
    shown(ivy, "/quality/nothing", 404)


def test_flags_duplicates_and_certificates_wait_for_somebody(
    ivy: FlaskClient, minh: FlaskClient, of: Neighbourhood, ids: dict[str, str]
) -> None:
    page = shown(ivy, "/quality?lang=en")
    assert "Flags of figures not decided yet: 1" in page
    assert "Gạch Đồi 1 Jan 2019 – 31 Dec 2019" in page
    assert "A reviewer who did not make the figures" in page
    assert "Of one tax code: 1" in page
    assert "2700123456 Gạch Đông Sơn NB-1 Gạch Đồi NB-4" in page
    assert "A registrar compares them" in page
    assert "ends soon or is lacking: 1" in page
    assert "was valid until 1 Feb 2019" in page
    assert "Units without a capable dedicated officer: 1 District Next step Kim Sơn district" in page
    assert "Subjects parked while events were applied: 0" in page
    own = shown(minh, "/quality?lang=en")
    assert "Flags of figures not decided yet: 0" in own
    assert "Of one tax code: 0" in own
    assert "Gạch" not in own
    assert "parked" not in shown(of.browser(), "/quality?lang=en")


def test_what_was_known_then_is_shown_as_it_was_known(
    of: Neighbourhood, ivy: FlaskClient, ids: dict[str, str]
) -> None:
    then = datetime.now(UTC).isoformat()
    closure = {"reason": "nghỉ hẳn", "occurred_on": "2020-06-01"}
    of.did("registry", f"/facilities/{ids['coi']}/closures", closure)
    of.catch_up()
    query = f"?lang=en&known_at={then.replace('+', '%2B')}"
    with of.building_the_past():
        before = shown(ivy, f"/facilities/{ids['coi']}{query}")
    assert "attendance is no evidence of awareness" in before
    assert "Closed" not in before.partition("Timeline")[2]
    now = shown(ivy, f"/facilities/{ids['coi']}?lang=en")
    assert "closed since 1 Jun 2020" in now
    assert "Closed" in now.partition("Timeline")[2]
