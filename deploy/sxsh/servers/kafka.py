"""What the launcher asks of a broker, whichever it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from deploy.sxsh.processes import Child


class Broker(Protocol):
    @property
    def children(self) -> Sequence[Child]:
        """Its processes, for who watches over them; `prepare` first."""
        ...

    @property
    def bootstrap(self) -> str: ...

    @property
    def what(self) -> str:
        """What it is, for a person."""
        ...

    def prepare(self) -> None:
        """All that is needed before its processes start. Raises `Trouble`."""
        ...

    def wait_ready(self, seconds: float = ...) -> None:
        """Until all of it answers in the Kafka protocol. Raises `Trouble`."""
        ...

    def start(self) -> None: ...

    def stop(self) -> bool: ...

    def kill(self) -> None: ...


def kafka_answers(bootstrap: str, nodes: int = 1) -> bool:
    """Whether so many Kafka brokers are up there, as the first that answers within two seconds tells."""
    try:
        admin = KafkaAdminClient(
            bootstrap_servers=bootstrap, request_timeout_ms=2000, bootstrap_timeout_ms=2000
        )
    except (KafkaError, OSError, TypeError, ValueError):
        return False
    try:
        admin.list_topics()
        up = [one for one in admin.describe_cluster()["brokers"] if not one.get("is_fenced")]
    except (KafkaError, OSError):
        return False
    finally:
        admin.close()
    return len(up) >= nodes
