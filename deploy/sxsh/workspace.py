"""The folder that the local system keeps everything in, and what it remembers there."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from deploy.sxsh.trouble import Trouble


@dataclass(frozen=True)
class Addresses:
    """Where the system of a workspace listens, as of its last start. `services`: name -> http address."""

    port_base: int
    mongodb_uri: str
    kafka_bootstrap_servers: str
    services: dict[str, str]
    #: The stream of news for open pages; empty of a system that an earlier release started.
    live: str = ""


def write_private(path: Path, content: str | bytes) -> None:
    """Replace a file in one step, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


class Workspace:
    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.identity = self.root / "identity"
        self.mongo = self.root / "mongo"
        self.logs = self.root / "logs"
        self.addresses_file = self.root / "addresses.json"
        self.lock_file = self.root / "lock"

    def create(self) -> None:
        try:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.logs.mkdir(exist_ok=True)
        except OSError as error:
            raise Trouble(
                f"The data folder {self.root} cannot be made: {error.strerror}. Choose another with --data."
            ) from None

    def kafka(self, nodes: int) -> Path:
        """What Apache Kafka keeps. A cluster of another size begins anew: a topic is a cache of the log."""
        return self.root / f"kafka-{nodes}"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def remember(self, addresses: Addresses) -> None:
        write_private(self.addresses_file, json.dumps(asdict(addresses), indent=2) + "\n")

    def remembered(self) -> Addresses | None:
        try:
            return Addresses(**json.loads(self.addresses_file.read_text()))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, OSError):
            raise Trouble(
                f"{self.addresses_file} cannot be read. Delete it; `sxsh up` writes it anew."
            ) from None

    def addresses(self) -> Addresses:
        remembered = self.remembered()
        if remembered is None:
            raise Trouble(
                f"No system has been started in {self.root} yet. Start it with `sxsh up` (or `make up`), "
                "or name another data folder with --data."
            )
        return remembered

    @contextlib.contextmanager
    def locked(self) -> Iterator[bool]:
        """Hold the workspace for one launcher; released by the kernel however it ends.

        Yields whether the launcher before ended without cleaning up. Raises `Trouble` when one is running.
        """
        self.create()
        with self.lock_file.open("a+") as lock:
            lock.seek(0)
            before = lock.read().strip()
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Trouble(
                    f"The system in {self.root} is already running (process {before or 'unknown'}). "
                    "Use it as it is, stop it with Ctrl-C there, or start another: --data and PORT_BASE=auto."
                ) from None
            lock.truncate(0)
            lock.write(f"{os.getpid()}\n")
            lock.flush()
            try:
                yield bool(before)
            finally:
                lock.truncate(0)

    def running(self) -> bool:
        """Whether a launcher holds this workspace now."""
        try:
            with self.lock_file.open() as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False
