"""Which servers the launcher starts, and how many of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from deploy.sxsh import ports
from deploy.sxsh.trouble import Trouble

BROKERS = ("tansu", "kafka")
#: As many as there are ports for; two would stand no loss that one does not.
COUNTS = (1, 3)


@dataclass(frozen=True)
class ServerChoice:
    broker: str = "tansu"
    kafka_nodes: int = 1
    mongo_members: int = 1

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> ServerChoice:
        """By `BROKER`, `KAFKA_NODES` and `MONGO_MEMBERS`. Raises `Trouble` for what cannot be."""
        broker = environ.get("BROKER") or "tansu"
        if broker not in BROKERS:
            raise Trouble(f"BROKER={broker}: it is `tansu` (when left out) or `kafka`, Apache Kafka itself.")
        nodes, members = _count(environ, "KAFKA_NODES"), _count(environ, "MONGO_MEMBERS")
        if nodes > 1 and broker != "kafka":
            raise Trouble(f"KAFKA_NODES={nodes} needs BROKER=kafka: tansu is a single process.")
        return cls(broker, nodes, members)

    def ports_at(self, base: int) -> dict[str, int]:
        """Of the services and of these servers."""
        names = [ports.member("mongod", n) for n in range(1, self.mongo_members + 1)]
        names += [ports.member("kafka", n) for n in range(1, self.kafka_nodes + 1)]
        if self.broker == "kafka":
            names += [ports.member("kafka-controller", n) for n in range(1, self.kafka_nodes + 1)]
        return ports.ports_at(base, (*ports.SERVICES, *names))


def _count(environ: Mapping[str, str], name: str) -> int:
    text = environ.get(name) or "1"
    if text not in map(str, COUNTS):
        raise Trouble(f"{name}={text}: it is {' or '.join(map(str, COUNTS))}.")
    return int(text)
