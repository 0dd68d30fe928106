"""The morning question: what moved since yesterday, in which facilities, and by which events."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from pymongo import MongoClient
from werkzeug.test import TestResponse

from tests.integration.kpi.neighbourhood import Neighbourhood, neighbourhood
from tests.integration.kpi.test_pages import text
from tests.integration.kpi.told_province import facility, tell


@pytest.fixture(scope="module")
def of(
    tmp_path_factory: pytest.TempPathFactory, mongo_uri: str, mongo_client: MongoClient[dict[str, Any]]
) -> Iterator[Neighbourhood]:
    with neighbourhood(tmp_path_factory.mktemp("moved"), mongo_uri, mongo_client) as found:
        yield found


@pytest.fixture(scope="module")
def ids(of: Neighbourhood) -> dict[str, str]:
    return tell(of)


def caught_up(of: Neighbourhood) -> None:
    """What was recorded is what pages show."""
    of.catch_up()
    of.container.live.refresh()


def built(of: Neighbourhood, path: str) -> TestResponse:
    """The page, once what it asks for has been built."""
    browser, end = of.browser("operator"), time.monotonic() + 60
    with of.building_the_past():
        while (answer := browser.get(path)).status_code == 503 and time.monotonic() < end:
            time.sleep(0.05)
    return answer


def test_what_moved_since_yesterday_and_why(of: Neighbourhood, ids: dict[str, str]) -> None:
    """All of it was recorded today: the comparison is with nothing, and is made ready beside the readers."""
    browser = of.browser("inspector")
    first = text(browser.get("/?lang=en"))
    end = time.monotonic() + 90
    while "being prepared" in (page := text(browser.get("/?lang=en"))) and time.monotonic() < end:
        time.sleep(0.05)
    assert "being prepared" in first or "no value before" in first
    assert re.search(r"K1: [0-9.]+% now, no value before", page)
    assert "records were written since the end of yesterday" in page
    answer = browser.get("/?lang=en")
    assert 'href="/targets/K1/changes?lang=en&amp;from=' in answer.text
    why = built(of, "/targets/K1/changes?lang=en")
    assert why.status_code == 200
    page = text(why)
    assert "Why K1 has changed" in page
    assert "Gạch Đông Sơn" in page
    assert "survey.answered" in page
    assert f'href="/facilities/{ids["gach"]}' in why.text
    assert of.browser("trainer").get("/targets/K1/changes").status_code == 403
    assert "changes?" not in of.browser("trainer").get("/?lang=en").text


def test_a_record_of_today_about_an_old_day_moves_what_is_known_of_it(
    of: Neighbourhood, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both readings are of one day: what differs is what was known."""
    then = datetime.now(UTC)
    monkeypatch.setattr("services.kpi.pages.since.yesterday", lambda: then)
    facility(of, "NB-8", "Gạch Mới Biết")
    caught_up(of)
    browser, end = of.browser("operator"), time.monotonic() + 20
    with of.building_the_past():
        while "being prepared" in (page := text(browser.get("/?lang=en"))) and time.monotonic() < end:
            time.sleep(0.05)
    assert "1 records were written since the end of yesterday" in page
    assert re.search(r"K1: −[0-9.]+ points, from [0-9.]+% to [0-9.]+% .numerator ±0, denominator \+1", page)
    assert "K3:" not in page.partition("What holds it back")[0]


def test_a_moment_that_is_not_built_yet_is_waited_for_by_the_page_itself(
    of: Neighbourhood, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of.container.past, "_wait", 0.0)
    then = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    path = f"/targets/K1/changes?lang=en&on=2018-12-31&from={then}"
    of.did(
        "registry",
        "/units",
        {
            "id": "yen-mo",
            "code": "377",
            "name": "Huyện Yên Mô",
            "level": "district",
            "kind": "district",
            "occurred_on": "2000-01-01",
        },
    )
    caught_up(of)
    waits = of.browser("operator").get(path)
    assert waits.status_code == 503
    seconds, _, again = waits.headers["Refresh"].partition("; url=")
    assert seconds == "2" and again.startswith(f"{path.partition('?')[0]}?")
    assert "&to=" in again, "whoever comes back asks for the same two moments"
    assert of.browser("operator").get(again).headers["Refresh"].endswith(again)
    assert "This page loads itself again" in text(waits)
    assert "Nothing differs between these two readings." in text(built(of, path))


def test_the_official_value_stands_beside_the_restated_one_with_the_reasons(
    of: Neighbourhood, ids: dict[str, str]
) -> None:
    path = "/targets/K1?lang=en&on=2018-12-31"
    late = facility(of, "NB-9", "Gạch Muộn")
    caught_up(of)
    frozen = {"plan": "nb-1051-2016", "on": "2018-12-31", "label": "Báo cáo <2018>"}
    of.did("kpi", "/official-values", frozen)
    page = text(of.browser("operator").get(path))
    assert "Official “Báo cáo <2018>”" in page
    assert "What was recorded since has not changed it." in page
    closed = {"reason": "báo muộn", "occurred_on": "2018-06-01"}
    of.did("registry", f"/facilities/{late}/closures", closed)
    caught_up(of)
    answer = of.browser("operator").get(path)
    assert "What was recorded after the freeze makes it differ." in text(answer)
    link = re.search(r'href="(/targets/K1/changes[^"]*)">Why it differs', answer.text)
    assert link
    why = text(built(of, unescape(link.group(1)) + "&lang=en"))
    assert "1 changes make up this difference" in why
    assert "Gạch Muộn" in why
    assert "facility.closed" in why


def test_assessments_from_opening_to_verification_and_what_waits_for_whom(
    of: Neighbourhood, ids: dict[str, str]
) -> None:
    """The figures of the projection, the counts and lists of the audits service, names of the registry."""
    opened = {"facility_id": ids["gach"], "method": "detailed", "occurred_on": "2019-01-02"}
    of.did("audits", "/assessments", opened)
    caught_up(of)
    browser = of.browser("operator")
    summary = of.apps["audits"].test_client()
    counts = summary.get(
        "/api/v1/assessments/summary?on=2018-12-31", headers=of.issuer.bearer("ivy", ["operator"])
    ).json
    assert (counts["opened"], counts["submitted"], counts["approved"], counts["waiting"]) == (2, 2, 2, 0)
    page = text(browser.get("/assessments?lang=en&on=2019-06-30"))
    assert "2 of the 2 options proposed were verified" in page
    assert "Assessments opened 3 – Assessments submitted 2 66.7% Assessments approved 2 100.0%" in page
    assert "Options proposed 2 – Options decided on 2 100.0% Options in use 2 100.0%" in page
    assert "Better process control ₫180,000,000 ₫90,000,000 2.0 years" in page
    assert "Gạch Đông Sơn Assessment not finished Detailed 2 Jan 2019 179 days The assessor lan" in page
    assert "Assessment not finished" not in text(browser.get("/assessments?lang=en&on=2019-02-01"))
    assert "Nho Quan district Detailed lan Open 2 Jan 2019" in page
    only = text(browser.get("/assessments?lang=en&status=open"))
    assert "Gạch Đông Sơn Nho Quan district Detailed" in only
    assert "Gạch Đồi Nho Quan district Quick" not in only
    assert browser.get("/assessments?status=lost").status_code == 422


def test_training_by_district_with_certificates_surveys_and_courses(
    of: Neighbourhood, ids: dict[str, str]
) -> None:
    sample = {"title": "Mẫu 2019", "mode": "sample", "population": 40, "occurred_on": "2019-01-01"}
    survey = of.did("training", "/surveys", sample)
    for name, benefits in (("gach", ["cuts-cost"]), ("coi", [])):
        answer = {"facility_id": ids[name], "benefits": benefits, "occurred_on": "2019-02-01"}
        of.did("training", f"{survey}/answers", answer)
    campaign = {"title": "Tờ rơi", "channel": "leaflet", "unit_ids": ["kim-son"], "occurred_on": "2019-01-01"}
    of.did("training", "/campaigns", campaign)
    caught_up(of)
    page = text(of.browser("operator").get("/training?lang=en&on=2019-06-30"))
    assert re.search(r"Kim Sơn district 1 1 \(100.0%\) 0 \(0.0%\)", page)
    assert "Valid 1 Running out (90 days) 0 Expired 1" in page
    assert "149 days late Expired Take course and test again" in page
    assert re.search(r"Mẫu 2019 open Sample 1 Jan 2019 50.0% [0-9.]+% to [0-9.]+% 2", page)
    assert "none: all are counted" in page
    assert "Tờ rơi Leaflets Kim Sơn district 1 Jan 2019 0 0" in page
    soon = text(of.browser("operator").get("/training?lang=en&on=2021-12-31"))
    assert "Valid 0 Running out (90 days) 1 Expired 1" in soon
