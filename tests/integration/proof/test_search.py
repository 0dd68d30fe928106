"""Whoever looks for some events of a log finds all of them and no other, however rare, page by page."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from services.eventkit.blocks import Blocks, Wanted
from services.eventkit.commits import NewCommit
from services.eventkit.log import StoredCommit
from services.eventkit.search import Search
from tests.examples import examples
from tests.integration.log.world import fact, registered
from tests.integration.proof.long_log import BEGAN, documents, store
from tests.integration.proof.served import KEY, Service, get

BATCH = "application/cloudevents-batch+json"
SUSPENDED = "sxsh.registry.facility.suspended"

moments = st.one_of(st.none(), st.integers(-5, 710).map(lambda n: BEGAN + timedelta(seconds=n)))
days = st.sampled_from([None, date(2015, 1, 1), date(2016, 1, 1), date(2018, 6, 1), date(2019, 1, 1)])
searches = st.builds(
    Wanted,
    types=st.sets(st.sampled_from(["facility.registered", "facility.suspended", "facility.moved"])).map(
        frozenset
    ),
    subjects=st.sets(
        st.sampled_from(["facility:2", "facility:300", "facility:301", "facility:698", "facility:nobody"]),
        max_size=3,
    ).map(frozenset),
    recorded_from=moments,
    recorded_until=moments,
    occurred_from=days,
    occurred_until=days,
)


@settings(max_examples=examples(60))
@given(
    wanted=searches,
    limit=st.integers(1, 300),
    after=st.integers(0, 710),
    until=st.integers(0, 700),
    blocks=st.booleans(),
)
def test_page_by_page_all_is_found_and_nothing_else(
    service: Service, wanted: Wanted, limit: int, after: int, until: int, blocks: bool
) -> None:
    search = Search(service.log, Blocks(service.log, service.database) if blocks else None)
    plain = [
        (stored.commit.position, indexes)
        for stored in service.log.read(0, 1000)
        if after < stored.commit.position <= until and (indexes := plainly(wanted, stored))
    ]
    found: list[tuple[int, list[int]]] = []
    position = after
    while True:
        page = search.page(wanted, position, until, limit)
        assert len(page.found) <= limit
        assert page.position >= position
        found += [(each.stored.commit.position, each.indexes) for each in page.found]
        if page.position == position:
            break
        position = page.position
    assert found == plain
    assert position >= until


def plainly(wanted: Wanted, stored: StoredCommit) -> list[int]:
    far, day = datetime.max.replace(tzinfo=UTC), date.max
    first, last = wanted.recorded_from or BEGAN, wanted.recorded_until or far
    indexes = []
    for index, record in enumerate(stored.commit.events):
        if not first <= stored.commit.recorded_at <= last:
            continue
        if not (wanted.occurred_from or date.min) <= record.occurred_on <= (wanted.occurred_until or day):
            continue
        subject = record.subject in (wanted.subjects or {record.subject})
        if subject and record.type in (wanted.types or {record.type}):
            indexes.append(index)
    return indexes


def test_only_commits_that_may_have_it_are_read(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what was looked through before; the end of the log, too short for a block, is read whole."""
    search = Search(service.log, Blocks(service.log, service.database))
    search.page(Wanted(), 0, 700, 1)
    reads: list[int] = []

    def counted(read: Callable[..., list[StoredCommit]]) -> Callable[..., list[StoredCommit]]:
        def reading(*asked: Any) -> list[StoredCommit]:
            found = read(*asked)
            reads.extend(stored.commit.position for stored in found)
            return found

        return reading

    for name in ("read", "at"):
        monkeypatch.setattr(service.log, name, counted(getattr(service.log, name)))
    page = search.page(Wanted(subjects=frozenset({"facility:300", "facility:2"})), 0, 700, 10)
    assert page.position == 700
    assert reads == [3, 4, 301, *range(513, 701)]
    reads.clear()
    search.page(Wanted(frozenset({"facility.suspended"}), frozenset({"facility:300"})), 0, 400, 10)
    assert reads == [301]


def test_blocks_of_before_places_are_made_again(service: Service) -> None:
    blocks = Blocks(service.log, service.database)
    blocks.extend()
    kept = list(service.database["blocks"].find())
    service.database["blocks"].update_many({}, {"$unset": {"places": 1}})
    blocks.prepare()
    assert blocks.extend() == 2
    assert list(service.database["blocks"].find()) == kept


def test_a_page_ends_though_nothing_was_found(
    service: Service, http: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without blocks, as of a log that was not looked through yet."""
    monkeypatch.setattr("services.eventkit.search.LOOKED", 300)
    monkeypatch.setattr("services.eventkit.search.CATCH_UP", 0)
    pages, link = [], "/api/v1/events?type=facility.suspended&subject=facility:690&upto=700"
    while link:
        answer = http.get(link, headers={"X-Api-Key": KEY})
        pages.append((int(answer.headers["Sxsh-Position"]), answer.data))
        link = answer.headers.get("Link", "").partition("<")[2].partition(">")[0]
    assert [position for position, _ in pages] == [512, 700]
    [line] = [line for _, data in pages for line in data.splitlines()]
    assert json.loads(line)["position"] == 692
    assert [data == b"" for _, data in pages] == [True, False]


def test_a_search_is_gone_on_with_by_its_link(http: FlaskClient) -> None:
    found, link = (
        [],
        "/api/v1/events?type=facility.suspended&type=facility.moved&limit=50&occurred_from=2018-06-01",
    )
    for _ in range(5):
        answer = http.get(link, headers={"X-Api-Key": KEY, "Accept": BATCH})
        assert answer.mimetype == BATCH
        found += json.loads(answer.data)
        link = answer.headers["Link"].partition("<")[2].partition(">")[0]
    assert [event["type"] for event in found] == [SUSPENDED] * 175
    assert [event["sequence"] for event in found] == [n * 1000 for n in range(4, 701, 4)]
    assert found[0]["specversion"] == "1.0"
    assert found[0]["correlationid"] == "request-3"
    assert "prevsequence" not in found[0]
    assert answer.headers["Sxsh-Position"] == answer.headers["Sxsh-Head"] == "700"
    assert json.loads(http.get(link, headers={"X-Api-Key": KEY, "Accept": BATCH}).data) == []


def test_lines_are_whole_commits_as_they_are_hashed(service: Service, http: FlaskClient) -> None:
    query = "recorded_from=2019-01-01T07:01:00%2B07:00&recorded_until=2019-01-01T00:01:02Z&type=" + SUSPENDED
    answer = http.get(f"/api/v1/events?{query}", headers={"X-Api-Key": KEY})
    assert answer.data == service.log.bodies(59, 1)[0] + b"\n"


@pytest.mark.parametrize("query", ["", "&type=facility.suspended"])
@pytest.mark.parametrize("accept", ["application/jsonl", BATCH])
def test_it_comes_compressed_to_whom_takes_that(http: FlaskClient, query: str, accept: str) -> None:
    headers = {"X-Api-Key": KEY, "Accept": accept}
    plain = http.get(f"/api/v1/events?limit=600{query}", headers=headers)
    packed = http.get(f"/api/v1/events?limit=600{query}", headers={**headers, "Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 2
    assert "Accept-Encoding" in packed.headers["Vary"]
    refused = http.get(f"/api/v1/events?limit=1{query}", headers={**headers, "Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in refused.headers


def test_an_event_leads_to_its_commit_its_actor_and_its_request(service: Service, http: FlaskClient) -> None:
    for position in (1, 300, 513, 700):
        [stored] = service.log.read(position - 1, 1)
        event, commit = stored.commit.events[0], stored.commit
        found = get(http, f"/events/{event.id}")
        assert found["event"]["sequence"] == position * 1000
        assert found["event"]["data"] == json.loads(bytes(event.data))
        assert found["commit"]["hash"] == stored.hash
        assert found["commit"]["actor"] == "lan"
        assert found["commit"]["correlation_id"] == commit.correlation_id == f"request-{position - 1}"
        assert found["commit"]["command_id"] == commit.command_id
        line = http.get(found["line"], headers={"X-Api-Key": KEY})
        assert line.data == stored.body + b"\n"
        assert get(http, found["proof"].removeprefix("/api/v1"))["position"] == position
    assert "no event nobody" in get(http, "/events/nobody", 404)["detail"]


def test_an_event_of_several_in_a_commit_is_told_apart(service: Service, http: FlaskClient) -> None:
    more = NewCommit(
        stream="facility:x",
        version=1,
        events=(registered("facility:x"), fact("facility:y", "facility.moved", unit_id="yen-mo")),
        command_id="x",
        actor="lan",
    )
    store(service.database["log"], documents(iter([more]), after=700, prev=service.log.read(699)[0].hash))
    moved = get(http, f"/events/{more.events[1].id}")
    assert (moved["event"]["sequence"], moved["event"]["subject"]) == (701_001, "facility:y")
    answer = http.get("/api/v1/events?subject=facility:y", headers={"X-Api-Key": KEY, "Accept": BATCH})
    assert [event["id"] for event in json.loads(answer.data)] == [more.events[1].id]


def test_two_that_look_through_a_log_at_once_say_the_same(service: Service) -> None:
    one, two = (Blocks(service.log, service.database) for _ in range(2))
    assert one.extend(1) == 1
    assert two.extend() == one.extend() == 2
    kept = list(service.database["blocks"].find())
    one._add(iter([dict(each) for each in kept]))
    assert list(service.database["blocks"].find()) == kept


@pytest.mark.parametrize(
    "query",
    ["recorded_from=2019-01-01", "recorded_until=yesterday", "occurred_from=2019-02-30", "upto=-1", "type="],
)
def test_a_wrong_search_is_refused(http: FlaskClient, query: str) -> None:
    get(http, f"/events?{query}", 422)


def test_events_are_for_those_who_may_read_the_log(service: Service, http: FlaskClient) -> None:
    event: Any = service.log.read(0, 1)[0].commit.events[0]
    get(http, f"/events/{event.id}", 403, key="r")
