"""The registry on a real mongod, with two districts of a province registered."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mongoengine
import pytest
from flask import Flask
from pymongo import MongoClient

from services.eventkit.settings import Settings
from services.registry.app import build, create_app
from services.registry.container import Container
from services.registry.views.models import ALIAS
from tests.integration.registry.people import People, Person, unit
from tests.issuer import Issuer
from tests.servers import EmptiedDatabases


@pytest.fixture
def database_name(emptied_databases: EmptiedDatabases, mongod_lives: None) -> Iterator[str]:
    """Its collections may be there already, without a document."""
    with emptied_databases.of("registry") as name:
        yield name


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer(tmp_path)


@pytest.fixture
def settings(issuer: Issuer, mongo_uri: str, database_name: str) -> Settings:
    return Settings(
        service="registry",
        mongodb_uri=mongo_uri,
        mongodb_database=database_name,
        oidc_issuer=issuer.issuer,
        oidc_audience=issuer.audience,
        oidc_jwks_url=issuer.jwks_url,
        person_master_key=base64.b64encode(b"k" * 32).decode(),
    )


@pytest.fixture
def container(
    settings: Settings, mongo_client: MongoClient[dict[str, Any]], database_name: str
) -> Iterator[Container]:
    built = build(settings)
    yield built
    mongoengine.disconnect(ALIAS)
    mongo_client.drop_database(f"{database_name}_keys")


@pytest.fixture
def people(settings: Settings, container: Container, issuer: Issuer) -> People:
    app: Flask = create_app(settings, container)
    return People(app, issuer)


@pytest.fixture
def boss(people: People) -> Person:
    """An administrator, who has registered Ninh Bình and two of its districts."""
    admin = people.sign_in("boss", "admin")
    admin.did("/units", unit("ninh-binh", "37", "Tỉnh Ninh Bình", level="province", kind="province"))
    admin.did("/units", unit("nho-quan", "372", "Huyện Nho Quan", parent_id="ninh-binh"))
    admin.did("/units", unit("tam-diep", "370", "Thị xã Tam Điệp", kind="town", parent_id="ninh-binh"))
    return admin


@pytest.fixture
def lan(people: People, boss: Person) -> Person:
    """A registrar of the whole province."""
    return people.sign_in("lan", "registrar")


@pytest.fixture
def local(people: People, boss: Person) -> Person:
    """A registrar of Nho Quan alone."""
    return people.sign_in("minh", "registrar", districts=["nho-quan"])
