"""What a province would lose when all burns down: nothing, if a backup and the master key are elsewhere."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.e2e.launched import sxsh
from tests.e2e.province import Province

pytestmark = pytest.mark.timeout(600)

DAY, LABEL = "2019-12-31", "Báo cáo năm 2019"
LOGS = ("registry", "audits", "training", "kpi")


def test_backup_destroy_restore_gives_the_same_targets_and_whole_chains(
    province: Province, tmp_path: Path
) -> None:
    province.run()
    system, data = province.system, province.data
    try:
        done = sxsh("official", "freeze", "--on", DAY, "--label", LABEL, *data)
        assert done.returncode == 0, done.stderr
        before = province.targets(DAY)
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

    try:
        province.run()
        assert province.settled(DAY, before)
        assert province.targets(DAY) == before
        assert system.call("GET", "registry", "/api/v1/officers?limit=100")[1] == officers
        official = sxsh("official", "list", *data, COLUMNS="200")
        assert LABEL in official.stdout, official.stderr
        verified = sxsh("verify", *data)
        assert verified.returncode == 0, verified.stdout + verified.stderr
        assert [line.partition(":")[0] for line in verified.stdout.splitlines()] == list(LOGS)
        refused = sxsh("restore", str(tmp_path / "backup.zip"), *data)
        assert refused.returncode == 1
    finally:
        system.end()
    refused = sxsh("restore", str(tmp_path / "backup.zip"), *data)
    assert refused.returncode == 1 and "The database is not empty" in refused.stderr
