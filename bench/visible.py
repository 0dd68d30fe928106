"""From a commit to the target that shows it: the whole local system, 500 events a second, open loop."""

from __future__ import annotations

import json
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import urllib3
from pymongo import MongoClient
from rich.console import Console

from bench.progress import tell
from bench.province import Province
from bench.results import Check, Row
from bench.world import World
from deploy.sxsh.identity import LocalIdentity
from deploy.sxsh.launcher import System, make_plan
from deploy.sxsh.workspace import Workspace
from services.eventkit.ids import new_id
from services.eventkit.mongo_log import MongoLog

RATE = 500
#: Seconds between looks at the target: what is measured is late by this much at most.
LOOK = 0.01
#: Seconds at the start that are not counted, and seconds after the last commit that the last may take.
WARM, PATIENCE = 3.0, 15.0
#: Parts of the time for which each number is told.
WINDOWS = 3


@contextmanager
def system(world: World) -> Iterator[System]:
    """All processes as `sxsh up` starts them, on free ports, with data of their own."""
    workspace = Workspace(world.folder / "system")
    workspace.create()
    identity = LocalIdentity(workspace.identity)
    identity.ensure()
    found = System(workspace, identity, make_plan(workspace, "auto", {}, False), Console(quiet=True))
    try:
        found.start()
        yield found
    finally:
        found.stop()


def measure(world: World) -> list[Row]:
    seconds = 6.0 if world.quick else 21.0
    tell("visible: the system starts")
    with system(world) as running:
        addresses = running.plan.addresses
        client: MongoClient[dict[str, Any]] = MongoClient(addresses.mongodb_uri)
        log = MongoLog(client["sxsh_registry"], "registry")
        bearer = {"Authorization": f"Bearer {running.identity.token(['inspector'])}"}
        seen: list[tuple[float, int]] = []
        stop = threading.Event()
        watcher = threading.Thread(
            target=_watch, args=(f"{addresses.services['kpi']}/api/v1/targets", bearer, seen, stop)
        )
        watcher.start()
        try:
            log.append(Province(1).registration(new_id())[1])
            _until(seen, 1, 60)
            tell(f"visible: {RATE} commits a second for {seconds + WARM:.0f} s")
            began = time.monotonic()
            committed = _commit(log, seconds + WARM)
            took = time.monotonic() - began
            _until(seen, max(committed), PATIENCE)
        finally:
            stop.set()
            watcher.join()
        client.close()
    counted = {position: at for position, at in committed.items() if at > began + WARM}
    told, cuts = _told(
        _delays(counted, seen), [at - began - WARM for _, at in sorted(counted.items())], seconds
    )
    told[1].notes.append(
        f"of all {len(counted):,} commits: p50 {cuts[49]:,.0f}, p90 {cuts[89]:,.0f}, p99 {cuts[98]:,.0f} ms; "
        f"appended {len(committed) / took:,.0f} a second"
    )
    return told


def _told(delays: list[float], at: list[float], seconds: float) -> tuple[list[Row], list[float]]:
    """By windows, which show how steady it is; the limit is of all commits together."""
    windows: list[list[float]] = [[] for _ in range(WINDOWS)]
    for delay, when in zip(delays, at, strict=True):
        windows[min(int(when / seconds * WINDOWS), WINDOWS - 1)].append(delay)
    each = [statistics.quantiles(window, n=100) for window in windows]
    cuts = statistics.quantiles(delays, n=100)
    what = f"commit to KPI visible, {RATE} events/s open loop"
    rows = [
        Row("visible_p50", f"{what}, {WINDOWS} windows", "ms, p50", [cut[49] for cut in each]),
        Row("visible", f"{what}, {WINDOWS} windows", "ms, p99", [cut[98] for cut in each]),
    ]
    rows[1].checks.append(Check("ms, p99 of all", [cuts[98]], 250, at_least=False))
    return rows, cuts


def _commit(log: MongoLog, seconds: float) -> dict[int, float]:
    """Position -> when its append was acknowledged. Each is due at its time, done others or not."""
    tell = Province(1).registration
    news = [tell(new_id())[1] for _ in range(int(seconds * RATE))]
    committed: dict[int, float] = {}
    start = time.monotonic()

    def one(index: int) -> None:
        position = log.append(news[index]).commit.position
        committed[position] = time.monotonic()

    with ThreadPoolExecutor(max_workers=64) as pool:
        for index in range(len(news)):
            wait = start + index / RATE - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            pool.submit(one, index)
    return committed


def _watch(url: str, headers: dict[str, str], seen: list[tuple[float, int]], stop: threading.Event) -> None:
    """(when, the registry position that the targets showed), whenever it grew. Asks as the API is to be asked
    by who looks often: for what has changed since."""
    pool = urllib3.PoolManager(retries=False)
    known: dict[str, str] = {}
    while not stop.wait(LOOK):
        answer = pool.request("GET", url, headers={**headers, **known})
        if answer.status == 200:
            known = {"If-None-Match": answer.headers["ETag"]}
            position = json.loads(answer.data)["position"]["registry"]
            if not seen or position > seen[-1][1]:
                seen.append((time.monotonic(), position))


def _until(seen: list[tuple[float, int]], position: int, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not seen or seen[-1][1] < position:
        if time.monotonic() > end:
            shown = seen[-1][1] if seen else "nothing"
            raise RuntimeError(f"position {position} was not shown in {seconds:.0f} s; shown: {shown}")
        time.sleep(0.02)


def _delays(committed: dict[int, float], seen: list[tuple[float, int]]) -> list[float]:
    """Milliseconds of each commit until the first answer that held it."""
    delays, looks = [], iter(seen)
    at, shown = next(looks)
    for position, when in sorted(committed.items()):
        while shown < position:
            at, shown = next(looks)
        delays.append(max(at - when, 0.0) * 1000)
    return delays
