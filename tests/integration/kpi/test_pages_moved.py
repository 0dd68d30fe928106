"""The morning question: what moved since yesterday, in which facilities, and by which events."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database
from werkzeug.test import TestResponse

from tests.integration.kpi.neighbourhood import Neighbourhood, neighbourhood
from tests.integration.kpi.test_pages import text
from tests.integration.kpi.told_province import tell


@pytest.fixture
def told(
    tmp_path: Path, mongo_uri: str, new_database: Callable[[], Database[dict[str, Any]]]
) -> Iterator[tuple[Neighbourhood, dict[str, str]]]:
    with neighbourhood(tmp_path, mongo_uri, new_database) as found:
        yield found, tell(found)


def built(of: Neighbourhood, path: str) -> TestResponse:
    """The page, once what it asks for has been built."""
    answer = of.browser("operator").get(path)
    for _ in range(4):
        if answer.status_code == 503:
            of.build_the_past()
            answer = of.browser("operator").get(path)
    return answer


def test_what_moved_since_yesterday_and_why(told: tuple[Neighbourhood, dict[str, str]]) -> None:
    """All of it was recorded today: the comparison is with nothing, and is made ready beside the readers."""
    of, ids = told
    browser = of.browser("inspector")
    first = text(browser.get("/?lang=en"))
    end = time.monotonic() + 20
    while "being prepared" in (page := text(browser.get("/?lang=en"))) and time.monotonic() < end:
        time.sleep(0.05)
    assert "being prepared" in first or "K1: from – to" in first
    assert "K1: from – to" in page
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


def test_a_moment_that_is_not_built_yet_is_waited_for_by_the_page_itself(
    told: tuple[Neighbourhood, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    of, _ = told
    monkeypatch.setattr(of.container.past, "_wait", 0.0)
    then = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    path = f"/targets/K1/changes?lang=en&on=2018-12-31&from={then}"
    time.sleep(1.1)
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
    of.catch_up()
    waits = of.browser("operator").get(path)
    assert waits.status_code == 503
    assert waits.headers["Refresh"] == "3"
    assert "This page loads itself again" in text(waits)
    assert "Nothing differs between these two readings." in text(built(of, path))


def test_the_official_value_stands_beside_the_restated_one_with_the_reasons(
    told: tuple[Neighbourhood, dict[str, str]],
) -> None:
    of, ids = told
    path = "/targets/K1?lang=en&on=2018-12-31"
    frozen = {"plan": "nb-1051-2016", "on": "2018-12-31", "label": "Báo cáo <2018>"}
    of.did("kpi", "/official-values", frozen)
    page = text(of.browser("operator").get(path))
    assert "Official “Báo cáo <2018>”" in page
    assert "What was recorded since has not changed it." in page
    late = {"reason": "báo muộn", "occurred_on": "2018-06-01"}
    of.did("registry", f"/facilities/{ids['gach']}/closures", late)
    of.catch_up()
    answer = of.browser("operator").get(path)
    assert "What was recorded after the freeze makes it differ." in text(answer)
    link = re.search(r'href="(/targets/K1/changes[^"]*)">Why it differs', answer.text)
    assert link
    why = text(built(of, unescape(link.group(1)) + "&lang=en"))
    assert "1 changes make up this difference" in why
    assert "Gạch Đông Sơn" in why
    assert "facility.closed" in why
