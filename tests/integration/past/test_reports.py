"""What a reader of a report would lose: why it says something else than the official value, and the report as
it was known then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tests.integration.past.conftest import System
from tests.integration.past.history import History
from tests.integration.past.test_changes import told

__all__ = ["told"]


def test_what_is_restated_is_told_with_its_reasons(told: System) -> None:
    frozen = told.client.post(
        "/api/v1/official-values",
        json={"on": "2018-12-31", "label": "Báo cáo 2018", "known_at": "2019-01-15"},
    )
    assert frozen.status_code == 201, frozen.text
    report = told.get("/reports/2018")
    k1 = report["targets"][0]
    assert (k1["official"]["value"], k1["value"], k1["official"]["restated"]) == ("0/3", "1/2", True)
    of_k1 = [one for one in report["official"]["differences"] if one["code"] == "K1"]
    assert sum(one["numerator"] for one in of_k1) == k1["official"]["difference"]["numerator"] == 1
    assert sum(one["denominator"] for one in of_k1) == k1["official"]["difference"]["denominator"] == -1
    became = {one["to"]["en"]: (one["from"]["en"], one["count"]) for one in of_k1}
    assert became["named a benefit in a survey on …"] == ("there is no evidence of awareness", 1)
    assert any(words.startswith("merged into the facility two") for words in became)


def test_it_is_the_same_from_the_live_projection_and_from_the_moment_of_its_positions(
    system_of: Callable[[History], System],
) -> None:
    history = History(7, facilities=9, steps=150)
    system = system_of(history)
    system.catch_up()
    live = system.client.get("/api/v1/reports/2016/quarters/4").data
    told = system.get("/reports/2016/quarters/4")
    assert told["position"] == {source: feed.head for source, feed in history.feeds.items()}
    then = system.client.get(
        "/api/v1/reports/2016/quarters/4", query_string={"known_at": told["recorded_until"]}
    ).data
    assert live == then
    earlier = history.recorded()[-20]
    before = system.get("/reports/2016/quarters/4", known_at=earlier.isoformat())
    assert datetime.fromisoformat(before["recorded_until"]) <= earlier
    assert before["position"] != told["position"]
