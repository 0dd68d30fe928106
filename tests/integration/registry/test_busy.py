"""While the database is held, the API answers instead of gathering what it is sent."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

from pymongo.database import Database

from services.eventkit.group_commit import Room
from services.eventkit.mongo_log import MongoLog
from services.registry.container import Container
from tests.integration.log.test_busy import held
from tests.integration.registry.people import Person, facility


def test_a_full_log_is_told_as_503_and_the_repeat_is_written_once(
    container: Container, lan: Person, database: Database[dict[str, Any]]
) -> None:
    log = container.log
    assert isinstance(log, MongoLog)
    log._group._room = Room(commits=3)
    before = log.head()

    def send(n: int) -> Any:
        return lan.post("/facilities", facility(f"NB-{n}", f"Lò {n}"), **{"Idempotency-Key": f"k{n}"})

    with ThreadPoolExecutor(12) as pool:
        with held(database):
            asked = {pool.submit(send, n): n for n in range(12)}
            ended = as_completed(asked, timeout=20)
            refused = [next(ended).result() for _ in range(9)]
        for answer in refused:
            assert answer.status_code == 503
            assert answer.content_type == "application/problem+json"
            assert answer.headers["Retry-After"] == "1"
            assert "Idempotency-Key" in answer.json["detail"]
        first = {n: each.result() for each, n in asked.items()}
    assert sorted(each.status_code for each in first.values()) == [201] * 3 + [503] * 9
    assert log.head() == before + 3
    again = {n: send(n) for n in range(12)}
    assert {each.status_code for each in again.values()} == {201}
    assert all(again[n].json == each.json for n, each in first.items() if each.status_code == 201)
    assert log.head() == before + 12
