"""Running systems for this tier, started by the command that a person uses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.collector import Collector
from tests.e2e.launched import Launched
from tests.e2e.province import Province


@pytest.fixture(scope="package")
def collector() -> Iterator[Collector]:
    """Of the traces that tests begin; nothing else is told to it."""
    with Collector().serving() as found:
        yield found


@pytest.fixture(scope="package")
def launched(tmp_path_factory: pytest.TempPathFactory, collector: Collector) -> Iterator[Launched]:
    """Ready to use. A test that kills its processes waits until they are back."""
    system = Launched(
        Path(tmp_path_factory.mktemp("launched")),
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
        OTEL_TRACES_SAMPLER_ARG="0",
        OTEL_BSP_SCHEDULE_DELAY="100",
    )
    try:
        system.start()
        yield system
    finally:
        system.end()


@pytest.fixture(scope="package")
def province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    """`run` it first: another test may have stopped it."""
    made = Province(Launched(Path(tmp_path_factory.mktemp("province"))))
    try:
        yield made
    finally:
        made.system.end()
