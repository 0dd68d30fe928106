"""`sxsh up` as a subprocess on free ports, and what a test asks of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
import urllib3

from deploy.sxsh.environment import PROJECT
from deploy.sxsh.identity import LocalIdentity
from deploy.sxsh.processes import wait_until
from deploy.sxsh.workspace import Addresses, Workspace

_SERVERS = ("MONGODB_URI", "KAFKA_BOOTSTRAP_SERVERS")


def environment(**more: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if name not in _SERVERS}
    return {**own, "PORT_BASE": "auto", "CHECKPOINT_SECONDS": "2", **more}


def sxsh(*arguments: str, timeout: float = 120, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end, as a person would in a second terminal."""
    return subprocess.run(
        [sys.executable, "-m", "deploy.sxsh.cli", *arguments],
        env=environment(**more),
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


class Launched:
    def __init__(self, folder: Path, **settings: str) -> None:
        """`settings` are environment variables of all its processes."""
        self._settings = settings
        self.workspace = Workspace(folder / "data")
        self.output = folder / "output.txt"
        self.process: subprocess.Popen[bytes] | None = None
        self.http = urllib3.PoolManager(timeout=urllib3.Timeout(60.0), retries=False)

    def start(self) -> None:
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "deploy.sxsh.cli", "up", "--data", str(self.workspace.root)],
                env=environment(**self._settings),
                cwd=PROJECT,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        assert wait_until(lambda: "Running." in self.said or not self.alive, 240, 0.2)
        assert self.alive, self.said

    @property
    def said(self) -> str:
        return self.output.read_text()

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def addresses(self) -> Addresses:
        return self.workspace.addresses()

    def children(self) -> list[psutil.Process]:
        assert self.process is not None
        return psutil.Process(self.process.pid).children(recursive=True)

    def kill_children(self) -> None:
        for child in self.children():
            child.send_signal(signal.SIGKILL)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def end(self) -> int:
        """Ask it to stop; its exit code."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(120)

    def token(self, *roles: str, subject: str = "tester") -> str:
        return LocalIdentity(self.workspace.identity).token(list(roles), subject=subject)

    def call(
        self,
        method: str,
        service: str,
        path: str,
        body: object = None,
        *,
        roles: tuple[str, ...] = ("admin",),
    ) -> tuple[int, Any]:
        """(status, decoded answer) of a request to a service; status 0 when nothing answers."""
        try:
            return self.ask(method, service, path, body, roles=roles)[:2]
        except urllib3.exceptions.HTTPError:
            return 0, None

    def ask(
        self,
        method: str,
        service: str,
        path: str,
        body: object = None,
        *,
        roles: tuple[str, ...] = ("admin",),
        subject: str = "tester",
    ) -> tuple[int, Any, Mapping[str, str]]:
        """(status, decoded answer, headers). Raises urllib3's `HTTPError` when nothing answers."""
        headers = {"Authorization": f"Bearer {self.token(*roles, subject=subject)}"}
        if body is not None:
            raw = isinstance(body, bytes)
            headers["Content-Type"] = "application/octet-stream" if raw else "application/json"
        answer = self.http.request(
            method,
            f"{self.addresses.services[service]}{path}",
            body=body if body is None or isinstance(body, bytes) else json.dumps(body).encode(),
            headers=headers,
        )
        return answer.status, json.loads(answer.data) if answer.data else None, answer.headers

    def ready(self) -> bool:
        return all(self.call("GET", name, "/readyz")[0] == 200 for name in self.addresses.services)
