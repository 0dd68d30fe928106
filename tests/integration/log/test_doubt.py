"""The connection breaks after the server wrote and before it says so: nothing is doubled or misreported."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from services.eventkit.errors import CommandReused, SxshError
from services.eventkit.mongo_log import MongoLog
from services.eventkit.verify import Verdict, verify_documents
from tests.integration.log.made import commit, prepared


class CuttingProxy:
    """Passes bytes on to a server. Told to `cut`, it swallows the answer to the next insert and hangs up."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.cut = False
        self.cuts = 0
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._target)
            doomed = threading.Event()
            for run in (self._ask, self._answer):
                threading.Thread(target=run, args=(client, server, doomed), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket, doomed: threading.Event) -> None:
        while data := _received(client):
            if self.cut and b"insert\0" in data:
                self.cut = False
                doomed.set()
            server.sendall(data)
        _hang_up(server)

    def _answer(self, client: socket.socket, server: socket.socket, doomed: threading.Event) -> None:
        while data := _received(server):
            if doomed.is_set():
                self.cuts += 1
                break
            client.sendall(data)
        _hang_up(client)

    def close(self) -> None:
        self._listener.close()


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(1 << 16)
    except OSError:
        return b""


def _hang_up(connection: socket.socket) -> None:
    """A close alone leaves the connection open while the other thread waits for its bytes."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


@pytest.fixture
def proxy(mongo_client: MongoClient[dict[str, Any]]) -> Iterator[CuttingProxy]:
    address = mongo_client.address
    assert address is not None
    made = CuttingProxy((address[0], address[1] or 27017))
    yield made
    made.close()


@pytest.fixture(params=["driver repeats", "log finds out"])
def log(
    request: pytest.FixtureRequest, database: Database[dict[str, Any]], proxy: CuttingProxy
) -> Iterator[MongoLog]:
    prepared(database)
    repeats = request.param == "driver repeats"
    uri = f"mongodb://127.0.0.1:{proxy.port}/?directConnection=true"
    with MongoClient[dict[str, Any]](uri, retryWrites=repeats) as client:
        made = MongoLog(client[database.name], "test")
        made.append(commit("s", command_id="k", fingerprint="f"))
        yield made


def test_what_was_written_before_the_cut_is_acknowledged_once(
    log: MongoLog, proxy: CuttingProxy, database: Database[dict[str, Any]]
) -> None:
    proxy.cut = True
    results = log.append_many([commit("s", 2, 2), commit("s", 4), commit("t"), commit("s")])
    assert proxy.cuts == 1
    kinds = [r.commit.position if not isinstance(r, SxshError) else r.slug for r in results]
    assert kinds == [2, 3, 4, "version-conflict"]
    assert log.append(commit("s", 5)).commit.position == 5
    assert verify_documents(database["log"].find().sort("_id", 1)) == Verdict(True, 5)


def test_after_a_cut_a_reused_command_id_still_gets_no_foreign_receipt(
    log: MongoLog, proxy: CuttingProxy, database: Database[dict[str, Any]]
) -> None:
    """Else a caller would take another request's result for its own."""
    proxy.cut = True
    first, reused = log.append_many([commit("t"), commit("u", command_id="k", fingerprint="other")])
    assert proxy.cuts == 1
    assert not isinstance(first, SxshError)
    assert isinstance(reused, CommandReused)
    assert database["log"].count_documents({}) == 2
