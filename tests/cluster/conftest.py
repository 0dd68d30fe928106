"""Tests that need a cluster to break: `make test-cluster`. One world for all of them, which goes on from
fault to fault, as a system does."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster
from tests.cluster.scene import Scene, new_scene

#: Decides whom a fault hits and for how long; another one tries another course.
SEED = os.environ.get("SXSH_SEED", "1")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where there is no cluster, what needs one says so; no server is started."""
    if os.environ.get("SXSH_TEST_CLUSTER") != "3":
        lacking = pytest.mark.skip(
            reason="needs three nodes of Apache Kafka and three mongods: make test-cluster"
        )
        for item in items:
            if item.path.parent == Path(__file__).parent and "cluster" in getattr(item, "fixturenames", ()):
                item.add_marker(lacking)


def pytest_report_header() -> str:
    return f"faults of SXSH_SEED={SEED}"


@pytest.fixture
def dice(request: pytest.FixtureRequest) -> random.Random:
    return random.Random(f"{SEED}/{request.node.name}")


@pytest.fixture(scope="module")
def scene(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Three logs, their relays and a projector on the cluster."""
    with new_scene(cluster, tmp_path_factory.mktemp("scene")) as made:
        made.start()
        yield made
