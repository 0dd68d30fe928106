"""What a province would lose when all burns down: nothing, if a backup and the master key are elsewhere."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from deploy.sxsh.demo import run
from deploy.sxsh.identity import LocalIdentity
from deploy.sxsh.processes import wait_until
from tests.e2e.launched import Launched, sxsh

pytestmark = pytest.mark.timeout(600)

LOGS = ("registry", "audits", "training", "kpi")


def targets(system: Launched) -> dict[str, Any]:
    status, found = system.call("GET", "kpi", "/api/v1/targets?on=2019-12-31")
    assert status == 200, found
    return {"targets": found["targets"], "position": found["position"]}


def test_backup_destroy_restore_gives_the_same_targets_and_whole_chains(tmp_path: Path) -> None:
    system = Launched(tmp_path)
    data = ("--data", str(system.workspace.root))
    try:
        system.start()
        identity = LocalIdentity(system.workspace.identity)
        run(
            system.addresses.services,
            lambda subject, roles: identity.token(roles, subject=subject),
            Console(quiet=True),
            40,
        )
        done = sxsh("official", "freeze", "--on", "2018-12-31", "--label", "Báo cáo năm 2018", *data)
        assert done.returncode == 0, done.stderr
        before = targets(system)
        officers = system.call("GET", "registry", "/api/v1/officers?limit=100")[1]
        assert len(officers["items"]) > 0
        done = sxsh("backup", "-o", str(tmp_path / "backup.zip"), *data)
        assert done.returncode == 0, done.stderr
        refused = sxsh("restore", str(tmp_path / "backup.zip"), *data)
        assert refused.returncode == 1 and "already running" in refused.stderr
    finally:
        system.end()
    master = system.workspace.identity / "master-key"
    shutil.copy(master, tmp_path / "master-key")

    shutil.rmtree(system.workspace.root)
    refused = sxsh("restore", str(tmp_path / "backup.zip"), *data)
    assert refused.returncode == 1 and "The master key of persons is not here" in refused.stderr
    master.parent.mkdir(parents=True, mode=0o700)
    shutil.copy(tmp_path / "master-key", master)
    done = sxsh("restore", str(tmp_path / "backup.zip"), *data)
    assert done.returncode == 0, done.stderr

    system = Launched(tmp_path)
    try:
        system.start()

        def applied() -> bool:
            status, found = system.call("GET", "kpi", "/api/v1/targets?on=2019-12-31")
            return status == 200 and found["position"] == before["position"]

        assert wait_until(applied, 120, 0.5)
        assert targets(system) == before
        assert system.call("GET", "registry", "/api/v1/officers?limit=100")[1] == officers
        official = sxsh("official", "list", *data, COLUMNS="200")
        assert "Báo cáo năm 2018" in official.stdout, official.stderr
        verified = sxsh("verify", *data)
        assert verified.returncode == 0, verified.stdout + verified.stderr
        assert [line.partition(":")[0] for line in verified.stdout.splitlines()] == list(LOGS)
        refused = sxsh("restore", str(tmp_path / "backup.zip"), *data)
        assert refused.returncode == 1
    finally:
        system.end()
    refused = sxsh("restore", str(tmp_path / "backup.zip"), *data)
    assert refused.returncode == 1 and "The database is not empty" in refused.stderr
