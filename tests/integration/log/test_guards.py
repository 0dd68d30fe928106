"""The guards, each shown to be needed: with it a check passes, without it the same check fails.

What a user would lose: an event counted twice, or the place up to which a relay has published.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pymongo.database import Database

from services.eventkit.cloudevents import CloudEvent
from services.eventkit.errors import Unavailable
from services.eventkit.relay.lease import Lease, LeaseLost
from services.kpi.projection import projector as projecting
from services.kpi.projection.partition import Partition
from services.kpi.projection.projector import Projector
from tests.integration.log.world import World, commit, events_of, fact, number_of, registered

A, B = "facility:a", "facility:b"


@pytest.fixture
def world(new_database: Callable[[], Database[dict[str, Any]]]) -> World:
    """One facility in good order, one with an event that no release knows, all of it projected."""
    world = World(new_database())
    world.log.append(commit(A, 1, registered(A), fact(A, "facility.closed", "2018-01-01")))
    world.log.append(commit(B, 1, registered(B), fact(B, "facility.teleported", "2018-01-01")))
    world.log.append(commit(A, 3, fact(A, "facility.reopened", "2019-01-01")))
    world.drain()
    return world


def deliver_again(world: World) -> None:
    """All events, straight to the partitions: nothing may take effect, not even the position may move."""
    partitions = world.workers[0].projector.owned
    before = world.stored()
    for event in events_of(stored.commit for stored in world.log.read()):
        partitions[number_of(event)].take("registry", event)
    assert sum(partition.flush() for partition in partitions.values()) == 0
    assert world.stored() == before


def test_an_event_delivered_twice_takes_effect_once(world: World) -> None:
    deliver_again(world)


def test_without_the_sequence_guard_an_event_delivered_twice_takes_effect_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    guarded = Partition.take

    def unguarded(self: Partition, source: str, event: CloudEvent) -> None:
        self.position.sequences[source] = event.sequence - 1
        guarded(self, source, event)

    monkeypatch.setattr(Partition, "take", unguarded)
    with pytest.raises(AssertionError):
        deliver_again(world)
    parked = world.stored()["parked"][B]
    assert parked.count(parked[0]) == 2, "a parked event that would be applied twice at the redrive"


def resume_after_the_lease(world: World) -> None:
    """A relay stopped past its lease goes on while another has it: the checkpoint is the other's alone."""
    stopped, other = world.relays
    assert stopped.step() == 0
    held = stopped.held
    assert held is not None
    world.lease_ends()
    assert other.step() == 0
    assert other.held is not None
    assert other.held.token == held.token + 1
    before = world.database["relay"].find_one()
    with pytest.raises(LeaseLost):
        stopped.lease.advance(held.token, held.position + 1, {0: 1})
    assert world.database["relay"].find_one() == before


def test_a_relay_that_lost_its_lease_moves_no_checkpoint(world: World) -> None:
    world.lease_ends()
    resume_after_the_lease(world)


def test_without_the_token_a_relay_that_lost_its_lease_moves_the_checkpoint(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    guarded = Lease.advance

    def unguarded(self: Lease, token: int, position: int, sent: dict[int, int]) -> None:
        found = world.checkpoint()
        assert found is not None
        guarded(self, found["token"], position, sent)

    world.lease_ends()
    monkeypatch.setattr(Lease, "advance", unguarded)
    with pytest.raises(pytest.fail.Exception, match="LeaseLost"):
        resume_after_the_lease(world)
    found = world.checkpoint()
    assert found is not None
    assert found["position"] == 4, "past the end of the log: what comes next would never be published"


def test_the_checkpoint_never_moves_back(world: World) -> None:
    """Not even by who holds the lease: what was published up to there would be published again and again."""
    world.lease_ends()
    relay = world.relays[0]
    relay.step()
    held, before = relay.held, world.checkpoint()
    assert held is not None and before is not None and before["position"] == 3
    with pytest.raises(LeaseLost):
        relay.lease.advance(held.token, 2, {})
    assert world.checkpoint() == before


def lose_one_record(world: World) -> None:
    """The broker loses what it had acknowledged; what comes after it tells."""
    world.log.append(commit(A, 4, fact(A, "facility.moved", unit_id="kim-son")))
    world.log.append(commit(A, 5, fact(A, "facility.corrected", kind="household")))
    world.topic.records.clear()
    world.relays[0].held = None
    world.drain_relay()
    lost = next(n for n, (_, _, value) in enumerate(world.topic.records) if b"facility.moved" in value)
    del world.topic.records[lost]
    world.workers[0].projector.handle(world.topic.records)
    assert world.stored()["cells"] == world.folded()["cells"]


def test_a_record_lost_by_the_broker_is_fetched_from_the_feed(world: World) -> None:
    lose_one_record(world)


def test_without_the_previous_sequence_a_lost_record_is_not_noticed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Projector, "_miss", lambda *_: None)
    with pytest.raises(AssertionError):
        lose_one_record(world)


def _gap(world: World) -> list[tuple[str, int, bytes]]:
    """The records of three commits more, without the first."""
    for version in (4, 5, 6):
        world.log.append(commit(A, version, fact(A, "facility.suspended", f"20{version + 16}-01-01")))
    before = len(world.topic.records)
    world.drain_relay()
    return world.topic.records[before + 1 :]


def test_what_a_feed_has_only_later_is_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    records, feed = _gap(world), world.feeds["registry"]
    asked, commits = iter(range(9)), feed.commits
    monkeypatch.setattr(feed, "commits", lambda *a, **b: commits(*a, **b) if next(asked) > 1 else [])
    world.workers[0].projector.handle(records)
    assert world.stored()["cells"] == world.folded()["cells"]


def test_while_a_feed_lacks_it_nothing_after_it_takes_effect(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    records, before = _gap(world), world.stored()
    monkeypatch.setattr(projecting, "BEHIND", 0.1)
    monkeypatch.setattr(world.feeds["registry"], "commits", lambda *_, **__: [])
    with pytest.raises(Unavailable, match="which its feed has not"):
        world.workers[0].projector.handle(records)
    assert world.stored() == before
