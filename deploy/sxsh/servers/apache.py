"""Apache Kafka itself (KRaft): one node, or three that stand the loss of one."""

from __future__ import annotations

import base64
import subprocess
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from deploy.sxsh import ports
from deploy.sxsh.ports import HOST, free_port
from deploy.sxsh.processes import Child, stop_together, wait_until
from deploy.sxsh.servers.jars import kafka_jars, kafka_version
from deploy.sxsh.servers.kafka import kafka_answers
from deploy.sxsh.servers.programs import java_program
from deploy.sxsh.trouble import Trouble
from deploy.sxsh.workspace import write_private

#: Room enough for a province; each node is both broker and controller.
_MEMORY = ("-Xms64m", "-Xmx320m", "-XX:+UseSerialGC")
_SAY = (
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
)
FORMAT_SECONDS = 120.0


class At(NamedTuple):
    """Where a node listens. `advertised`: where clients are sent to, when that is somewhere else."""

    broker: int
    controller: int
    advertised: int | None = None


class Node(NamedTuple):
    number: int
    at: At
    folder: Path
    child: Child

    @property
    def settings(self) -> Path:
        return self.folder / "server.properties"

    @property
    def logs(self) -> Path:
        return self.folder / "data"


class ApacheKafka:
    """A cluster on `data`, which survives stop, kill -9 and a change of ports.

    `log` gives the file for what a node of that name says. `more`: further broker settings. With three
    nodes a topic has three copies, and what two of them have taken is acknowledged.
    """

    def __init__(
        self,
        data: Path,
        log: Callable[[str], Path],
        *,
        at: Sequence[At] | None = None,
        nodes: int = 1,
        more: Mapping[str, str] | None = None,
        say: Callable[[str], object] = lambda _: None,
    ) -> None:
        self.data = data
        self._more = dict(more or {})
        self._java = str(java_program())
        self._jars = kafka_jars(say)
        self.nodes = [
            self._node(number, where, data / f"node-{number}", log)
            for number, where in enumerate(at or [At(free_port(), free_port()) for _ in range(nodes)], 1)
        ]

    def _node(self, number: int, at: At, folder: Path, log: Callable[[str], Path]) -> Node:
        name = ports.member("kafka", number)
        command = [self._java, *_MEMORY, *_SAY, *self._classes, "kafka.Kafka"]
        return Node(number, at, folder, Child(name, [*command, str(folder / "server.properties")], log(name)))

    @property
    def _classes(self) -> list[str]:
        return ["-cp", f"{self._jars}/*"]

    @property
    def children(self) -> list[Child]:
        return [node.child for node in self.nodes]

    @property
    def bootstrap(self) -> str:
        return ",".join(f"{HOST}:{node.at.advertised or node.at.broker}" for node in self.nodes)

    @property
    def what(self) -> str:
        count = len(self.nodes)
        return f"Apache Kafka {kafka_version()}, {count} node{'s' if count > 1 else ''}"

    def prepare(self) -> None:
        """Write the settings, and format the folders that are new."""
        cluster = self._cluster_id()
        for node in self.nodes:
            node.folder.mkdir(parents=True, exist_ok=True)
            settings = self._settings(node)
            node.settings.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        new = [node for node in self.nodes if not (node.logs / "meta.properties").exists()]
        with ExitStack() as stack:
            formatting = [(node, self._format(node, cluster, stack)) for node in new]
            for node, process in formatting:
                try:
                    said, _ = process.communicate(timeout=FORMAT_SECONDS)
                except subprocess.TimeoutExpired:
                    raise Trouble(f"{node.logs} was not formatted in {FORMAT_SECONDS:.0f} s.") from None
                if process.returncode != 0:
                    raise Trouble(_why("Apache Kafka does not start", said))

    def _format(self, node: Node, cluster: str, stack: ExitStack) -> subprocess.Popen[str]:
        """It does not outlive the stack, also when another one fails."""
        command = [self._java, *_MEMORY, *_SAY, *self._classes, "kafka.tools.StorageTool", "format"]
        process = stack.enter_context(
            subprocess.Popen(  # noqa: S603
                [*command, "--cluster-id", cluster, "--config", str(node.settings), "--ignore-formatted"],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
        stack.callback(process.kill)
        return process

    def _cluster_id(self) -> str:
        self.data.mkdir(parents=True, exist_ok=True)
        file = self.data / "cluster-id"
        if not file.exists():
            made = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "A")
            write_private(file, made)
        return file.read_text()

    def _settings(self, node: Node) -> dict[str, str]:
        copies = min(3, len(self.nodes))
        enough = max(1, copies - 1)
        return {
            "process.roles": "broker,controller",
            "node.id": str(node.number),
            # Named here, not in the data: they may move to other ports.
            "controller.quorum.voters": ",".join(f"{n.number}@{HOST}:{n.at.controller}" for n in self.nodes),
            "listeners": f"PLAINTEXT://{HOST}:{node.at.broker},CONTROLLER://{HOST}:{node.at.controller}",
            "advertised.listeners": f"PLAINTEXT://{HOST}:{node.at.advertised or node.at.broker}",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAINTEXT",
            "log.dirs": str(node.logs),
            "default.replication.factor": str(copies),
            "min.insync.replicas": str(enough),
            "offsets.topic.replication.factor": str(copies),
            "offsets.topic.num.partitions": "3",
            "transaction.state.log.replication.factor": str(copies),
            "transaction.state.log.min.isr": str(enough),
            # Who subscribes to a topic that is not there yet must not make it, with one partition.
            "auto.create.topics.enable": "false",
            "group.initial.rebalance.delay.ms": "0",
            # A node that was killed can not come back before its session has ended.
            "broker.session.timeout.ms": "5000",
            "broker.heartbeat.interval.ms": "1000",
            "group.min.session.timeout.ms": "1000",
            **self._more,
        }

    def start(self) -> None:
        self.prepare()
        for node in self.nodes:
            node.child.start()

    def wait_ready(self, seconds: float = 120.0) -> None:
        """Until every node has joined."""

        def settled() -> bool:
            return self._ended() is not None or kafka_answers(self.bootstrap, len(self.nodes))

        if not wait_until(settled, seconds, 0.2):
            logs = ", ".join(str(child.log) for child in self.children)
            raise Trouble(f"{self.what}: not ready in {seconds:.0f} s; see {logs}.")
        ended = self._ended()
        if ended is not None:
            raise Trouble(_why(f"{ended.name} ended at once (code {ended.exit_code})", ended.last_words(40)))

    def _ended(self) -> Child | None:
        return next((child for child in self.children if not child.alive), None)

    def stop(self) -> bool:
        return stop_together(self.children)

    def kill(self) -> None:
        for child in self.children:
            child.kill()


def _why(what: str, said: str) -> str:
    if "BindException" in said or "Address already in use" in said:
        return f"{what}: another program listens on its port. Stop it, or set PORT_BASE=auto."
    lines = [line for line in said.strip().splitlines() if not line.lstrip().startswith("at ")]
    return f"{what}. It said:\n" + "\n".join(lines[-6:])
