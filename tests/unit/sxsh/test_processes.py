"""What a user would lose: a database that ends itself on a machine with the usual limits."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

from deploy.sxsh.processes import Child, wait_until

TELL = "import resource; print(resource.getrlimit(resource.RLIMIT_NOFILE))"


def test_a_child_may_open_all_the_files_that_the_system_allows(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 512), hard))
    child = Child("teller", [sys.executable, "-c", TELL], tmp_path / "log")
    try:
        child.start()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert wait_until(lambda: not child.alive, 60)
    assert child.log.read_text() == f"({hard}, {hard})\n"
