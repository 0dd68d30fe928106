"""A system in which only the demonstration has been told, by the client that tells it."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from deploy.sxsh.demo import run
from deploy.sxsh.identity import LocalIdentity
from deploy.sxsh.processes import wait_until
from tests.e2e.launched import Launched

#: Every story of the demonstration is among them.
FACILITIES = 140


class Province:
    """`told`: the targets as the client of the demonstration read them at its end."""

    def __init__(self, system: Launched) -> None:
        self.system = system
        self.told: dict[str, Any] | None = None

    @property
    def data(self) -> tuple[str, str]:
        return "--data", str(self.system.workspace.root)

    def run(self) -> None:
        """Start the system unless it runs; the first time the demonstration is told."""
        if not self.system.alive:
            self.system.start()
        if self.told is None:
            self.told = self.tell()

    def tell(self) -> dict[str, Any]:
        identity = LocalIdentity(self.system.workspace.identity)

        def token(subject: str, roles: tuple[str, ...]) -> str:
            return identity.token(roles, subject=subject)

        return run(self.system.addresses.services, token, Console(quiet=True), FACILITIES)

    def targets(self, on: str) -> dict[str, Any]:
        status, found = self.system.call("GET", "kpi", f"/api/v1/targets?on={on}")
        assert status == 200, found
        return {"targets": found["targets"], "position": found["position"]}

    def settled(self, on: str, before: dict[str, Any]) -> bool:
        """Whether, started anew, it comes to where it was."""

        def applied() -> bool:
            status, found = self.system.call("GET", "kpi", f"/api/v1/targets?on={on}")
            return status == 200 and found["position"] == before["position"]

        return wait_until(applied, 120, 0.5)
