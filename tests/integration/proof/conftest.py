from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.integration.proof.served import Service, Store
from tests.serving import served


@pytest.fixture
def service(database: Store, tmp_path: Path) -> Iterator[Service]:
    found = Service(database, tmp_path)
    with served(found.app) as found.url:
        yield found


@pytest.fixture
def http(service: Service) -> FlaskClient:
    return service.app.test_client()
