"""The broker of a real deployment: an event goes through it into the numbers, and what it took it keeps."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from zlib import crc32

import pytest
from kafka.admin import KafkaAdminClient

from deploy.sxsh.servers import ApacheKafka
from services.kpi.projection.projector import GROUP
from tests.chaos.world import SOURCES, World, a_world, eventually
from tests.cluster.checker import check_log, check_topic, read_topic
from tests.servers import ensure_kafka_jars


@pytest.fixture(scope="module")
def apache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApacheKafka]:
    ensure_kafka_jars()
    folder = tmp_path_factory.mktemp("apache")
    broker = ApacheKafka(folder / "kafka", lambda name: folder / f"{name}.log")
    try:
        broker.start()
        broker.wait_ready()
        yield broker
    finally:
        broker.stop()


@pytest.fixture(scope="module")
def on_apache(
    mongo_uri: str, apache: ApacheKafka, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    with a_world(mongo_uri, apache, tmp_path_factory.mktemp("world")) as made:
        made.register("1", "2", "3")
        for source in SOURCES:
            made.relay(source)
        yield made


def shared_by(world: World) -> tuple[int, int]:
    """How many projectors have partitions, and how many partitions have just one of them, in every topic."""
    with closing(KafkaAdminClient(bootstrap_servers=world.bootstrap)) as admin:
        members = admin.describe_groups([GROUP])[GROUP]["members"]
    owned = [
        (member["member_id"], topic["topic"], number)
        for member in members
        for topic in (member["member_assignment"] or {}).get("assigned_partitions", ())
        for number in topic["partitions"]
    ]
    owners = Counter((topic, number) for _, topic, number in owned)
    assert set(owners.values()) <= {1}, owned
    return len({member for member, _, _ in owned}), len(owners) // len(SOURCES)


def test_apache_kafka_keeps_what_it_has_taken_over_a_restart(on_apache: World, apache: ApacheKafka) -> None:
    projector = on_apache.projector()
    on_apache.caught_up()
    on_apache.published()
    assert apache.stop()
    apache.start()
    apache.wait_ready()
    on_apache.register("4", "5")
    on_apache.caught_up()
    on_apache.published()
    on_apache.check(*on_apache.told)
    for source in SOURCES:
        check_topic(on_apache, source, check_log(on_apache, source))
    on_apache.end(projector)


def test_partitions_are_added_while_people_write(on_apache: World) -> None:
    """The old relays publish on in the old way, one of two new projectors is killed; each event counts once,
    and goes through the broker to where it now belongs."""
    world, more = on_apache, 5
    old = world.projector()
    world.caught_up()
    done = threading.Event()

    def write() -> None:
        for number in itertools.count(100):
            if done.is_set():
                return
            world.register(str(number))

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        try:
            world.partitions = more
            for source in SOURCES:
                world.relay(source)
            first, _ = world.projector(), world.projector()
            eventually(lambda: world.kpi["pointer"].find_one({"_id": "active", "partitions": more}))
            assert old.wait(30) == 4  # it was told a number that is no more, and says so
            eventually(lambda: shared_by(world) == (2, more))
            first.kill()
        finally:
            done.set()
        writing.result(timeout=30)
    world.register("99")
    world.caught_up()
    world.check(*world.told)
    for source in ("registry", "training"):
        last = check_log(world, source)[-1]
        number = crc32(last["events"][0]["subject"].encode()) % more
        due = {number: {last["position"] * 1000}}
        found = read_topic(world.bootstrap, f"sxsh.{source}.events", due)[number]
        told = {(one["sequence"], one["partitions"]) for one in found}
        assert (last["position"] * 1000, more) in told
