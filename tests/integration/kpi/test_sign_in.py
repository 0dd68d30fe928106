"""Signing in at a real, strict OpenID provider: whoever comes back with something wrong is not believed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
import urllib3
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from services.eventkit.feed_client import FeedClient
from services.eventkit.settings import Settings
from services.kpi.app import build_officials, create_app
from services.kpi.container import Container
from services.kpi.neighbours import Neighbours
from services.kpi.pages import COOKIE
from services.kpi.past.register import Register
from services.kpi.views.lag import Logs
from services.kpi.views.live import LiveCube
from services.kpi.views.moments import Moments
from services.kpi.views.past import Past
from services.kpi.views.store import ProjectionStore
from services.kpi.views.traced import Trace
from tests.integration.kpi.conftest import PARTITIONS, Stored
from tests.integration.kpi.test_api import province
from tests.integration.kpi.test_pages import HERE, text
from tests.oidc import Provider

__all__ = ["province"]

BACK = f"{HERE}/sign-in/return"
PAGE = "/targets/K1?on=2018-12-31&lang=en"
_http = urllib3.PoolManager(retries=False)


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    with Provider(tmp_path, BACK, f"{HERE}/signed-out").serving() as found:
        found.enters("ivy", "inspector", "operator")
        yield found


@pytest.fixture
def settings(store: ProjectionStore, mongo_uri: str, provider: Provider) -> Settings:
    return Settings(
        service="kpi",
        mongodb_uri=mongo_uri,
        mongodb_database=store.database.name,
        oidc_issuer=provider.issuer,
        oidc_audience=provider.audience,
        oidc_jwks_url=provider.jwks_url,
        oidc_client_id=provider.client_id,
        oidc_client_secret=provider.client_secret,
        pages_url=HERE,
    )


def app_of(settings: Settings, store: ProjectionStore) -> Flask:
    live, feeds = LiveCube(store, PARTITIONS), dict[str, FeedClient]()
    past = Past(store, live, Moments(feeds, store.database), Register(store.database))
    official, none = build_officials(settings), Neighbours({})
    return create_app(settings, Container(store, live, Logs(feeds), past, Trace(feeds), official, none))


@pytest.fixture
def app(settings: Settings, store: ProjectionStore, province: Stored) -> Flask:
    return app_of(settings, store)


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    return app.test_client()


def sent(url: str, browser: FlaskClient | None = None) -> str:
    """Where an address of ours (asked by the browser) or of the provider leads."""
    if url.startswith(("/", HERE)):
        assert browser is not None
        answer = browser.get(url.removeprefix(HERE))
        assert answer.status_code == 303, text(answer)
        return answer.headers["Location"]
    found = _http.request("GET", url, redirect=False)
    assert found.status == 302, found.data
    return found.headers["Location"]


def back(browser: FlaskClient, page: str = PAGE) -> str:
    """From a page to the provider and back: the address at which the browser arrives, not opened yet."""
    return sent(sent(sent(page, browser), browser))


def refused(browser: FlaskClient, url: str, why: str, status: int = 401) -> TestResponse:
    answer = browser.get(url.removeprefix(HERE))
    assert answer.status_code == status
    assert why in text(answer)
    assert COOKIE not in answer.headers.get("Set-Cookie", "")
    assert browser.get_cookie(COOKIE) is None
    return answer


def test_one_signs_in_comes_back_to_the_page_and_out_at_both(
    browser: FlaskClient, provider: Provider
) -> None:
    asked = sent(PAGE, browser)
    at_issuer = sent(asked, browser)
    query = parse_qs(urlsplit(at_issuer).query)
    assert query["scope"] == ["openid"]
    assert query["code_challenge_method"] == ["S256"]
    arrived = browser.get(sent(at_issuer).removeprefix(HERE))
    assert arrived.headers["Location"] == PAGE
    cookie, id_cookie = arrived.headers.getlist("Set-Cookie")
    assert cookie.startswith(f"{COOKIE}=") and "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert "HttpOnly" in id_cookie and "Path=/sign-out" in id_cookie
    page = browser.get(PAGE)
    assert page.status_code == 200
    policy = page.headers["Content-Security-Policy"]
    assert f"form-action 'self' {provider.issuer};" in policy
    assert provider.client_secret not in str(arrived.headers) + page.text

    assert browser.post("/sign-out", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    out = browser.post("/sign-out", headers={"Origin": HERE})
    assert sent(out.headers["Location"]) == f"{HERE}/signed-out"
    assert provider.person is None
    assert "You are signed out" in text(browser.get("/signed-out"))
    assert browser.get(PAGE).status_code == 303
    refused(browser, back(browser), "access_denied")


def test_a_token_that_expires_sends_through_the_issuer_and_back(
    browser: FlaskClient, provider: Provider
) -> None:
    provider.access_claims = {"lasts": -60}
    refused(browser, back(browser), "expired")
    provider.access_claims = {}
    browser.get(back(browser).removeprefix(HERE))
    browser.set_cookie(COOKIE, provider.token("ivy", ["operator"], lasts=-60))
    kept = browser.post("/system/redrive", data={"subject": "facility:<a>"}, headers={"Origin": HERE})
    assert kept.status_code == 401
    assert '<input type="hidden" name="subject" value="facility:&lt;a&gt;">' in kept.text
    assert "/sign-in?next=/signed-in" in kept.text
    forged = browser.post(
        "/system/redrive", data={"subject": "x"}, headers={"Origin": "https://evil.example"}
    )
    assert forged.status_code == 403
    assert browser.post("/sign-out", headers={"Origin": HERE}).status_code == 303
    browser.get(back(browser, "/signed-in").removeprefix(HERE))
    assert browser.get("/signed-in").status_code == 200


def test_a_state_serves_once_and_a_code_too(browser: FlaskClient, provider: Provider) -> None:
    arrived = back(browser)
    browser.get(arrived.removeprefix(HERE))
    browser.delete_cookie(COOKIE)
    refused(browser, arrived, "is over")
    code = parse_qs(urlsplit(arrived).query)["code"][0]
    again = dict(parse_qsl(urlsplit(back(browser)).query))
    refused(browser, f"/sign-in/return?{urlencode({**again, 'code': code})}", "refused the code")
    refused(browser, f"/sign-in/return?{urlencode({'code': code, 'state': 'x' * 43})}", "was not begun here")
    refused(browser, "/sign-in/return", "was not begun here")


def test_a_stolen_code_is_good_for_nobody_else(app: Flask, browser: FlaskClient, provider: Provider) -> None:
    thief = app.test_client()
    stolen = dict(parse_qsl(urlsplit(back(browser)).query))
    own = dict(parse_qsl(urlsplit(back(thief)).query))
    refused(thief, f"/sign-in/return?{urlencode(stolen)}", "was not begun here")
    refused(thief, f"/sign-in/return?{urlencode({**own, 'code': stolen['code']})}", "refused the code")
    # Nor does the state that the thief tried spend it for its owner; the code is spent at the issuer.
    refused(browser, f"/sign-in/return?{urlencode(stolen)}", "refused the code")


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"access_claims": {"aud": "another"}}, "another audience"),
        ({"access_claims": {"iss": "https://evil.example"}}, "an issuer that is not believed"),
        ({"access_claims": {"sub": "mallory"}}, "not of one person"),
        ({"access_claims": {"typ": "ID"}}, "not an access token"),
        ({"access_claims": {"padding": "x" * 4000}}, "too long"),
        ({"id_claims": {"aud": "another"}}, "another audience"),
        ({"id_claims": {"aud": ["sxsh-pages", "another"], "azp": "another"}}, "another client"),
        ({"id_claims": {"nonce": "n" * 43}}, "another sign-in"),
        ({"id_claims": {"nonce": None}}, "lacks the claim nonce"),
        ({"id_claims": {"at_hash": "AAAA"}}, "do not belong together"),
        ({"id_claims": {"lasts": -60}}, "expired"),
    ],
    ids=lambda value: str(value)[:48],
)
def test_what_the_issuer_did_not_make_for_us_is_not_believed(
    browser: FlaskClient, provider: Provider, claims: dict[str, Any], why: str
) -> None:
    for name, value in claims.items():
        setattr(provider, name, value)
    refused(browser, back(browser), why)


def test_an_answer_of_another_issuer_and_another_host_lead_nowhere(
    browser: FlaskClient, provider: Provider
) -> None:
    mixed = dict(parse_qsl(urlsplit(back(browser)).query)) | {"iss": "https://evil.example"}
    refused(browser, f"/sign-in/return?{urlencode(mixed)}", "not believed here")
    for where in ("//evil.example", "https://evil.example/", "/\\evil.example"):
        arrived = sent(sent(f"/sign-in?{urlencode({'next': where})}", browser))
        assert browser.get(arrived.removeprefix(HERE)).headers["Location"] == "/"
        browser.delete_cookie(COOKIE)


def test_without_the_issuer_a_token_can_still_be_pasted(
    settings: Settings, store: ProjectionStore, province: Stored, provider: Provider
) -> None:
    silent = replace(settings, oidc_issuer="http://127.0.0.1:9")
    browser = app_of(silent, store).test_client()
    answer = refused(browser, "/sign-in?next=/system", "does not say where people sign in", 503)
    assert "/sign-in/token?next=/system" in answer.text
    assert 'name="next" value="/system"' in browser.get("/sign-in/token?next=/system").text
    assert browser.post("/sign-out", headers={"Origin": HERE}).headers["Location"] == "/signed-out"


def test_behind_tls_the_cookies_are_secure(
    settings: Settings, store: ProjectionStore, province: Stored, provider: Provider
) -> None:
    provider.redirect_uri = "https://sxsh.example.vn/sign-in/return"
    browser = app_of(replace(settings, pages_url="https://sxsh.example.vn"), store).test_client()
    begun = browser.get("/sign-in")
    assert "Secure" in begun.headers["Set-Cookie"]
    arrived = urlsplit(sent(begun.headers["Location"]))
    kept = browser.get(f"{arrived.path}?{arrived.query}", base_url="https://sxsh.example.vn")
    assert all("Secure" in cookie for cookie in kept.headers.getlist("Set-Cookie"))
