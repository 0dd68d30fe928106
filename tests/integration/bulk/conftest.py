"""The registry on a real mongod, and a registrar who sends it files."""

from __future__ import annotations

import pytest

from services.eventkit.settings import Settings
from services.registry.app import create_app
from services.registry.container import Container
from tests.integration.bulk.sender import Sender
from tests.integration.registry.conftest import boss, container, issuer, lan, people, settings
from tests.integration.registry.people import Person
from tests.issuer import Issuer

__all__ = ["boss", "container", "issuer", "lan", "people", "settings"]


@pytest.fixture
def sender(settings: Settings, container: Container, issuer: Issuer, boss: Person) -> Sender:
    """A registrar of the whole province."""
    return Sender(create_app(settings, container), issuer.bearer("lan", ("registrar",)))


@pytest.fixture
def local(settings: Settings, container: Container, issuer: Issuer, boss: Person) -> Sender:
    """A registrar of Tam Điệp alone."""
    headers = issuer.bearer("minh", ("registrar",), districts=["tam-diep"])
    return Sender(create_app(settings, container), headers)
