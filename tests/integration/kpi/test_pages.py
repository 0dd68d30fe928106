"""What an operator sees in a browser: the same numbers as the API's, signed in, in both languages."""

from __future__ import annotations

import re
import threading
import time
from datetime import UTC, datetime
from html import unescape
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from services.eventkit.errors import Unavailable
from services.eventkit.proof.verifications import Verifications
from services.eventkit.verify import Fault, Verdict
from services.kpi.domain.boundaries import MOST_BYTES
from services.kpi.neighbours import Neighbours
from services.kpi.pages import COOKIE, assets
from services.kpi.pages.assets import Assets
from services.kpi.pages.boundaries import FORM
from services.kpi.views.live import FRESH
from tests.integration.kpi.conftest import Stored
from tests.integration.kpi.test_api import get, province
from tests.issuer import Issuer
from tests.unit.kpi.test_boundaries import feature, file, square

__all__ = ["province"]

HERE = "http://localhost"


@pytest.fixture
def without_npm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(assets, "LIBRARIES", tmp_path)


@pytest.fixture
def browser(client: FlaskClient, issuer: Issuer) -> FlaskClient:
    """Signed in by the form, with no other credentials."""
    del client.environ_base["HTTP_AUTHORIZATION"]
    sign_in(client, issuer.token("ivy", ["inspector", "operator"]))
    return client


def sign_in(client: FlaskClient, token: str, then: str = "/") -> TestResponse:
    return client.post("/sign-in", data={"token": token, "next": then}, headers={"Origin": HERE})


def text(answer: TestResponse) -> str:
    """What a person reads: without tags, white space as one space."""
    body = re.sub(r"<(style|script|title|head)\b.*?</\1>", " ", answer.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", body))).strip()


def test_who_is_not_signed_in_is_asked_to_and_comes_back_to_the_page(
    client: FlaskClient, issuer: Issuer, province: Stored
) -> None:
    del client.environ_base["HTTP_AUTHORIZATION"]
    asked = client.get("/targets/K1?on=2018-12-31")
    assert asked.status_code == 303
    assert unquote(asked.headers["Location"]) == "/sign-in?next=/targets/K1?on=2018-12-31"
    assert client.get(asked.headers["Location"]).status_code == 200
    refused = sign_in(client, "x.y.z")
    assert refused.status_code == 401
    assert "Mã không được chấp nhận" in text(refused)
    done = sign_in(client, issuer.token("ivy", ["inspector"]), "/targets/K1?on=2018-12-31")
    assert done.headers["Location"] == "/targets/K1?on=2018-12-31"
    cookie = done.headers["Set-Cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert client.get("/targets/K1").status_code == 200
    assert client.post("/sign-out", headers={"Origin": HERE}).status_code == 303
    assert client.get("/").status_code == 303


@pytest.mark.parametrize(
    "where",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "evil", "/\t/evil.example", "/\n/x"],
)
def test_signing_in_leads_to_no_other_host(client: FlaskClient, issuer: Issuer, where: str) -> None:
    assert sign_in(client, issuer.token("ivy", []), where).headers["Location"] == "/"


def test_a_link_signs_a_browser_in_once(client: FlaskClient, issuer: Issuer, province: Stored) -> None:
    """It is opened before it is used, so that what looks at links of itself does not use it up."""
    token = issuer.token("local", ["operator"], districts=["nho-quan"])
    made = client.post("/sign-in/links", headers={"Authorization": f"Bearer {token}"})
    assert made.status_code == 201
    assert token not in str(province.database.tickets.find_one())
    browser = client.application.test_client()
    assert browser.post("/sign-in/links").status_code == 401
    path = made.json["path"]
    assert "«local», vai trò: operator. Giới hạn trong: nho-quan." in text(browser.get(path))
    opened = browser.get(path)
    code = {"code": re.search(r'name="code" value="([^"]+)"', opened.text)[1]}  # type: ignore[index]
    assert (
        browser.post("/sign-in/link", data=code, headers={"Origin": "https://evil.example"}).status_code
        == 403
    )
    used = browser.post("/sign-in/link", data=code, headers={"Origin": HERE})
    assert (used.status_code, used.headers["Location"]) == (303, "/")
    assert browser.get_cookie(COOKIE).value == token  # type: ignore[union-attr]
    assert browser.get("/").status_code == 200
    assert browser.post("/sign-in/link", data=code, headers={"Origin": HERE}).status_code == 404
    assert browser.get(path).status_code == 404


def test_the_overview_states_the_findings_that_the_api_has(browser: FlaskClient, province: Stored) -> None:
    targets = {one["code"]: one for one in get(browser, "/targets")["targets"]}
    k1, k3 = targets["K1"], targets["K3"]
    vietnamese, english = text(browser.get("/")), text(browser.get("/?lang=en"))
    assert f"{k1['numerator']} trên {k1['denominator']} cơ sở (25,0%): còn thiếu 3 cơ sở" in vietnamese
    assert f"{k1['numerator']} of {k1['denominator']} facilities (25.0%): 3 more are needed" in english
    assert (k3["numerator"], k3["denominator"]) == (1, 2)
    assert "1 of 2 districts and cities" in english
    assert "without one: Yên Mô district" in english or "without one: Yen Mo" in english
    assert "Missed" in english
    assert "registry 7, audits 9, training 4" in english


def test_the_first_page_says_where_the_plan_stands_what_holds_it_back_and_what_to_do(
    browser: FlaskClient, province: Stored
) -> None:
    page = browser.get("/?lang=en")
    said = text(page)
    assert "1 of 3 targets were reached; missed: K1, K3; the plan ended on 31 Dec 2020." in said
    assert "Awareness: Yên Mô district lacks most, 2 facilities (0.0%)." in said
    assert "Officers: none in Yên Mô district." in said
    assert "Review the doubtful figures of 1 facilities" in said
    assert "Held back most by: Yên Mô district (2 facilities short, at 0.0%)" in said
    assert 'href="/targets/K1/facilities?lang=en&amp;counted=false&amp;unit_id=yen-mo"' in page.text
    early = text(browser.get("/?lang=en&on=2017-12-31"))
    assert "1096 days are left" in early or "1,096 days are left" in early


def test_a_target_has_chart_table_and_files_its_path_ahead_and_its_rule_with_the_version(
    browser: FlaskClient, province: Stored
) -> None:
    answer = browser.get("/targets/K1?lang=en&on=2018-12-31")
    page = text(answer)
    for heading in ("By district and city", "By industry", "By size", "Month by month"):
        assert heading in page
    assert 'class="ahead"' in answer.text
    assert "Rules sxsh-2016, version 2" in page
    assert "No official value was frozen for this day." in page
    assert answer.text.count("<details name=") == 3 * 5
    links = re.findall(r'href="(/api/v1/[^"]*)" download', answer.text)
    assert len(links) == 3 * 5
    assert browser.get(unescape(links[0])).status_code == 200


def test_the_language_chosen_is_kept(browser: FlaskClient, province: Stored) -> None:
    assert 'lang="vi"' in browser.get("/").text
    browser.get("/?lang=en")
    assert '<html lang="en">' in browser.get("/").text


@pytest.mark.parametrize("code", ["K1", "K2", "K2a", "K2b", "K2c", "K2d", "K3"])
def test_each_target_has_a_page_with_its_rule_and_its_numbers(
    browser: FlaskClient, province: Stored, code: str
) -> None:
    detail = get(browser, f"/targets/{code}")
    page = text(browser.get(f"/targets/{code}?lang=en"))
    assert " ".join(detail["rule"]["en"].split()) in page
    for row in detail["by_district"]:
        assert row["name"]["en"] in page


def test_a_filter_in_the_address_is_that_of_the_api(browser: FlaskClient, province: Stored) -> None:
    chosen = get(browser, "/targets/K2a", kind="household")["target"]
    page = browser.get("/targets/K2a?kind=household&lang=en&unit_id=")
    assert f"{chosen['numerator']} of {chosen['denominator']} facilities" in text(page)
    assert '<option value="household" selected>' in page.text


def test_what_is_wrong_in_the_address_is_named(browser: FlaskClient, province: Stored) -> None:
    wrong = browser.get("/?on=2018-13-01&kind=factory")
    assert wrong.status_code == 422
    assert "on :" in text(wrong)
    assert "kind : Must be one of: enterprise, household." in text(wrong)
    assert browser.get("/targets/K9").status_code == 404
    assert browser.get("/?plan=none").status_code == 404


def test_the_cookie_changes_nothing_for_another_site(browser: FlaskClient, province: Stored) -> None:
    """A page elsewhere can make a browser send the form; it must not be believed."""
    path = "/api/v1/projections/parked/facility:a/redrive"
    for headers in ({}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert browser.post(path, headers=headers).status_code == 403
        assert (
            browser.post("/system/redrive", data={"subject": "facility:a"}, headers=headers).status_code
            == 403
        )
    assert browser.post(path, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 404


def test_an_operator_redrives_from_the_page(browser: FlaskClient, province: Stored) -> None:
    province.database.parked.insert_one(
        {
            "_id": "g1|facility:a",
            "generation": "g1",
            "partition": 0,
            "flush": 1,
            "subject": "facility:a",
            "error": "<script>alert(1)</script>",
            "since": datetime.now(UTC),
            "events": [{"source": "registry", "event": b"{}"}],
        }
    )
    page = browser.get("/system")
    assert "facility:a" in text(page)
    assert "<script>" not in page.text
    done = browser.post("/system/redrive", data={"subject": "facility:a"}, headers={"Origin": HERE})
    assert done.status_code == 303
    assert province.database.parked.find_one({"_id": "g1|facility:a"})["redrive_requested"]


def test_the_page_of_the_system_says_what_is_proved_and_what_is_built(
    browser: FlaskClient, province: Stored
) -> None:
    page = text(browser.get("/system?lang=en"))
    assert "Not verified yet; run `sxsh verify`." in page and "In use" in page
    walks = Verifications(province.database)
    walks.add(Verdict(True, 1234), datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert "Nguyên vẹn, 1.234 lần ghi, 10:04:05 02/01/2026" in text(browser.get("/system?lang=vi"))
    walks.add(Verdict(False, 41, 42, "", Fault.REMOVED), datetime(2026, 1, 3, tzinfo=UTC))
    assert "Bị xóa ở lần ghi 42" in text(browser.get("/system?lang=vi"))


def test_roles_hold_for_pages_too(client: FlaskClient, issuer: Issuer, province: Stored) -> None:
    del client.environ_base["HTTP_AUTHORIZATION"]
    sign_in(client, issuer.token("tam", ["trainer"]))
    assert client.get("/").status_code == 200
    assert client.get("/system").status_code == 403


PAGES = ("/", "/targets/K1", "/assessments", "/training", "/funding", "/tasks", "/system", "/sign-in")


def loads_of_itself_alone(browser: FlaskClient, path: str) -> tuple[TestResponse, list[str]]:
    """The page, and what it loads: nothing of another host, nothing inline."""
    answer = browser.get(path)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert not re.search(r'\sstyle="', answer.text)
    assert not re.search(r"<script(?! src=)", answer.text)
    for address in re.findall(r'(?:href|src|action)="([^"]*)"', answer.text):
        assert address.startswith(("/", "#")) and not address.startswith("//")
    return answer, re.findall(r'<(?:script src|link rel="stylesheet" href)="([^"]+)"', answer.text)


def test_without_npm_no_script_runs_and_a_page_is_small(
    without_npm: None, browser: FlaskClient, province: Stored
) -> None:
    for path in PAGES:
        answer, loaded = loads_of_itself_alone(browser, path)
        assert "script-src" not in answer.headers["Content-Security-Policy"]
        assert "<script" not in answer.text
        assert len(loaded) == 1
        assert len(answer.data) + len(browser.get(loaded[0]).data) < 200_000


def test_scripts_are_those_of_this_service_and_evaluate_nothing(
    browser: FlaskClient, province: Stored
) -> None:
    if not Assets().scripts:
        pytest.skip("htmx, idiomorph and ECharts are not installed: npm ci")
    for path in PAGES:
        answer, loaded = loads_of_itself_alone(browser, path)
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self'; connect-src 'self'" in policy
        assert "unsafe" not in policy
        assert '"allowEval":false' in unescape(answer.text)
        sizes = {one: len(browser.get(one, headers={"Accept-Encoding": "gzip"}).data) for one in loaded}
        assert len(loaded) == (6 if path.startswith("/targets") else 4)
        assert sum(size for one, size in sizes.items() if "charts" not in one) < 100_000


def test_news_are_of_the_version_that_a_page_is_made_from(browser: FlaskClient, province: Stored) -> None:
    def version() -> str:
        return re.search(r'id="page" data-version="([0-9a-f]+)"', browser.get("/").text)[1]

    before = browser.get("/news").json["version"]
    assert version() == before
    province.flush(registry=province.positions["registry"] + 1)
    time.sleep(FRESH)
    after = browser.get("/news").json["version"]
    assert version() == after != before
    # What was known at a moment stays as it is: there are no news of it.
    past = browser.get("/?known_at=2100-01-01")
    assert past.status_code == 200
    assert 'id="live"' not in past.text


def test_a_fragment_is_refused_without_leading_elsewhere(client: FlaskClient, province: Stored) -> None:
    del client.environ_base["HTTP_AUTHORIZATION"]
    assert client.get("/", headers={"HX-Request": "true"}).status_code == 401


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/funding", "registry"),
        ("/tasks", "registry"),
        ("/assessments", "assessments"),
        ("/training", "training"),
    ],
)
def test_a_page_stands_when_another_service_does_not(
    browser: FlaskClient, province: Stored, path: str, service: str
) -> None:
    """What the projection knows is shown; what is missing is named, with what to do."""
    answer = browser.get(f"{path}?lang=en")
    assert answer.status_code == 200
    assert f"The {service} service does not answer" in text(answer)
    assert "registry 7, audits 9, training 4" in text(answer)


def test_services_that_stand_still_hold_up_a_page_no_longer_than_one_of_them(
    browser: FlaskClient, province: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting: set[int] = set()
    at_once: list[int] = []

    def still(*question: object, **_: object) -> None:
        waiting.add(threading.get_ident())
        at_once.append(len(waiting))
        time.sleep(0.4)
        waiting.discard(threading.get_ident())
        raise Unavailable("Nobody answers.")

    monkeypatch.setattr(Neighbours, "get", still)
    assert "does not answer" in text(browser.get("/assessments?lang=en"))
    assert len(at_once) >= 6
    assert max(at_once) > len(at_once) / 2, "asked one after another"


def test_an_operator_gives_boundaries_and_the_map_is_drawn_by_them(
    browser: FlaskClient, province: Stored
) -> None:
    before = browser.get("/targets/K1?lang=en")
    assert "schematic map" in text(before)
    wrong = upload(browser, file(feature("atlantis", square(105.7, 20.3))))
    assert wrong.status_code == 422
    assert "there is no unit 'atlantis'" in text(wrong)
    assert upload(browser, file(feature("yen-mo", square(105.7, 20.3)))).status_code == 303
    after = browser.get("/targets/K1?lang=en")
    assert after.text.count('<path class="shape ') == 1
    assert 'aria-label="Yên Mô district: 0.0% (0 / 2)"' in after.text
    assert 'class="tile ' in after.text
    assert "Nho Quan district" in text(after)
    assert "map&lt;1&gt;.geojson" in after.text
    assert browser.post("/boundaries/removal", headers={"Origin": HERE}).status_code == 303
    assert "schematic map" in text(browser.get("/targets/K1?lang=en"))
    assert browser.post("/boundaries", data={}, headers={"Origin": HERE}).status_code == 422
    monstrous = upload(browser, b"x" * (MOST_BYTES + FORM + 1))
    assert monstrous.status_code == 413


def upload(browser: FlaskClient, raw: bytes) -> TestResponse:
    return browser.post(
        "/boundaries?lang=en", data={"file": (BytesIO(raw), "map<1>.geojson")}, headers={"Origin": HERE}
    )


def test_only_an_operator_of_the_whole_province_gives_boundaries(
    client: FlaskClient, issuer: Issuer, province: Stored
) -> None:
    del client.environ_base["HTTP_AUTHORIZATION"]
    client.set_cookie(COOKIE, issuer.token("tam", ["inspector"]))
    assert client.get("/boundaries").status_code == 403
    client.set_cookie(COOKIE, issuer.token("minh", ["operator"], districts=["yen-mo"]))
    assert upload(client, file(feature("yen-mo", square(105.7, 20.3)))).status_code == 403
