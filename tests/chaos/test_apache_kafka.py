"""The broker of a real deployment: an event goes through it into the numbers, and what it took it keeps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.sxsh.servers import ApacheKafka
from tests.chaos.world import SOURCES, World, a_world
from tests.cluster.checker import check_log, check_topic
from tests.servers import ensure_kafka_jars


@pytest.fixture
def apache(tmp_path: Path) -> Iterator[ApacheKafka]:
    ensure_kafka_jars()
    broker = ApacheKafka(tmp_path / "kafka", lambda name: tmp_path / f"{name}.log")
    try:
        broker.start()
        broker.wait_ready()
        yield broker
    finally:
        broker.stop()


@pytest.fixture
def on_apache(mongo_uri: str, apache: ApacheKafka, tmp_path: Path) -> Iterator[World]:
    with a_world(mongo_uri, apache, tmp_path) as made:
        yield made


def test_apache_kafka_keeps_what_it_has_taken_over_a_restart(on_apache: World, apache: ApacheKafka) -> None:
    on_apache.register("1", "2", "3")
    for source in SOURCES:
        on_apache.relay(source)
    on_apache.projector()
    on_apache.caught_up()
    on_apache.published()
    assert apache.stop()
    apache.start()
    apache.wait_ready()
    on_apache.register("4", "5")
    on_apache.caught_up()
    on_apache.published()
    on_apache.check(facilities=5, aware=2)
    for source in SOURCES:
        check_topic(on_apache, source, check_log(on_apache, source))
