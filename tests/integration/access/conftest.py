"""Four services, two districts, and one of each record in both."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import MongoClient

from services.eventkit.identity import Role
from tests.integration.access.province import Province, key_of, tell
from tests.integration.kpi.neighbourhood import neighbourhood
from tests.issuer import api_key_entry


@pytest.fixture(scope="package")
def province(
    tmp_path_factory: pytest.TempPathFactory, mongo_uri: str, mongo_client: MongoClient[dict[str, Any]]
) -> Iterator[Province]:
    keys = [api_key_entry(f"meter-{role}", key_of(role), [role]) for role in Role]
    with neighbourhood(tmp_path_factory.mktemp("access"), mongo_uri, mongo_client, keys) as of:
        yield tell(of)
