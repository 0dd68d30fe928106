"""A world has databases and a broker of its own. A test has one to itself, unless it says otherwise."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.sxsh.servers import Broker
from tests.chaos.world import SOURCES, World, serving
from tests.servers import own_broker


@contextmanager
def _world(mongo_uri: str, broker: Broker, folder: Path) -> Iterator[World]:
    made = World(mongo_uri, broker.bootstrap, folder, f"chaos_{uuid.uuid4().hex[:8]}")
    try:
        with serving(made):
            yield made
    finally:
        made.stop()


@pytest.fixture
def world(mongo_uri: str, own_kafka_broker: Broker, tmp_path: Path) -> Iterator[World]:
    with _world(mongo_uri, own_kafka_broker, tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def going_on(
    request: pytest.FixtureRequest, mongo_uri: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """One that goes on from test to test of a file, with what was done to it, its relays running."""
    folder = tmp_path_factory.mktemp("going-on")
    with own_broker(request, folder) as broker, _world(mongo_uri, broker, folder) as made:
        for source in SOURCES:
            made.relay(source)
        yield made
