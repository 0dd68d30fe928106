"""What somebody signs in with is believed no more, seconds after an operator said so, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from pymongo import MongoClient
from pymongo.database import Database
from werkzeug.test import TestResponse

from services.eventkit.errors import Unauthenticated, Unavailable
from services.eventkit.identity import Authenticator, Role
from services.eventkit.identity.revocations import RECHECK, Revocations
from tests.integration.access.province import Province, key_of

PATH = "/api/v1/revocations"
LIST = "/api/v1/courses?limit=1"


@pytest.fixture
def training(province: Province) -> FlaskClient:
    return province.of.apps["training"].test_client()


def bearer(province: Province, name: str, *roles: str, age: float = 0, **claims: Any) -> dict[str, str]:
    iat = int(datetime.now(UTC).timestamp() - age)
    return province.of.issuer.bearer(name, roles, **{"iat": iat, **claims})


def revoked(province: Province, client: FlaskClient, **what: str) -> str:
    answer = client.post(PATH, json={"reason": "mất máy", **what}, headers=bearer(province, "op", "operator"))
    assert answer.status_code == 201, answer.text
    return str(answer.get_json()["id"])


def refused(answer: TestResponse) -> bool:
    assert answer.status_code in (200, 401)
    if answer.status_code == 401:
        assert "revoked" in answer.get_json()["detail"]
        assert answer.headers["WWW-Authenticate"]
    return answer.status_code == 401


def test_a_subjects_tokens_end_and_later_ones_are_believed(province: Province, training: FlaskClient) -> None:
    stolen, another = bearer(province, "thuy", age=60), bearer(province, "khanh", age=60)
    assert not refused(training.get(LIST, headers=stolen))
    revoked(province, training, subject="thuy")
    assert refused(training.get(LIST, headers=stolen))
    assert not refused(training.get(LIST, headers=another))
    assert not refused(training.get(LIST, headers=bearer(province, "thuy", age=-5)))
    # Each service has its own list: an operator tells all four.
    assert not refused(
        province.of.apps["registry"].test_client().get("/api/v1/units?limit=1", headers=stolen)
    )
    assert refused(training.get(LIST, headers=bearer(province, "thuy", iat=None)))


def test_one_token_ends_and_its_subjects_others_do_not(province: Province, training: FlaskClient) -> None:
    one, two = (bearer(province, "hai", age=60, jti=jti) for jti in ("t-1", "t-2"))
    assert not refused(training.get(LIST, headers=one))
    id_ = revoked(province, training, token_id="t-1")
    assert refused(training.get(LIST, headers=one))
    assert not refused(training.get(LIST, headers=two))
    (listed,) = [
        each
        for each in training.get(PATH, headers=bearer(province, "op", "operator")).get_json()["items"]
        if each["id"] == id_
    ]
    assert (listed["by"], listed["reason"]) == ("op", "mất máy")
    assert training.delete(f"{PATH}/{id_}", headers=bearer(province, "op", "operator")).status_code == 403
    assert training.delete(f"{PATH}/{id_}", headers=bearer(province, "sep", "admin")).status_code == 204
    assert training.delete(f"{PATH}/{id_}", headers=bearer(province, "sep", "admin")).status_code == 404
    assert not refused(training.get(LIST, headers=one))


def test_an_api_key_ends_for_good(province: Province, training: FlaskClient) -> None:
    key = {"X-Api-Key": key_of(Role.ASSESSOR)}
    assert not refused(training.get(LIST, headers=key))
    id_ = revoked(province, training, subject="machine:meter-assessor")
    assert refused(training.get(LIST, headers=key))
    assert training.delete(f"{PATH}/{id_}", headers=bearer(province, "sep", "admin")).status_code == 204


@pytest.mark.parametrize("body", [{}, {"subject": "a", "token_id": "b"}, {"subject": ""}])
def test_what_is_to_be_revoked_must_be_one_thing(
    province: Province, training: FlaskClient, body: dict[str, str]
) -> None:
    sent = {"reason": "x", **body}
    answer = training.post(PATH, json=sent, headers=bearer(province, "op", "operator"))
    assert answer.status_code == 422


class Worker:
    """Another process of a service, which looks at its database by itself."""

    def __init__(self, province: Province, database: Database[dict[str, object]]) -> None:
        self.now = 0.0
        self.believes: Authenticator = province.of.issuer.authenticator()
        self.believes.revocations = Revocations(database, clock=lambda: self.now)  # type: ignore[arg-type]

    def lets_in(self, headers: dict[str, str]) -> bool:
        try:
            self.believes.authenticate(headers["Authorization"], None)
        except Unauthenticated:
            return False
        return True


def test_other_workers_know_within_seconds(province: Province, database: Database[dict[str, object]]) -> None:
    worker, stolen = Worker(province, database), bearer(province, "thuy", age=60)
    assert worker.lets_in(stolen)
    Revocations(database).add("subject", "thuy", by="op", reason="x")  # type: ignore[arg-type]
    worker.now = RECHECK
    assert not worker.lets_in(stolen)


def test_a_worker_that_never_knew_what_is_revoked_believes_nobody(province: Province) -> None:
    away: MongoClient[dict[str, object]] = MongoClient("mongodb://127.0.0.1:9", serverSelectionTimeoutMS=50)
    with pytest.raises(Unavailable), away:
        Worker(province, away["nowhere"]).lets_in(bearer(province, "an"))
