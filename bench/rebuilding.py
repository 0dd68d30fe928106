"""The process that builds a projection anew, as an operator does: `python -m bench.rebuilding URI DATABASE`.

Where the feeds are comes on standard input, how many seconds it took and the most MiB it held go to standard
output. Apart from `bench.rebuild`, because the processes it starts read it too, and need no more than an
operator's.
"""

from __future__ import annotations

import contextlib
import gc
import json
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from services.eventkit.feed_client import FeedClient
from services.kpi.collecting import seldom_collect
from services.kpi.domain.facts import Source
from services.kpi.domain.rules import RuleSet
from services.kpi.projection.bulk.crew import Crew
from services.kpi.projection.rebuild import rebuild


def _rebuild(uri: str, name: str, told: Mapping[str, Any]) -> None:
    seldom_collect()
    client: MongoClient[dict[str, Any]] = MongoClient(uri)
    urls: Mapping[Source, str] = told["urls"]
    sources = {s: FeedClient(url.removesuffix("/api/v1/events"), told["key"], 30) for s, url in urls.items()}
    gc.collect()
    watch = _Watch()
    watch.start()
    started = time.monotonic()
    rebuild(client[name], RuleSet.load(), sources, told["partitions"], crew=Crew(uri))
    seconds = time.monotonic() - started
    print(seconds, watch.peak_mib)


class _Watch(threading.Thread):
    """The memory of this process and those that it started, together, at its highest."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak_mib = 0.0

    def run(self) -> None:
        while True:
            self.peak_mib = max(self.peak_mib, sum(map(_resident, _family())))
            time.sleep(0.2)


def _family() -> list[str]:
    found = ["self"]
    for children in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += children.read_text().split()
    return found


def _resident(process: str) -> float:
    with contextlib.suppress(OSError, IndexError):
        return int(Path(f"/proc/{process}/status").read_text().split("VmRSS:")[1].split()[0]) / 1024
    return 0.0


if __name__ == "__main__":
    _rebuild(sys.argv[1], sys.argv[2], json.loads(sys.stdin.read()))
