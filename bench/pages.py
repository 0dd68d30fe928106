"""Pages as an operator asks for them, with 100,000 facilities: milliseconds, beside the API's same figures.

All four services under gunicorn, as deployed, on the logs of one province. One client asks, one page at a
time. *Anew* is an address that nobody has asked for since the last change: another day each time. *Again* is
the same address.
"""

from __future__ import annotations

import contextlib
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from bench import feeds, memory
from bench.consume import PARTITIONS
from bench.progress import tell
from bench.province import UNITS
from bench.reads import NotNow, answered, request_of
from bench.results import Check, Row
from bench.world import World
from deploy.sxsh.ports import free_port
from services.eventkit.blocks import Blocks
from services.eventkit.mongo_log import MongoLog
from services.kpi.domain.facts import SOURCES
from services.kpi.domain.rules import RuleSet
from services.kpi.projection.bulk.crew import Crew
from services.kpi.projection.rebuild import rebuild

PROJECT = Path(__file__).parent.parent

#: Each page with the API's read of what it shows. A new page is one more line.
PAGES = {
    "/": "/api/v1/targets",
    "/targets/K1": "/api/v1/targets/K1",
    "/targets/K2b": "/api/v1/targets/K2b",
    "/targets/K3": "/api/v1/targets/K3",
    "/assessments": "/api/v1/options",
    "/training": "/api/v1/targets/S1",
    "/funding": "/api/v1/funding",
    "/tasks": "/api/v1/tasks",
    "/facilities": "/api/v1/targets",
    "/targets/K1/facilities": "/api/v1/targets/K1",
    "/districts": "/api/v1/targets",
    "/officers": "/api/v1/targets/K3",
    "/quality": "/api/v1/targets",
    "/quality/stale": "/api/v1/targets",
    "/facilities/{facility}": "/api/v1/facilities/{facility}/standing",
    "/districts/{district}": "/api/v1/targets",
    "/flags": "/api/v1/targets",
    "/duplicates": "/api/v1/targets",
    "/imports": "/api/v1/targets",
    "/official": "/api/v1/targets",
    "/official/freeze": "/api/v1/targets",
    "/events/{event}": "/api/v1/events/{event}/effect",
    "/reports": "/api/v1/targets",
    "/boundaries": "/api/v1/targets",
    "/desk": "/api/v1/targets",
    "/system": "/api/v1/targets",
}
#: Milliseconds that a page may take at the server.
LIMIT = 100.0
FIRST = date(2019, 6, 30)
#: Seconds in which all services must have read their logs.
WAIT = 900.0


def measure(world: World) -> list[Row]:
    facilities = 2_000 if world.quick else 100_000
    times = 10 if world.quick else 30
    name = f"pages_{facilities}"
    province = memory.large(facilities)
    tell(f"pages: the logs of {facilities:,} facilities are filled")
    feeds.filled(world, name, province)
    tell("pages: what the services read is made from the logs")
    with feeds.serving(world, name) as clients:
        rebuild(world.client[f"{name}_kpi"], RuleSet.load(), clients, PARTITIONS, crew=Crew(world.mongo.uri))
    for source in SOURCES:
        # As the relay does beside its service.
        database = world.client[f"{name}_{source}"]
        blocks = Blocks(MongoLog(database, source), database)
        blocks.prepare()
        blocks.extend()
    with serving(world, name) as ports:
        token = world.identity.token(["operator", "inspector", "registrar"])
        first = MongoLog(world.client[f"{name}_registry"], "registry").read(facilities // 2, 1)[0]
        records = {"facility": province.ids[0], "district": UNITS[0], "event": first.commit.events[0].id}
        pages = {page.format(**records): read.format(**records) for page, read in PAGES.items()}
        ready = _ready(ports, token, pages)
        rows = [_page(ports["kpi"], page, read, token, times, facilities) for page, read in pages.items()]
        rows.append(_compared(ports["kpi"], token, times, facilities))
    rows[0].notes.append(f"{ready:,.0f} s after the start all services had read their logs")
    return rows


def _page(port: int, page: str, read: str, token: str, times: int, facilities: int) -> Row:
    tell(f"pages: {page}")
    for path in (page, read):
        _asked(port, path, token, [FIRST - timedelta(days=n) for n in range(1, 4)])
    days = [FIRST + timedelta(days=n) for n in range(times)]
    anew, floors = [], []
    for day in days:
        anew += _asked(port, page, token, [day])
        floors += _asked(port, read, token, [day])
    again = _asked(port, page, token, [FIRST] * times)
    row = Row("pages", f"{page}, {facilities:,} facilities, anew", "ms", anew, f"{read}, anew", floors)
    row.checks.append(Check("ms, 95 of 100", [statistics.quantiles(anew, n=20)[-1]], LIMIT, at_least=False))
    row.notes.append(f"again: {statistics.median(again):,.0f} ms ({min(again):,.0f} … {max(again):,.0f})")
    return row


def _compared(port: int, token: str, times: int, facilities: int) -> Row:
    """A comparison of two readings takes longer than a page may: until it is made the page says so, and loads
    itself again. All answers are timed, those that say so too."""
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    tell("pages: a comparison, each answer")
    told, until = [], []
    for n in range(-1, times):
        path = f"/targets/K1/changes?from={now}&to={now}&from_on=2018-12-31&to_on={FIRST + timedelta(days=n)}"
        begun, answers, more = time.monotonic(), [], True
        while more and time.monotonic() - begun < WAIT:
            with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
                started = time.perf_counter()
                connection.sendall(request_of(path, token))
                more = False
                try:
                    answered(connection)
                except NotNow:
                    more = True
                answers.append((time.perf_counter() - started) * 1000)
            time.sleep(0.2 if more else 0)
        # The first has the moment built that all are of.
        if n >= 0:
            told += answers
            until.append(time.monotonic() - begun)
    row = Row("pages", f"/targets/K1/changes, {facilities:,} facilities, each answer", "ms", told)
    row.checks.append(Check("ms, 95 of 100", [statistics.quantiles(told, n=20)[-1]], LIMIT, at_least=False))
    row.notes.append(f"the comparison was there after {statistics.median(until):.1f} s (median)")
    return row


def _asked(port: int, path: str, token: str, days: list[date]) -> list[float]:
    """Milliseconds until each answer is there, over one connection."""
    found = []
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        for day in days:
            started = time.perf_counter()
            connection.sendall(request_of(f"{path}?on={day}", token))
            answered(connection)
            found.append((time.perf_counter() - started) * 1000)
    return found


@contextlib.contextmanager
def serving(world: World, name: str) -> Iterator[dict[str, int]]:
    """The four services on what was filled into `name`, by port."""
    ports = {service: free_port() for service in (*SOURCES, "kpi")}
    urls = {f"{source.upper()}_URL": f"http://127.0.0.1:{ports[source]}" for source in SOURCES}
    with contextlib.ExitStack() as running:
        for service, port in ports.items():
            environment = {
                **os.environ,
                **urls,
                "MONGODB_URI": world.mongo.uri,
                "MONGODB_DATABASE": f"{name}_{service}",
                "OIDC_ISSUER": "sxsh-local",
                "OIDC_AUDIENCE": "sxsh",
                "OIDC_JWKS_URL": world.identity.jwks_file.as_uri(),
                "API_KEYS_FILE": str(world.identity.api_keys.path),
                "SERVICE_API_KEY": world.identity.service_key,
                "PERSON_MASTER_KEY": "MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA=",
                "TOPIC_PARTITIONS": str(PARTITIONS),
            }
            running.enter_context(_gunicorn(world, service, port, environment))
            if service == "kpi":
                argv = [sys.executable, "-m", "services.kpi", "snapshots"]
                running.enter_context(_process(world, "snapshots", argv, environment))
        yield ports


@contextlib.contextmanager
def _gunicorn(world: World, service: str, port: int, environment: dict[str, str]) -> Iterator[None]:
    argv = [sys.executable, "-m", "gunicorn", "--config", str(PROJECT / "deploy" / "gunicorn.conf.py")]
    argv += ["--bind", f"127.0.0.1:{port}", "--no-control-socket", f"services.{service}.app:create_app()"]
    with _process(world, service, argv, environment):
        yield


@contextlib.contextmanager
def _process(world: World, name: str, argv: list[str], environment: dict[str, str]) -> Iterator[None]:
    with (world.folder / "logs" / f"pages_{name}.log").open("ab") as log:
        process = subprocess.Popen(argv, env=environment, stdout=log, stderr=log, cwd=PROJECT)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


#: What pages ask of each service: one that has read its log answers in `SOON` seconds, `ROW` times running.
LISTS = (
    ("registry", "/api/v1/facilities"),
    ("registry", "/api/v1/funding"),
    ("audits", "/api/v1/assessments"),
    ("audits", "/api/v1/options?due_on=2019-01-01&sort=due_on"),
    ("training", "/api/v1/courses"),
    ("training", "/api/v1/participations?certificate=issued"),
)
SOON, ROW = 0.5, 5


def _ready(ports: dict[str, int], token: str, pages: Iterable[str]) -> float:
    """Seconds until all services have read their logs, and every page has been answered once."""
    started = time.monotonic()
    for service, path in (*LISTS, *(("kpi", page) for page in pages)):
        quick = 0
        while quick < ROW:
            if time.monotonic() - started > WAIT:
                raise RuntimeError(f"{service} did not answer {path}; see its log")
            asked = time.monotonic()
            told = _answers(ports[service], path, token)
            quick = quick + 1 if told and time.monotonic() - asked < SOON else 0
            time.sleep(0.1)
    return time.monotonic() - started


def _answers(port: int, path: str, token: str) -> bool:
    with contextlib.suppress(OSError, RuntimeError):
        with socket.create_connection(("127.0.0.1", port), timeout=WAIT) as connection:
            connection.sendall(request_of(path, token))
            answered(connection)
        return True
    return False
