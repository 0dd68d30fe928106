"""The audits service on a real mongod, with a registry whose feed it really follows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mongoengine
import pytest
from flask import Flask

from services.audits.app import build, create_app
from services.audits.container import Container
from services.audits.views.common import ALIAS
from services.eventkit.settings import Settings
from tests.integration.audits.people import People, Person
from tests.issuer import Issuer
from tests.registry_feed import KEY, RegistryFeed
from tests.servers import EmptiedDatabases


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[RegistryFeed]:
    folder = tmp_path / "registry"
    folder.mkdir()
    with RegistryFeed(folder).serving() as feed:
        feed.facility("f-gach", "nho-quan")
        feed.facility("f-xi-mang", "tam-diep")
        yield feed


@pytest.fixture
def database_name(emptied_databases: EmptiedDatabases, mongod_lives: None) -> Iterator[str]:
    """Its collections may be there already, without a document."""
    with emptied_databases.of("audits") as name:
        yield name


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer(tmp_path)


@pytest.fixture
def settings(issuer: Issuer, mongo_uri: str, database_name: str, registry: RegistryFeed) -> Settings:
    return Settings(
        service="audits",
        mongodb_uri=mongo_uri,
        mongodb_database=database_name,
        oidc_issuer=issuer.issuer,
        oidc_audience=issuer.audience,
        oidc_jwks_url=issuer.jwks_url,
        registry_url=registry.url,
        service_api_key=KEY,
    )


@pytest.fixture
def container(settings: Settings) -> Iterator[Container]:
    built = build(settings)
    yield built
    mongoengine.disconnect(ALIAS)


@pytest.fixture
def app(settings: Settings, container: Container) -> Flask:
    return create_app(settings, container)


@pytest.fixture
def people(app: Flask, issuer: Issuer) -> People:
    return People(app, issuer)


@pytest.fixture
def an(people: People) -> Person:
    """An assessor."""
    return people.sign_in("an", "assessor")


@pytest.fixture
def dung(people: People) -> Person:
    """A reviewer, who had no part in what An does."""
    return people.sign_in("dung", "reviewer")


@pytest.fixture
def measured() -> Callable[..., dict[str, Any]]:
    """A year of a brick works, as it is sent."""

    def year(number: int = 2017, coal: str = "1200", **changes: Any) -> dict[str, Any]:
        return {
            "period": {"start": f"{number}-01-01", "end": f"{number}-12-31"},
            "products": [{"code": "brick", "name": "Gạch nung", "unit": "1000 pieces", "output": 9000}],
            "flows": [
                {"resource": "coal-5-6", "quantity": coal, "unit": "t", "basis": "metered"},
                {"resource": "electricity", "quantity": "81000.5", "unit": "kWh", "basis": "metered"},
            ],
            **changes,
        }

    return year
