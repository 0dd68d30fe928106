"""Which ports the local system listens on, and who holds one that is taken."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterable, Mapping

import psutil

from deploy.sxsh.trouble import Trouble

HOST = "127.0.0.1"
#: What `PORT_BASE` moves: base + offset. 8000 gives the ports of the documentation.
OFFSETS: Mapping[str, int] = {
    "registry": 1,
    "audits": 2,
    "training": 3,
    "kpi": 4,
    "live": 5,
    "mongod": 17,
    "mongod-2": 18,
    "mongod-3": 19,
    "kafka": 92,
    "kafka-2": 93,
    "kafka-3": 94,
    "kafka-controller": 95,
    "kafka-controller-2": 96,
    "kafka-controller-3": 97,
}
SERVICES = ("registry", "audits", "training", "kpi", "live")
#: What listens when nothing else is asked for.
USUAL = (*SERVICES, "mongod", "kafka")
DEFAULT_BASE = 8000
#: Below the range that Linux gives to outgoing connections, so nothing takes one between look and use.
_FREE_RANGE = range(15000, 31000)


def is_free(port: int) -> bool:
    """Whether a server could listen there now (a connection still closing does not count)."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    for port in random.sample(_FREE_RANGE, 200):
        if is_free(port):
            return port
    raise Trouble(f"No free port found between {_FREE_RANGE.start} and {_FREE_RANGE.stop}.")


def member(name: str, number: int) -> str:
    """The name of the first, second, … server of a kind."""
    return name if number == 1 else f"{name}-{number}"


def ports_at(base: int, names: Iterable[str] = USUAL) -> dict[str, int]:
    if not 1024 <= base <= 65000:
        raise Trouble(f"PORT_BASE={base} leaves no room for ports: choose a number from 1024 to 65000.")
    return {name: base + OFFSETS[name] for name in names}


def find_base() -> int:
    """A base at which every port is free."""
    bases = list(range(_FREE_RANGE.start, _FREE_RANGE.stop, 100))
    random.shuffle(bases)
    for base in bases:
        if all(is_free(port) for port in ports_at(base, OFFSETS).values()):
            return base
    raise Trouble("No range of free ports was found: stop some programs or set PORT_BASE yourself.")


def holder(port: int) -> str | None:
    """The program that listens on `port`, as a person would name it; None when the system does not tell."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except (psutil.AccessDenied, OSError):
        return None
    for connection in connections:
        listens = connection.status == psutil.CONN_LISTEN and connection.laddr
        if listens and tuple(connection.laddr)[1:2] == (port,) and connection.pid:
            try:
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
            except psutil.Error:
                return f"process {connection.pid}"
    return None


def ensure_free(ports: Mapping[str, int]) -> None:
    """Raises `Trouble` naming every taken port, its holder and the way out."""
    taken = [
        f"port {port} (for {name}) is taken by {holder(port) or 'another program'}"
        for name, port in ports.items()
        if not is_free(port)
    ]
    if taken:
        sentence = "; ".join(taken)
        raise Trouble(
            f"{sentence[0].upper()}{sentence[1:]}. Stop it, or set PORT_BASE=auto to let sxsh find free "
            "ports, or set PORT_BASE to a number of your own."
        )
