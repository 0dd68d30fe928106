"""One client that asks without end must not take the service from the others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.eventkit.errors import TooManyRequests
from services.eventkit.http import create_app
from services.eventkit.http.rates import Rates
from services.eventkit.settings import Settings
from tests.issuer import Issuer, api_key_entry
from tests.unit.eventkit_http.conftest import MACHINE_KEY, Container, blueprint

WHO = "/api/v1/notes/whoami"
MOST = 5


def limited(issuer: Issuer, folder: Path, **settings: Any) -> FlaskClient:
    container = Container()
    keys = folder / "keys.json"
    keys.write_text(json.dumps([api_key_entry("kpi", MACHINE_KEY, ["inspector"])]))
    given = Settings(
        service="notes", mongodb_uri="mongodb://unused", mongodb_database="notes", rate_limit=MOST, **settings
    )
    app = create_app(
        "notes",
        title="Notes",
        settings=given,
        authenticator=issuer.authenticator(keys),
        blueprints=[blueprint()],
        container=container,
        log=container.log,
    )
    return app.test_client()


@pytest.fixture
def client(issuer: Issuer, tmp_path: Path) -> Iterator[FlaskClient]:
    with limited(issuer, tmp_path) as found:
        yield found


def statuses(client: FlaskClient, path: str, times: int, headers: dict[str, str]) -> list[int]:
    return [client.get(path, headers=headers).status_code for _ in range(times)]


def test_who_asks_too_much_is_told_when_to_go_on_and_nobody_else(client: FlaskClient, issuer: Issuer) -> None:
    assert statuses(client, WHO, MOST, issuer.bearer("alice")) == [200] * MOST
    # Of a person, not of a token: another one is no new allowance.
    answer = client.get(WHO, headers=issuer.bearer("alice", ["admin"]))
    assert answer.status_code == 429
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json()["type"].endswith("#problem-too-many-requests")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert client.get(WHO, headers=issuer.bearer("bob")).status_code == 200
    assert client.get(WHO, headers={"X-Api-Key": MACHINE_KEY}).status_code == 200


def test_who_is_not_believed_is_counted_by_address_and_stands_in_nobodys_way(
    client: FlaskClient, issuer: Issuer
) -> None:
    wrong = {"X-Api-Key": "guessed"}
    assert statuses(client, WHO, MOST + 1, wrong) == [401] * MOST + [429]
    assert client.get("/api/v1/openapi.json").status_code == 429
    assert statuses(client, "/healthz", 3 * MOST, {}) == [200] * 3 * MOST
    assert client.get(WHO, headers=issuer.bearer("alice")).status_code == 200


def test_behind_a_proxy_the_address_is_the_clients(issuer: Issuer, tmp_path: Path) -> None:
    client = limited(issuer, tmp_path, forwarded_allow_ips="127.0.0.1, 10.0.0.1")

    def ask(forwarded: str) -> int:
        return client.get("/api/v1/openapi.json", headers={"X-Forwarded-For": forwarded}).status_code

    assert [ask("1.2.3.4") for _ in range(MOST + 1)] == [200] * MOST + [429]
    # What the client itself claims stands further to the left.
    assert ask("9.9.9.9, 1.2.3.4") == 429
    assert ask("5.6.7.8") == 200


def test_an_address_that_is_only_claimed_is_not_believed(issuer: Issuer, tmp_path: Path) -> None:
    client = limited(issuer, tmp_path, forwarded_allow_ips="10.0.0.1")
    claimed = [{"X-Forwarded-For": f"1.2.3.{number}"} for number in range(MOST + 1)]
    answers = [client.get("/api/v1/openapi.json", headers=headers).status_code for headers in claimed]
    assert answers == [200] * MOST + [429]


def test_a_burst_may_be_a_minutes_and_then_each_waits_for_its_share() -> None:
    now = 0.0
    rates = Rates(60, clock=lambda: now)
    for _ in range(60):
        rates.count("alice")
    with pytest.raises(TooManyRequests) as refused:
        rates.count("alice")
    assert refused.value.retry_after == pytest.approx(1.0)
    now = 1.0
    rates.count("alice")
    with pytest.raises(TooManyRequests):
        rates.count("alice")
    now = 100.0
    for _ in range(60):
        rates.count("alice")


def test_clients_who_ask_no_more_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.eventkit.http.rates.REMEMBERED", 10)
    now = 0.0
    rates = Rates(60, clock=lambda: now)
    for number in range(100):
        now += 2.0
        rates.count(f"address {number}")
    assert len(rates._paid) <= 10


def test_the_document_says_so(client: FlaskClient) -> None:
    document = client.get("/api/v1/openapi.json").get_json()
    for methods in document["paths"].values():
        for operation in methods.values():
            if isinstance(operation, dict) and "responses" in operation:
                assert "429" in operation["responses"]
    assert "Retry-After" in document["components"]["responses"]["Problem429"]["headers"]
