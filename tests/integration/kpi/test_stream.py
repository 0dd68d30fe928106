"""The stream of news as a browser meets it: signed in by the cookie, heard by the pages' own origin alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import msgspec
import pytest
from flask.testing import FlaskClient

from services.eventkit.settings import Settings
from services.kpi.container import Container
from services.kpi.live.app import create_app
from services.kpi.pages import COOKIE
from tests.integration.kpi.conftest import Stored
from tests.integration.kpi.test_api import province
from tests.issuer import Issuer

__all__ = ["province"]

PAGES = "https://sxsh.example.vn"


@pytest.fixture
def listener(client: FlaskClient, issuer: Issuer, mongo_uri: str) -> FlaskClient:
    """Not signed in."""
    built: Container = client.application.extensions["sxsh"].container
    settings = Settings(
        service="kpi",
        mongodb_uri=mongo_uri,
        mongodb_database=built.store.database.name,
        topic_partitions=3,
        oidc_issuer=issuer.issuer,
        oidc_audience=issuer.audience,
        oidc_jwks_url=issuer.jwks_url,
        pages_url=PAGES,
    )
    return create_app(settings, replace(built)).test_client()


def first(frames: Iterator[bytes]) -> dict[str, object]:
    frame = next(frame for frame in frames if frame.startswith(b"event: news"))
    return dict(msgspec.json.decode(frame.partition(b"data: ")[2]))


def test_news_are_for_who_is_signed_in(listener: FlaskClient, issuer: Issuer, province: Stored) -> None:
    assert listener.get("/live").status_code == 401
    listener.set_cookie(COOKIE, "x.y.z")
    assert listener.get("/live").status_code == 401


def test_the_stream_says_what_the_pages_are_made_from(
    client: FlaskClient, listener: FlaskClient, issuer: Issuer, province: Stored
) -> None:
    listener.set_cookie(COOKIE, issuer.token("lan", ["trainer"]))
    answer = listener.get("/live", headers={"Origin": PAGES}, buffered=False)
    assert answer.mimetype == "text/event-stream"
    assert answer.headers["Access-Control-Allow-Origin"] == PAGES
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    news = first(iter(answer.response))
    answer.close()
    assert news["version"] == client.get("/news").json["version"]


def test_no_other_origin_may_listen(listener: FlaskClient, issuer: Issuer, province: Stored) -> None:
    listener.set_cookie(COOKIE, issuer.token("lan", ["trainer"]))
    for origin in ("https://evil.example", "http://sxsh.example.vn", "null"):
        answer = listener.get("/live", headers={"Origin": origin}, buffered=False)
        assert "Access-Control-Allow-Origin" not in answer.headers
        answer.close()
