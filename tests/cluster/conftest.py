"""Tests that need a cluster to break: `make test-cluster`. One world for all of them, which goes on from
fault to fault, as a system does."""

from __future__ import annotations

import os
import random
import uuid
from collections.abc import Iterator

import pytest

from tests.chaos.world import SOURCES, World, serving
from tests.cluster.cluster import Cluster

#: Decides whom a fault hits and for how long; another one tries another course.
SEED = os.environ.get("SXSH_SEED", "1")


def pytest_report_header() -> str:
    return f"faults of SXSH_SEED={SEED}"


@pytest.fixture
def dice(request: pytest.FixtureRequest) -> random.Random:
    return random.Random(f"{SEED}/{request.node.name}")


@pytest.fixture(scope="module")
def running(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Three logs, their relays and a projector on the cluster."""
    cluster.forget_topics()
    folder = tmp_path_factory.mktemp("running")
    made = World(cluster.mongo.uri, cluster.kafka.bootstrap, folder, f"faults_{uuid.uuid4().hex[:8]}")
    try:
        with serving(made):
            for source in SOURCES:
                made.relay(source)
            made.projector()
            yield made
    finally:
        made.stop()
