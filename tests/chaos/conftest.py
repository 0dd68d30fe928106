"""A world has databases and a broker of its own. A test has one to itself, unless it says otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.sxsh.servers import Broker
from tests.chaos.world import SOURCES, World, a_world
from tests.servers import own_broker

_going_on: list[World] = []


@pytest.fixture
def alone() -> None:
    """The processes of the world that went on have ended: on a cluster all have the same topics, and its
    relays would tell the next one's projector that it has everything."""
    while _going_on:
        _going_on.pop().end_all()


@pytest.fixture
def world(alone: None, mongo_uri: str, own_kafka_broker: Broker, tmp_path: Path) -> Iterator[World]:
    with a_world(mongo_uri, own_kafka_broker, tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def going_on(
    request: pytest.FixtureRequest, mongo_uri: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """One that goes on from test to test of a file, with what was done to it, its relays running."""
    folder = tmp_path_factory.mktemp("going-on")
    with own_broker(request, folder) as broker, a_world(mongo_uri, broker, folder) as made:
        for source in SOURCES:
            made.relay(source)
        _going_on.append(made)
        yield made
