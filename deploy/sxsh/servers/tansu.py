"""tansu: the broker that comes with the Python packages. It speaks Kafka's protocol and needs no Java."""

from __future__ import annotations

from pathlib import Path

from deploy.sxsh.ports import HOST, free_port
from deploy.sxsh.processes import Child, wait_until
from deploy.sxsh.servers.kafka import kafka_answers
from deploy.sxsh.servers.programs import executable, tansu_program
from deploy.sxsh.trouble import Trouble


class KafkaBroker:
    """A tansu broker. It keeps its topics in memory: `kill` or `stop` forgets every one of them."""

    def __init__(self, log: Path, *, port: int | None = None) -> None:
        self.port = port or free_port()
        url = f"tcp://{HOST}:{self.port}"
        self.child = Child(
            "kafka",
            [
                str(executable(tansu_program(), log.parent.parent / "bin")),
                "broker",
                *("--listener-url", url),
                *("--advertised-listener-url", url),
                *("--storage-engine", "memory://tansu/"),
            ],
            log,
        )

    @property
    def children(self) -> list[Child]:
        return [self.child]

    @property
    def bootstrap(self) -> str:
        return f"{HOST}:{self.port}"

    @property
    def what(self) -> str:
        return "Kafka protocol, tansu"

    def prepare(self) -> None:
        """It keeps nothing."""

    def start(self) -> None:
        self.child.start()

    def wait_ready(self, seconds: float = 30.0) -> None:
        """Until it answers in the Kafka protocol."""
        if not wait_until(lambda: not self.child.alive or kafka_answers(self.bootstrap), seconds, 0.1):
            raise Trouble(f"The broker did not become ready in {seconds:.0f} s; see {self.child.log}.")
        if not self.child.alive:
            raise Trouble(
                f"The broker ended at once (code {self.child.exit_code}); the end of {self.child.log}:\n"
                f"{self.child.last_words()}"
            )

    def stop(self) -> bool:
        return self.child.stop(5.0)

    def kill(self) -> None:
        self.child.kill()
