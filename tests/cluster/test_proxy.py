"""The bad network of the faults does what it is told: a fault that never happens proves nothing."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from tests.cluster.proxy import Proxy


@pytest.fixture
def heard() -> list[bytes]:
    return []


@pytest.fixture
def proxy(heard: list[bytes]) -> Iterator[Proxy]:
    """Before a server that answers each message with itself."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(client,), daemon=True).start()

    def answer(client: socket.socket) -> None:
        with client:
            try:
                while data := client.recv(100):
                    heard.append(data)
                    client.sendall(data)
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    made = Proxy(listener.getsockname()[1])
    yield made
    made.close()
    listener.close()


def say(connection: socket.socket, word: bytes) -> bytes:
    connection.sendall(word)
    return connection.recv(100)


def test_each_mode_is_what_it_says(proxy: Proxy, heard: list[bytes]) -> None:
    address = ("127.0.0.1", proxy.port)
    with socket.create_connection(address, 5) as connection:
        assert say(connection, b"one") == b"one"
        proxy.become("stall")
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            say(connection, b"held")
        assert heard == [b"one"]
        proxy.become("pass")
        connection.settimeout(5)
        assert connection.recv(100) == b"held"
        proxy.become("deaf")
        with pytest.raises(ConnectionResetError):
            say(connection, b"unheard of")
        assert heard[-1] == b"unheard of"
        assert proxy.dropped == 1
    proxy.become("pass")
    with socket.create_connection(address, 5) as connection:
        assert say(connection, b"again") == b"again"
        proxy.become("cut")
        with pytest.raises(ConnectionResetError):
            connection.recv(100)
    with pytest.raises(ConnectionResetError), socket.create_connection(address, 5) as connection:
        say(connection, b"cut")
    assert heard[-1] == b"again"
