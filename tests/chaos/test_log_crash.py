"""Writers and the database killed midway: what was acknowledged is there, repeats write nothing twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from deploy.sxsh.servers import MongoServer
from services.eventkit.crash import CRASH_POINTS
from services.eventkit.mongo_log import MongoLog
from services.eventkit.verify import verify_documents
from tests.chaos.world import PROJECT, check_chain

THREADS, COMMANDS = 4, 25
LOG = [point for point in CRASH_POINTS if point.startswith("log.")]


class Writers:
    """Starts `tests.chaos.write` on one database, and knows what was acknowledged to whom."""

    def __init__(self, uri: str, database: Database[dict[str, Any]], folder: Path) -> None:
        self.uri, self.database, self.folder = uri, database, folder
        self.outputs: list[Path] = []
        MongoLog(database, "registry").prepare()

    def start(self, crash_at: str = "") -> subprocess.Popen[bytes]:
        output = self.folder / f"acknowledged-{len(self.outputs)}"
        self.outputs.append(output)
        command = [sys.executable, "-m", "tests.chaos.write", self.uri, self.database.name]
        with output.open("wb") as out:
            return subprocess.Popen(
                [*command, str(THREADS), str(COMMANDS)],
                env={**os.environ, "CRASH_AT": crash_at},
                cwd=PROJECT,
                stdout=out,
            )

    def finish(self) -> None:
        """The same commands again, by a writer that lives."""
        assert self.start().wait(60) == 0

    def acknowledged(self) -> list[str]:
        return [line for output in self.outputs for line in output.read_text().split("\n")[:-1]]

    def check(self) -> None:
        """Whole, every command once, and every acknowledgement, to whichever writer, true."""
        documents = list(self.database["log"].find().sort("_id", 1))
        check_chain(documents)
        assert verify_documents(documents).whole
        stored = [f"{document['command_id']} {document['_id']}" for document in documents]
        assert len(stored) == THREADS * COMMANDS
        assert set(self.acknowledged()) == set(stored)


@pytest.fixture
def writers(mongo_uri: str, database: Database[dict[str, Any]], tmp_path: Path) -> Writers:
    return Writers(mongo_uri, database, tmp_path)


@pytest.mark.parametrize("arrival", [1, 5])
@pytest.mark.parametrize("point", LOG)
def test_a_killed_writer_repeats_its_commands(writers: Writers, point: str, arrival: int) -> None:
    assert writers.start(f"{point}:{arrival}").wait(60) == -signal.SIGKILL
    written = writers.database["log"].count_documents({})
    if point == "log.after_insert":
        assert len(writers.acknowledged()) < written, "killed between the write and its acknowledgement"
    elif arrival == 1:
        assert written == 0
    writers.finish()
    writers.check()


@pytest.mark.parametrize("point", LOG)
def test_a_writer_killed_beside_another_that_sends_the_same_commands(writers: Writers, point: str) -> None:
    """A client that tries another process when the first one does not answer."""
    killed = writers.start(f"{point}:3")
    survivor = writers.start()
    assert killed.wait(60) == -signal.SIGKILL
    assert survivor.wait(60) == 0
    writers.finish()
    writers.check()


def test_a_database_killed_under_its_writers(own_mongo_server: MongoServer, tmp_path: Path) -> None:
    """kill -9 of mongod: writers are told to try again; nothing acknowledged is gone when it is back."""
    with MongoClient[dict[str, Any]](own_mongo_server.uri, tz_aware=True) as client:
        writers = Writers(own_mongo_server.uri, client["killed"], tmp_path)
        running = [writers.start(), writers.start()]
        for least in (5, 40):
            end = time.monotonic() + 60
            while len(writers.acknowledged()) < least and time.monotonic() < end:
                time.sleep(0.005)
            assert None in [process.poll() for process in running]
            own_mongo_server.kill()
            before = set(writers.acknowledged())
            own_mongo_server.start()
            own_mongo_server.wait_ready()
            stored = writers.database["log"].find({}, {"command_id": 1})
            assert before <= {f"{document['command_id']} {document['_id']}" for document in stored}
        assert [process.wait(60) for process in running] == [0, 0]
        writers.finish()
        writers.check()
