"""Reads of the targets at 1,000 and 100,000 facilities, against the same app answering a constant.

One gunicorn for each, as deployed; clients with kept-alive connections take turns.
"""

from __future__ import annotations

import contextlib
import functools
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from flask import Flask, Response

from bench import memory
from bench.results import Check, Row, by_turns, shown
from bench.world import World
from deploy.sxsh.ports import free_port
from services.eventkit.http import Blueprint, allow
from services.eventkit.settings import Settings
from services.kpi import app as kpi

PROJECT = Path(__file__).parent.parent
CLIENTS = 4
#: What CI holds the rate at ten times the facilities to.
FLAT, WHY = 0.7, "the two are not asked at the same time, and each a second long; a scan would leave a tenth"
PATH, CONSTANT = "/api/v1/targets", "/api/v1/constant"


def create_app() -> Flask:
    """The reading side with one more route, whose answer is a constant of a length that is asked for."""
    blueprint = Blueprint("constant", __name__, url_prefix="/constant")
    body = functools.cache(lambda length: b'"' + b"x" * (length - 2) + b'"')

    @blueprint.route("/<int:length>", methods=["GET"])
    @allow()
    @blueprint.response(200, {"type": "string"})
    def constant(length: int) -> Response:
        return Response(body(length), mimetype="application/json")

    own = kpi.blueprints
    kpi.blueprints = lambda: [*own(), blueprint]
    return kpi.create_app(Settings.from_env("kpi"))


def measure(world: World) -> Row:
    seconds, rounds = (1.0, 3) if world.quick else (2.5, 5)
    small, large = (500, 5_000) if world.quick else (1_000, 100_000)
    with readers(world, [small, large]) as (near, far):
        works = [lambda: near.reads(seconds), lambda: far.reads(seconds), lambda: far.constants(seconds)]
        fewer, rates, floors = by_turns("reads", rounds, works)
    row = Row("reads", f"KPI read, {large:,} facilities", "requests/s", rates, far.floor, floors)
    row.hold_ratio(0.7)
    flat = [a / b for a, b in zip(rates, fewer, strict=True)]
    row.checks.append(Check(f"x {small:,} facilities", flat, 0.9, in_ci=FLAT, why=WHY))
    row.notes.append(f"{small:,} facilities: {shown(fewer)} requests/s; {CLIENTS} clients")
    return row


#: What CI asks.
ratios = measure


class Reader:
    """The reading side of a province, which answers on this port. Rates in requests a second."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._token = token
        self._length = _length(port, PATH, token)
        self.floor = f"a constant of {self._length:,} bytes"

    def reads(self, seconds: float) -> float:
        return _rate(self._port, PATH, self._token, seconds)

    def constants(self, seconds: float) -> float:
        return _rate(self._port, f"{CONSTANT}/{self._length}", self._token, seconds)


@contextlib.contextmanager
def readers(world: World, sizes: Sequence[int]) -> Iterator[list[Reader]]:
    token = world.identity.token(["inspector"])
    with contextlib.ExitStack() as stack:
        yield [Reader(stack.enter_context(_serving(world, size)), token) for size in sizes]


@contextlib.contextmanager
def _serving(world: World, facilities: int) -> Iterator[int]:
    """The port of a gunicorn that reads the projection of a province of this size."""
    name = f"reads_{facilities}"
    memory.projected(world, name, facilities)
    port = free_port()
    environment = {
        **os.environ,
        "MONGODB_URI": world.mongo.uri,
        "MONGODB_DATABASE": name,
        "OIDC_ISSUER": "sxsh-local",
        "OIDC_AUDIENCE": "sxsh",
        "OIDC_JWKS_URL": world.identity.jwks_file.as_uri(),
        "SERVICE_API_KEY": world.identity.service_key,
        **{f"{s}_URL": "http://127.0.0.1:9" for s in ("REGISTRY", "AUDITS", "TRAINING")},
    }
    argv = [sys.executable, "-m", "gunicorn", "--config", str(PROJECT / "deploy" / "gunicorn.conf.py")]
    argv += ["--bind", f"127.0.0.1:{port}", "--no-control-socket", "bench.reads:create_app()"]
    with (world.folder / "logs" / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(argv, env=environment, stdout=log, stderr=log, cwd=PROJECT)
    try:
        _wait(port, world.identity.token(["inspector"]))
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait(port: int, token: str) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with contextlib.suppress(OSError, RuntimeError):
            _rate(port, PATH, token, 0.1)
            return
        time.sleep(0.2)
    raise RuntimeError(f"the reading side did not answer on port {port}")


def request_of(path: str, token: str) -> bytes:
    """Bytes of a GET, to be sent on a connection that is kept."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n".encode()


def _length(port: int, path: str, token: str) -> int:
    """Bytes of the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request_of(path, token))
        return answered(connection)


def _rate(port: int, path: str, token: str, seconds: float) -> float:
    """Requests a second of `CLIENTS` connections, each asking again as soon as it is answered."""
    request = request_of(path, token)
    counts, failures = [0] * CLIENTS, []
    end = time.monotonic() + seconds

    def ask(number: int) -> None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
                while time.monotonic() < end:
                    connection.sendall(request)
                    answered(connection)
                    counts[number] += 1
        except (OSError, RuntimeError) as error:
            failures.append(error)

    started = time.monotonic()
    threads = [threading.Thread(target=ask, args=(n,)) for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise RuntimeError(f"{path}: {failures[0]}")
    return sum(counts) / (time.monotonic() - started)


class NotNow(RuntimeError):
    """The page says that what it shows is being made, and loads itself again."""


def answered(connection: socket.socket) -> int:
    """Read one answer to its end; the bytes of its body. Raises `NotNow` for a 503, and RuntimeError for
    what else is no 200."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            raise RuntimeError("the connection was closed")
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n", 1)[0])
    left = length - len(body)
    while left > 0:
        left -= len(connection.recv(min(left, 65536)))
    said = head.split(b"\r\n", 1)[0].decode()
    if said.startswith("HTTP/1.1 503"):
        raise NotNow(said)
    if not said.startswith("HTTP/1.1 200"):
        raise RuntimeError(said)
    return length
