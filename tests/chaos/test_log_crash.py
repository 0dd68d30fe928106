"""A writer killed before or after its insert: what was acknowledged is there, a repeat writes it once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Any

import pytest
from pymongo.database import Database

from services.eventkit.mongo_log import MongoLog
from tests.chaos.world import PROJECT, check_chain


@pytest.mark.parametrize("point", ["log.before_insert", "log.after_insert"])
def test_a_killed_writer_repeats_its_commands(
    database: Database[dict[str, Any]], mongo_uri: str, point: str
) -> None:
    MongoLog(database, "registry").prepare()

    def run(crash_at: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "tests.chaos.write", mongo_uri, database.name, "10"]
        environment = {**os.environ, "CRASH_AT": crash_at}
        return subprocess.run(
            command, env=environment, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False
        )

    killed = run(f"{point}:5")
    assert killed.returncode == -signal.SIGKILL
    acknowledged = killed.stdout.split("\n")[:-1]
    assert len(acknowledged) == 4
    again = run("")
    assert again.returncode == 0
    documents = list(database["log"].find().sort("_id", 1))
    check_chain(documents)
    assert [f"{d['command_id']} {d['_id']}" for d in documents] == again.stdout.strip().split("\n")
    assert set(acknowledged) <= set(again.stdout.split("\n"))
