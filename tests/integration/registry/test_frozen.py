"""A database that has stopped answering, without having gone: who asks is told, and loses nothing."""

from __future__ import annotations

import dataclasses
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import mongoengine
import pytest
from pymongo.errors import PyMongoError

from deploy.sxsh.servers import MongoServer
from services.eventkit.settings import Settings
from services.registry.app import create_app
from services.registry.views.models import ALIAS
from tests.integration.registry.people import People, facility, unit
from tests.issuer import Issuer


@contextmanager
def frozen(server: MongoServer) -> Iterator[None]:
    (child,) = server.children
    child.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        child.signal(signal.SIGCONT)


@pytest.fixture
def settings(issuer: Issuer, settings: Settings, own_mongo_server: MongoServer) -> Settings:
    return dataclasses.replace(settings, mongodb_uri=own_mongo_server.uri, mongodb_timeout=1)


def test_a_frozen_database_is_told_as_503_and_the_repeat_is_written_once(
    settings: Settings, issuer: Issuer, own_mongo_server: MongoServer
) -> None:
    people = People(create_app(settings), issuer)
    boss = people.sign_in("boss", "admin")
    try:
        boss.did("/units", unit("nho-quan", "372", "Huyện Nho Quan"))
        key = {"Idempotency-Key": "one"}
        with frozen(own_mongo_server):
            for ask in (
                lambda: boss.get("/units"),
                lambda: boss.get("/events"),
                lambda: boss.post("/facilities", facility("NB-1", "Lò 1"), **key),
            ):
                began = time.monotonic()
                answer = ask()
                assert answer.status_code == 503, answer.json
                assert answer.content_type == "application/problem+json"
                assert int(answer.headers["Retry-After"]) >= 1
                assert "does not answer" in answer.json["detail"]
                # The limit, and once more for what is looked up after a write that nobody answered.
                assert time.monotonic() - began < 4
        again = [boss.post("/facilities", facility("NB-1", "Lò 1"), **key) for _ in range(2)]
        assert [each.status_code for each in again] == [201, 201]
        assert again[0].json == again[1].json
        assert len(boss.read("/facilities")["items"]) == 1
    finally:
        mongoengine.disconnect(ALIAS)


def test_a_service_that_starts_without_a_database_ends_instead_of_waiting_for_an_hour(
    settings: Settings, own_mongo_server: MongoServer
) -> None:
    began = time.monotonic()
    with frozen(own_mongo_server), pytest.raises(PyMongoError):
        create_app(settings)
    assert time.monotonic() - began < 30
