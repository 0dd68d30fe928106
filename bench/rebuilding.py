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
    """The most that this process and each that it started have held, added up: as the kernel keeps it, so
    that it need not be looked at often."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._most: dict[str, float] = {}

    @property
    def peak_mib(self) -> float:
        return sum(self._most.values())

    def run(self) -> None:
        while True:
            for process in _family():
                self._most[process] = max(self._most.get(process, 0.0), _most_resident(process))
            time.sleep(0.2)


def _family() -> list[str]:
    found = ["self"]
    for children in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += children.read_text().split()
    return found


def _most_resident(process: str) -> float:
    with contextlib.suppress(OSError, IndexError):
        return int(Path(f"/proc/{process}/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
    return 0.0


if __name__ == "__main__":
    _rebuild(sys.argv[1], sys.argv[2], json.loads(sys.stdin.read()))
