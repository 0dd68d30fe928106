"""Three nodes of Apache Kafka behind a proxy each, or one tansu, and three mongods, started by the launcher's
own code. `members=1`: one node and one mongod."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError
from pymongo import MongoClient
from pymongo.errors import AutoReconnect, OperationFailure

from deploy.sxsh.ports import free_port
from deploy.sxsh.processes import wait_until
from deploy.sxsh.servers import ApacheKafka, Broker, KafkaBroker, MongoReplicaSet, MongoServer
from deploy.sxsh.servers.apache import At, Node
from tests.chaos.world import eventually
from tests.cluster.proxy import Proxy

MEMBERS = 3


def wipe(broker: Broker) -> None:
    """kill -9, and nothing is left of what it has taken."""
    broker.kill()
    if isinstance(broker, ApacheKafka):
        for node in broker.nodes:
            shutil.rmtree(node.logs)


class Cluster:
    def __init__(
        self, folder: Path, mongo_options: tuple[str, ...] = (), broker: str = "kafka", members: int = MEMBERS
    ) -> None:
        logs = folder / "logs"
        self.proxies: list[Proxy] = []
        self.nodes: list[Node] = []
        if broker == "kafka":
            at = []
            for _ in range(members):
                port = free_port()
                self.proxies.append(Proxy(port))
                at.append(At(port, free_port(), self.proxies[-1].port))
            kafka = ApacheKafka(folder / "kafka", lambda name: logs / f"{name}.log", at=at)
            self.nodes = kafka.nodes
            self.kafka: Broker = kafka
        else:
            self.kafka = KafkaBroker(logs / "kafka.log")
        # So that one can be told to fail as on a full disk.
        options = (*mongo_options, "--setParameter", "enableTestCommands=1")
        self.mongo = MongoReplicaSet(
            folder / "mongo", lambda name: logs / f"{name}.log", members=members, options=options
        )

    def start(self) -> None:
        self.mongo.start()
        self.mongo.wait_ready()
        self.kafka.start()
        self.kafka.wait_ready()

    def heal(self) -> None:
        """All of it up and in reach again."""
        for proxy in self.proxies:
            proxy.become("pass")
        for child in (*self.mongo.children, *self.kafka.children):
            if child.alive:
                child.signal(signal.SIGCONT)
            else:
                child.start()
        self.mongo.wait_ready()
        self.kafka.wait_ready()

    def stop(self) -> None:
        for child in (*self.mongo.children, *self.kafka.children):
            if child.alive:
                child.signal(signal.SIGCONT)
        self.kafka.stop()
        self.mongo.stop()
        for proxy in self.proxies:
            proxy.close()

    # -- Kafka

    def forget_topics(self) -> None:
        """So that a test begins with none; who looked at one goes on from its log."""

        def none_left() -> bool:
            with suppress(KafkaError), self._admin() as admin:
                names = [name for name in admin.list_topics() if not name.startswith("__")]
                if not names:
                    return True
                admin.delete_topics(names)
            return False

        assert wait_until(none_left, 90, 0.2), "topics are not deleted"

    def leader(self, topic: str, partition: int) -> tuple[Node, Proxy]:
        """The node that leads the partition, and what stands before it, waiting for its election."""
        number: int = eventually(lambda: self._leader(topic, partition), 90)
        return self.nodes[number - 1], self.proxies[number - 1]

    def _leader(self, topic: str, partition: int) -> int | None:
        with suppress(KafkaError), self._admin() as admin:
            [described] = admin.describe_topics([topic])
            for one in described["partitions"]:
                if one["partition_index"] == partition and one["leader_id"] > 0:
                    return int(one["leader_id"])
        return None

    @contextmanager
    def _admin(self) -> Iterator[KafkaAdminClient]:
        admin = KafkaAdminClient(bootstrap_servers=self.kafka.bootstrap, request_timeout_ms=10_000)
        try:
            yield admin
        finally:
            admin.close()

    def wipe_kafka(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        """Every node loses all it has, at once. `meanwhile` is called when none is there."""
        wipe(self.kafka)
        meanwhile()
        self.kafka.start()
        self.kafka.wait_ready()

    # -- MongoDB

    def primary(self, *, but: MongoServer | None = None) -> MongoServer:
        """The one that takes writes, other than `but`, waiting for its election."""

        def found() -> MongoServer | None:
            for server in self.mongo.servers:
                if server is but:
                    continue
                with MongoClient[Any](
                    f"mongodb://127.0.0.1:{server.port}/?directConnection=true", serverSelectionTimeoutMS=300
                ) as client:
                    try:
                        if client.admin.command("hello").get("isWritablePrimary"):
                            return server
                    except (AutoReconnect, OperationFailure):
                        continue
            return None

        server: MongoServer | None = eventually(found, 60)
        assert server is not None
        return server

    def step_down(self) -> None:
        """The primary hands over, and will not be it again for a while."""
        address = f"mongodb://127.0.0.1:{self.primary().port}/?directConnection=true"
        with MongoClient[Any](address) as client:
            client.admin.command("replSetStepDown", 20, secondaryCatchUpPeriodSecs=10, force=True)
