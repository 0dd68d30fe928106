"""What an operator would lose: the end of a change's trace, just when the topic lost its records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from pymongo.database import Database

from services.eventkit import tracing
from services.eventkit.settings import Settings
from tests.collector import Collector
from tests.integration.log.world import PARTITIONS, World, commit, registered

TRACE = "0af7651916cd43dd8448eb211c80319c"


def test_what_comes_by_the_feed_ends_in_the_same_trace_and_is_told_once(
    new_database: Callable[[], Database[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
    with Collector().serving() as collector:
        named = Settings("kpi", "mongodb://unused", "unused", otel_exporter_otlp_endpoint=collector.url)
        tracing.start(named, "kpi-projector")
        try:
            world = World(new_database())
            one, other = (worker.projector for worker in world.workers)
            for number, flags in enumerate(("01", "01", "00")):
                subject = f"facility:{number}"
                new = commit(subject, 1, registered(subject))
                parent = f"00-{TRACE}-{number + 1:016x}-{flags}"
                world.log.append(msgspec.structs.replace(new, traceparent=parent))
            one.look_at_feed("registry")
            one.look_at_feed("registry")
            world.drain()
            other.reload()
            other.assign(range(PARTITIONS))
            collector.wait(TRACE, ["project"], 2)
        finally:
            tracing.stop()
    told = [(span.parent, span.attributes) for span in collector.of(TRACE) if span.name == "project"]
    assert sorted(told, key=lambda each: each[0]) == [
        (f"{number:016x}", {"log": "registry", "from": "feed"}) for number in (1, 2)
    ]
