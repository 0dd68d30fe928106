"""Another service is asked as the caller, and what it refuses with is told on."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.eventkit.errors import InvalidInput, NotFound, Unauthenticated, Unavailable
from services.kpi.neighbours import Neighbours
from tests.registry_feed import KEY, RegistryFeed

AS = {"X-Api-Key": KEY}


def test_an_answer_and_each_refusal_come_through(tmp_path: Path) -> None:
    feed = RegistryFeed(tmp_path)
    feed.facility("f1", "37373")
    with feed.serving():
        ask = Neighbours({"registry": feed.url})
        found = ask.get("registry", "/events", AS, subject="facility:f1", limit="5")
        assert (found.status, found.headers["sxsh-head"], found.body["position"]) == (200, "1", 1)
        with pytest.raises(InvalidInput) as wrong:
            ask.get("registry", "/events", AS, limit="x")
        assert [each["field"] for each in wrong.value.errors] == ["/limit"]
        with pytest.raises(NotFound):
            ask.get("registry", "/nothing", AS)
        with pytest.raises(Unauthenticated):
            ask.get("registry", "/events", {})
        with pytest.raises(NotFound, match="nothing at this address"):
            ask.send("registry", "/nothing", AS, {"a": 1}, key="k1")
    with pytest.raises(Unavailable, match="registry service does not answer"):
        Neighbours({"registry": "http://127.0.0.1:9"}).get("registry", "/events", AS)
