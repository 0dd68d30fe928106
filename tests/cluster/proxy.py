"""A TCP proxy on loopback that can be told to behave as a bad network does."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from typing import Literal

from deploy.sxsh.ports import HOST, free_port

#: `cut`: nobody gets through, whoever was through is thrown out. `stall`: all is held back until it passes
#: again. `deaf`: what is sent arrives, the answer is dropped and the connection reset.
Mode = Literal["pass", "cut", "stall", "deaf"]
_RESET = struct.pack("ii", 1, 0)


class Proxy:
    def __init__(self, target: int) -> None:
        self.port = free_port()
        self.target = target
        self.dropped = 0
        self._mode: Mode = "pass"
        self._flowing = threading.Event()
        self._flowing.set()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server((HOST, self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def become(self, mode: Mode) -> None:
        """From now on; a `stall` holds, a `cut` throws out what was connected before."""
        self._mode = mode
        self._flowing.clear() if mode == "stall" else self._flowing.set()
        if mode == "cut":
            self.reset()

    def reset(self) -> None:
        """Throw out all that are connected now, with a reset."""
        with self._lock:
            connected, self._open = self._open, set()
        for one in connected:
            _throw_out(one)

    def close(self) -> None:
        self.become("cut")
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        self._flowing.wait()
        if self._mode == "cut":
            _throw_out(client)
            return
        try:
            server = socket.create_connection((HOST, self.target), 5)
        except OSError:
            _throw_out(client)
            return
        server.settimeout(None)
        for one in (client, server):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._open |= {client, server}
        threading.Thread(target=self._pump, args=(client, server, False), daemon=True).start()
        self._pump(server, client, True)

    def _pump(self, source: socket.socket, sink: socket.socket, answer: bool) -> None:
        try:
            while data := source.recv(65536):
                self._flowing.wait()
                if answer and self._mode == "deaf":
                    self.dropped += 1
                    _throw_out(sink)
                    return
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            _throw_out(sink)
        finally:
            with self._lock:
                self._open.discard(source)
            source.close()


def _throw_out(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        one.shutdown(socket.SHUT_RD)
    with contextlib.suppress(OSError):
        one.close()
