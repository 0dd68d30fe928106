"""The training service on a real mongod, following the feed of a registry."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mongoengine
import pytest
from flask import Flask
from pymongo import MongoClient

from services.eventkit.settings import Settings
from services.training.app import build, create_app
from services.training.container import Container
from services.training.views.common import ALIAS
from tests.integration.training.people import Person
from tests.issuer import Issuer
from tests.registry_feed import KEY, RegistryFeed
from tests.servers import EmptiedDatabases


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[RegistryFeed]:
    folder = tmp_path / "registry"
    folder.mkdir()
    with RegistryFeed(folder).serving() as feed:
        feed.unit("kim-son")
        feed.unit("yen-mo")
        feed.facility("f-coi", "kim-son")
        feed.facility("f-gom", "yen-mo")
        feed.officer("o-hoa", "kim-son")
        feed.officer("o-lan", "yen-mo")
        yield feed


@pytest.fixture
def database_name(emptied_databases: EmptiedDatabases, mongod_lives: None) -> Iterator[str]:
    """Its collections may be there already, without a document."""
    with emptied_databases.of("training") as name:
        yield name


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer(tmp_path)


@pytest.fixture
def container(
    issuer: Issuer,
    mongo_uri: str,
    database_name: str,
    registry: RegistryFeed,
    mongo_client: MongoClient[dict[str, Any]],
) -> Iterator[Container]:
    yield build(settings_of(issuer, mongo_uri, database_name, registry.url))
    mongoengine.disconnect(ALIAS)
    mongo_client.drop_database(f"{database_name}_keys")


def settings_of(issuer: Issuer, mongo_uri: str, database_name: str, registry_url: str) -> Settings:
    return Settings(
        service="training",
        mongodb_uri=mongo_uri,
        mongodb_database=database_name,
        oidc_issuer=issuer.issuer,
        oidc_audience=issuer.audience,
        oidc_jwks_url=issuer.jwks_url,
        person_master_key=base64.b64encode(bytes(range(32))).decode(),
        registry_url=registry_url,
        service_api_key=KEY,
    )


@pytest.fixture
def app(issuer: Issuer, mongo_uri: str, container: Container, registry: RegistryFeed) -> Flask:
    settings = settings_of(issuer, mongo_uri, container.database.name, registry.url)
    return create_app(settings, container)


@pytest.fixture
def sign_in(app: Flask, issuer: Issuer) -> Callable[..., Person]:
    """`sign_in("mai", "trainer", districts=["kim-son"])`."""

    def person(name: str, *roles: str, districts: list[str] | None = None) -> Person:
        return Person(app, issuer.bearer(name, roles, districts=districts))

    return person


@pytest.fixture
def mai(sign_in: Callable[..., Person]) -> Person:
    """A trainer of the whole province."""
    return sign_in("mai", "trainer")
