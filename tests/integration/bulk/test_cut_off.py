"""A worker that is killed in the middle: every row once, and the counts as if nothing had happened."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from services.eventkit.bulk.kinds import Planned, Row
from services.eventkit.identity import Principal, Role
from services.eventkit.settings import Settings
from services.registry.container import Container
from tests.integration.bulk.files import FACILITY_HEADS, csv_text, facility_row
from tests.integration.bulk.sender import Sender

#: Two whole chunks and a part.
ROWS = 2_300


def test_a_killed_worker_loses_and_doubles_nothing(
    sender: Sender, container: Container, settings: Settings
) -> None:
    rows = [facility_row(n, **({"kind": "công ty"} if n in (3, 1500) else {})) for n in range(ROWS)]
    job = sender.checked(csv_text([FACILITY_HEADS, *rows]), "facilities", "csv")
    before = container.log.head()
    container.imports.jobs.start(job["id"], Principal("lan", frozenset({Role.REGISTRAR})))

    killed = subprocess.run(
        [sys.executable, "-m", "tests.integration.bulk.worker", settings.mongodb_uri,
         settings.mongodb_database, job["id"]],
        env={**os.environ, "CRASH_AT": "import.after_chunk:2"},
        timeout=120,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL
    cut = container.imports.jobs.get(job["id"])
    assert (cut.state, cut.done, cut.written) == ("running", 1000, 999)
    assert container.log.head() == before + 1998

    container.imports.work(job["id"])
    assert container.imports.jobs.get(job["id"]).state == "running", "the dead worker's lease still holds"
    past = {"$set": {"until": datetime(2000, 1, 1, tzinfo=UTC)}}
    container.imports.jobs.collection.update_one({"_id": job["id"]}, past)
    container.imports.resume()
    done = sender.settled(job["id"])
    assert (done["state"], done["done"], done["written"]) == ("done", ROWS, ROWS - 2)
    assert (done["same"], done["refused"]) == (0, 2)
    assert container.log.head() == before + ROWS - 2


def test_what_a_cancelled_run_wrote_is_counted(sender: Sender, container: Container) -> None:
    """Called off while its second piece is written: that comes in whole, and nothing after it."""
    job = sender.checked(csv_text([FACILITY_HEADS, *map(facility_row, range(ROWS))]), "facilities", "csv")
    before = container.log.head()
    kind = container.imports.kinds["facilities"]
    pieces = 0

    def cancelled(rows: Sequence[Row], caller: Principal) -> list[Planned]:
        nonlocal pieces
        pieces += 1
        if pieces == 2:
            assert sender.asks(f"/{job['id']}/cancellation").get_json()["written"] == 1000
        return kind.plan(rows, caller)

    container.imports.kinds["facilities"] = replace(kind, plan=cancelled)
    container.imports.jobs.start(job["id"], Principal("lan", frozenset({Role.REGISTRAR})))
    container.imports.work(job["id"])
    found = sender.settled(job["id"])
    assert (found["state"], found["done"], found["written"]) == ("cancelled", 2000, 2000)
    assert (pieces, container.log.head()) == (2, before + 2000)
    assert found["position"] == f"registry:{before + 2000}"
