"""Relay and projector killed at every named point, frozen, doubled; the broker wiped: nothing is lost."""

from __future__ import annotations

import signal
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer

from deploy.sxsh.servers import Broker
from services.eventkit.cloudevents import WATERMARK, decode
from services.eventkit.crash import CRASH_POINTS
from services.eventkit.relay.lease import Lease, LeaseLost
from tests.chaos.world import DAY, World, eventually
from tests.cluster.cluster import wipe

RELAY = [point for point in CRASH_POINTS if point.startswith("relay.")]
PROJECTOR = [point for point in CRASH_POINTS if point.startswith("projector.")]


def records_of(world: World, facilities: int) -> list[Any]:
    """What a plain consumer sees of the registry's topic until events of so many facilities are among it."""
    consumer = KafkaConsumer(
        "sxsh.registry.events", bootstrap_servers=world.bootstrap, auto_offset_reset="earliest"
    )
    found: list[Any] = []

    def all_seen() -> bool:
        for records in consumer.poll(200).values():
            found.extend(records)
        events = (decode(record.value) for record in found)
        return len({event.subject for event in events if event.type != WATERMARK}) >= facilities

    try:
        eventually(all_seen)
        return found
    finally:
        consumer.close()


@pytest.mark.parametrize("point", RELAY)
def test_a_relay_killed_anywhere_leaves_no_event_unpublished(world: World, point: str) -> None:
    world.register("1", "2", "3", "4", "5")
    world.killed(world.relay(crash_at=point))
    world.register("6")
    world.relay()
    head = world.logs["registry"].head()
    lease = world.client[world.databases["registry"]]["relay"]
    eventually(lambda: lease.find_one({"position": head}))
    events = [decode(record.value) for record in records_of(world, facilities=6)]
    published = {event.subject for event in events if event.type != WATERMARK}
    assert published == {f"facility:{n}" for n in range(1, 7)}


@pytest.mark.parametrize("point", PROJECTOR)
def test_a_projector_killed_anywhere_counts_every_event_once(going_on: World, point: str) -> None:
    begin = 100 * PROJECTOR.index(point)
    going_on.register(*map(str, range(begin, begin + 20)))
    going_on.killed(going_on.projector(crash_at=f"{point}:2"))
    going_on.register(str(begin + 20), str(begin + 21))
    projector = going_on.projector()
    going_on.caught_up()
    going_on.check(*going_on.told)
    going_on.end(projector)


def test_a_wiped_broker_loses_nothing(world: World, own_kafka_broker: Broker) -> None:
    for source in ("registry", "audits", "training"):
        world.relay(source)
    world.projector()
    world.register("1", "2", "3")
    world.caught_up()
    wipe(own_kafka_broker)
    world.register("4", "5", "6")
    own_kafka_broker.start()
    own_kafka_broker.wait_ready()
    world.register("7", "8")
    world.caught_up(180)
    world.check(facilities=8, aware=4)


def test_repeated_reordered_and_foreign_records_change_nothing(world: World) -> None:
    for source in ("registry", "audits", "training"):
        world.relay(source)
    world.register(*map(str, range(1, 11)))
    world.projector()
    world.caught_up()
    seen = [(record.partition, record.key, record.value) for record in records_of(world, facilities=10)]
    producer = KafkaProducer(bootstrap_servers=world.bootstrap)
    for partition, key, value in [*reversed(seen), (0, None, b"\xffnot json"), (1, b"x", b"{}")]:
        producer.send("sxsh.registry.events", value=value, key=key, partition=partition)
    producer.close()
    world.register("11", "12")
    world.caught_up()
    world.check(facilities=12, aware=6)


def test_two_relays_one_frozen_past_its_lease(world: World) -> None:
    """The frozen one wakes up and goes on sending: repeats at most; the checkpoint never moves back."""
    for source in ("audits", "training"):
        world.relay(source)
    first = world.relay()
    lease = world.client[world.databases["registry"]]["relay"]
    world.register("1", "2")
    eventually(lambda: lease.find_one({"position": 2}))
    first.send_signal(signal.SIGSTOP)
    second = world.relay()
    world.register("3", "4")
    eventually(lambda: lease.find_one({"position": 4}))
    first.send_signal(signal.SIGCONT)
    world.register("5", "6")
    eventually(lambda: lease.find_one({"position": 6}))
    world.projector()
    world.caught_up()
    world.check(facilities=6, aware=3)
    assert first.poll() is None
    assert second.poll() is None
    assert lease.find_one({})["token"] >= 2


def test_a_relay_without_the_lease_can_not_move_the_checkpoint(world: World) -> None:
    database = world.client[world.databases["registry"]]
    frozen = Lease(database, "a", partitions=3, seconds=0.05)
    old = frozen.acquire()
    assert old is not None
    new = eventually(lambda: Lease(database, "b", partitions=3).acquire())
    with pytest.raises(LeaseLost):
        frozen.advance(old.token, 5, {})
    assert database["relay"].find_one({})["position"] == 0
    assert new.token == old.token + 1


def test_a_poison_event_parks_its_subject_alone_and_can_be_redriven(world: World) -> None:
    for source in ("registry", "audits", "training"):
        world.relay(source)
    world.projector()
    world.register("2", "4")
    world.caught_up()
    world.tell("registry", "facility:2", "facility.vanished", {"facility_id": "2", "occurred_on": DAY}, 2)
    closed = {"facility_id": "2", "reason": "bankrupt", "occurred_on": DAY}
    world.tell("registry", "facility:2", "facility.closed", closed, 3)
    world.register("6")
    world.caught_up()
    parked = eventually(lambda: world.kpi["parked"].find_one({"subject": "facility:2"}))
    assert "facility.vanished" in parked["error"]
    assert len(parked["events"]) == 2
    world.kpi["parked"].update_one({}, {"$set": {"redrive_requested": parked["since"]}})
    eventually(lambda: world.kpi["parked"].find_one({"subject": "facility:2", "redrive_requested": None}))
    assert world.kpi["parked"].find_one({})["events"][0]["source"] == "registry"
    world.check(facilities=3, aware=3)
