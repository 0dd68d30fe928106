"""One world a test: own databases, own broker."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.sxsh.servers import Broker
from tests.chaos.world import World, serving


@pytest.fixture
def world(mongo_uri: str, own_kafka_broker: Broker, tmp_path: Path) -> Iterator[World]:
    made = World(mongo_uri, own_kafka_broker.bootstrap, tmp_path, f"chaos_{uuid.uuid4().hex[:8]}")
    try:
        with serving(made):
            yield made
    finally:
        made.stop()
