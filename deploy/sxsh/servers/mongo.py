"""mongod as a replica set, of one member or of three that stand the loss of one."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from pymongo import MongoClient

from deploy.sxsh import ports
from deploy.sxsh.ports import HOST, free_port
from deploy.sxsh.processes import Child, stop_together, wait_until
from deploy.sxsh.servers.membership import REPLICA_SET, Hello, step
from deploy.sxsh.servers.programs import executable, mongod_program
from deploy.sxsh.trouble import Trouble


class MongoServer:
    """A mongod on `data`, which survives stop, kill -9 and a change of port: a replica set of its own, or a
    member of a `MongoReplicaSet`. `options`: more of its command line."""

    def __init__(
        self,
        data: Path,
        log: Path,
        *,
        port: int | None = None,
        cache_gb: float = 0.5,
        options: Sequence[str] = (),
        name: str = "mongod",
    ) -> None:
        self.data = data
        self.port = port or free_port()
        program = executable(mongod_program(), data.parent / "bin")
        self.child = Child(
            name,
            [
                str(program),
                *("--replSet", REPLICA_SET),
                *("--dbpath", str(data)),
                *("--port", str(self.port)),
                *("--bind_ip", HOST),
                *("--wiredTigerCacheSizeGB", str(cache_gb)),
                *("--oplogSize", "256"),
                "--nounixsocket",
                "--quiet",
                *("--setParameter", "diagnosticDataCollectionEnabled=false"),
                *("--setParameter", "shutdownTimeoutMillisForSignaledShutdown=100"),
                *options,
            ],
            log,
            death_signal=signal.SIGTERM,
        )

    @staticmethod
    def uri_at(*member_ports: int) -> str:
        hosts = ",".join(f"{HOST}:{port}" for port in member_ports)
        return f"mongodb://{hosts}/?replicaSet={REPLICA_SET}"

    @property
    def uri(self) -> str:
        return self.uri_at(self.port)

    @property
    def children(self) -> list[Child]:
        return [self.child]

    def prepare(self) -> None:
        """Make the data folder; the lock file of a mongod that was killed is mongod's own to recover."""
        self.data.mkdir(parents=True, exist_ok=True)

    def start(self) -> None:
        self.prepare()
        self.child.start()

    def wait_ready(self, seconds: float = 60.0) -> None:
        """Until it takes writes, making it a replica set at its present address first where needed."""
        _wait_ready([self], seconds)

    def why_it_ended(self) -> Trouble:
        if "DBPathInUse" in self.child.last_words(20):
            return Trouble(
                f"Another mongod works on {self.data}. Stop it (its process id is in "
                f"{self.data / 'mongod.lock'}), or choose another folder with --data."
            )
        return Trouble(
            f"{self.child.name} ended at once (code {self.child.exit_code}); the end of {self.child.log} "
            f"says why:\n{self.child.last_words()}"
        )

    def stop(self) -> bool:
        return self.child.stop()

    def kill(self) -> None:
        self.child.kill()


class MongoReplicaSet:
    """Several mongods: the first on `data`, the others on `data`-2, `data`-3. A set that had one member
    grows into more, taking its data over; it can not shrink by being started with fewer."""

    def __init__(
        self,
        data: Path,
        log: Callable[[str], Path],
        *,
        at: Sequence[int] | None = None,
        members: int = 3,
        cache_gb: float = 0.5,
        options: Sequence[str] = (),
    ) -> None:
        at = at or [free_port() for _ in range(members)]
        beyond = ports.member(data.name, len(at) + 1)
        if data.with_name(beyond).exists():
            raise Trouble(
                f"The data of {data} are shared by more than {len(at)} mongods: one alone may lack what the "
                "others have acknowledged. Start with MONGO_MEMBERS=3 as before."
            )
        self.servers = [
            MongoServer(
                data.with_name(ports.member(data.name, number)),
                log(ports.member("mongod", number)),
                port=port,
                cache_gb=cache_gb,
                options=options,
                name=ports.member("mongod", number),
            )
            for number, port in enumerate(at, 1)
        ]

    @property
    def uri(self) -> str:
        return MongoServer.uri_at(*(server.port for server in self.servers))

    @property
    def children(self) -> list[Child]:
        return [server.child for server in self.servers]

    def prepare(self) -> None:
        for server in self.servers:
            server.prepare()

    def start(self) -> None:
        for server in self.servers:
            server.start()

    def wait_ready(self, seconds: float = 120.0) -> None:
        """Until it takes writes and every member has all data."""
        _wait_ready(self.servers, seconds)

    def stop(self) -> bool:
        return stop_together(self.children)

    def kill(self) -> None:
        for child in self.children:
            child.kill()


def _wait_ready(servers: Sequence[MongoServer], seconds: float) -> None:
    hosts = [f"{HOST}:{server.port}" for server in servers]

    def ended() -> MongoServer | None:
        return next((server for server in servers if not server.child.alive), None)

    with ExitStack() as stack:
        clients = [
            stack.enter_context(
                MongoClient[Hello](f"mongodb://{host}/?directConnection=true", serverSelectionTimeoutMS=500)
            )
            for host in hosts
        ]
        if not wait_until(lambda: ended() is not None or step(clients, hosts), seconds):
            logs = ", ".join(str(server.child.log) for server in servers)
            raise Trouble(f"mongod did not become ready in {seconds:.0f} s; see {logs}.")
    dead = ended()
    if dead is not None:
        raise dead.why_it_ended()
