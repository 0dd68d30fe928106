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


def measure(world: World) -> Row:
    seconds = 6.0 if world.quick else 20.0
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
            began = time.monotonic()
            committed = _commit(log, seconds + WARM)
            took = time.monotonic() - began
            _until(seen, max(committed), PATIENCE)
        finally:
            stop.set()
            watcher.join()
        client.close()
    delays = _delays({p: at for p, at in committed.items() if at > began + WARM}, seen)
    cuts = statistics.quantiles(delays, n=1000)
    row = Row("visible", f"commit to KPI visible, {RATE} events/s open loop", "ms, p50", [cuts[499]])
    row.checks.append(Check("ms, p99", cuts[989], 250, at_least=False))
    row.notes.append(
        f"{len(delays):,} commits; p90 {cuts[899]:,.0f}, p99 {cuts[989]:,.0f}, max {max(delays):,.0f} ms; "
        f"appended {len(committed) / took:,.0f} a second"
    )
    return row


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
    """(when, the registry position that the targets showed), whenever it grew."""
    pool = urllib3.PoolManager(headers=headers, retries=False)
    while not stop.wait(LOOK):
        answer = pool.request("GET", url)
        if answer.status == 200:
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
