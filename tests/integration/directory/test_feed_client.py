"""A follower must notice at once when a feed leaves out, repeats or changes history."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.eventkit.commits import GENESIS, hash_of
from services.eventkit.errors import Unavailable
from services.eventkit.feed_client import FeedBroken, FeedClient, Tip, check_chain
from services.eventkit.http.fields import VIETNAM
from tests.registry_feed import RegistryFeed


@pytest.fixture
def lines(registry: RegistryFeed) -> list[bytes]:
    for number in range(5):
        registry.facility(f"f{number}", "kim-son")
    return registry.client().read(0)


def test_the_lines_are_the_log_byte_for_byte(registry: RegistryFeed, lines: list[bytes]) -> None:
    assert lines == [stored.body for stored in registry.log.read()]
    feed = registry.client()
    assert [commit.position for commit in feed.commits(0, limit=2)] == [1, 2]
    assert [commit.position for commit in feed.commits(2)] == [3, 4, 5]
    assert feed.read(5) == []
    assert feed.head == 5


def test_the_tip_after_a_good_chain_is_its_last_commit(lines: list[bytes]) -> None:
    assert check_chain(lines, Tip(0, GENESIS)) == Tip(5, hash_of(lines[-1]))


def test_a_missing_commit_is_noticed(lines: list[bytes]) -> None:
    with pytest.raises(FeedBroken, match="Position 3 was expected, the feed gave 4"):
        check_chain([*lines[:2], *lines[3:]], Tip(0, GENESIS))


def test_a_repeated_commit_is_noticed(lines: list[bytes]) -> None:
    with pytest.raises(FeedBroken, match="missing or repeated"):
        check_chain([*lines[:2], lines[1]], Tip(0, GENESIS))


def test_a_changed_commit_is_noticed_at_the_one_after(lines: list[bytes]) -> None:
    changed = lines[1].replace(b"kim-son", b"yen-mo_")
    assert changed != lines[1]
    with pytest.raises(FeedBroken, match="position 3 does not follow the one at 2"):
        check_chain([lines[0], changed, *lines[2:]], Tip(0, GENESIS))


def test_a_log_that_was_replaced_is_noticed_by_who_read_on(
    registry: RegistryFeed, lines: list[bytes]
) -> None:
    feed = registry.client()
    feed.read(0, limit=2)
    with pytest.raises(FeedBroken):
        feed._tip = Tip(2, "f" * 64)
        feed.read(2)


def test_what_is_not_a_commit_is_noticed() -> None:
    with pytest.raises(FeedBroken, match="not a commit"):
        check_chain([b"<html>"], Tip(0, GENESIS))


def test_a_feed_that_is_not_there_is_said_to_be_so() -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        FeedClient("http://127.0.0.1:9", "key", timeout=0.5).read(0)


def test_the_commits_about_one_subject_are_found(registry: RegistryFeed) -> None:
    """Up to a position, whatever stands between them."""
    registry.facility("one", "kim-son")
    for number in range(30):
        registry.facility(f"other{number}", "kim-son")
    position = registry.merged("one", "other1")
    registry.unmerged("one", "other1")
    found = registry.client().about(["facility:one"], position)
    expected = [stored.commit for stored in registry.log.read(0, position)]
    assert found == [c for c in expected if any(e.subject == "facility:one" for e in c.events)]
    assert 2 <= len(found) < position
    assert registry.client().about(["facility:one"], 0) == []
    assert registry.client().about(["facility:nobody"], position) == []


def test_the_feed_tells_what_its_log_had_reached_at_a_moment(
    registry: RegistryFeed, lines: list[bytes]
) -> None:
    times = [stored.commit.recorded_at for stored in registry.log.read()]
    feed = registry.client()
    for moment in (*times, times[-1] + timedelta(days=1), times[0] - timedelta(seconds=1)):
        assert feed.reached_at(moment) == sum(time <= moment for time in times)
        assert feed.reached_at(moment.astimezone(VIETNAM)) == sum(time <= moment for time in times)


def test_an_event_is_found_by_its_id(registry: RegistryFeed) -> None:
    registry.facility("one", "kim-son")
    position = registry.facility("two", "kim-son")
    (commit,) = registry.client().commits(position - 1, 1)
    assert registry.client().event(commit.events[0].id) == commit
    assert registry.client().event("00000000-0000-7000-8000-000000000000") is None
