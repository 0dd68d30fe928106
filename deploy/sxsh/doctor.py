"""What may be wrong with a local system, each with the way to mend it."""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import ssl
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import urllib3

from deploy.sxsh import ports
from deploy.sxsh.client import LocalApi
from deploy.sxsh.servers import ServerChoice, java_program, kafka_answers, mongod_program, tansu_program
from deploy.sxsh.servers.jars import jars_folder
from deploy.sxsh.servers.programs import maven_program
from deploy.sxsh.trouble import Trouble
from deploy.sxsh.workspace import Addresses, Workspace
from services.kpi.reports.typeset import NO_PANGO, PANGO

#: Below this much free space MongoDB may stop taking writes.
DISK_GIB = 2.0
#: A projection further behind than this is not catching up as it should.
LAG_SECONDS = 30.0


class Finding(NamedTuple):
    good: bool
    what: str
    found: str
    mend: str = ""


def examine(workspace: Workspace) -> Iterator[Finding]:
    yield _python()
    yield _openssl()
    yield _disk(workspace.root)
    if not os.environ.get("MONGODB_URI"):
        yield _runnable("mongod", mongod_program, "--version")
    if not os.environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        if os.environ.get("BROKER") == "kafka":
            yield _runnable("java, for Apache Kafka", java_program, "--version")
            yield _jars()
        else:
            yield _runnable("tansu broker", tansu_program, "--version")
    yield _scripts()
    yield _pango()
    yield from _secrets(workspace.identity)
    addresses = workspace.remembered()
    if workspace.running() and addresses is not None:
        yield from _services(addresses)
        yield _broker(addresses.kafka_bootstrap_servers)
        yield from _projection(workspace)
    else:
        yield from _ports(addresses)


def _python() -> Finding:
    good = (3, 11) <= sys.version_info[:2] < (3, 13)
    return Finding(good, "Python", platform.python_version(), "" if good else "Use Python 3.11 or 3.12.")


def _openssl() -> Finding:
    good = ssl.OPENSSL_VERSION_INFO >= (1, 1, 1)
    return Finding(good, "OpenSSL of Python", ssl.OPENSSL_VERSION, "" if good else "Install OpenSSL 3.")


def _disk(folder: Path) -> Finding:
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free / 2**30
    good = free >= DISK_GIB
    return Finding(
        good, "disk", f"{free:.1f} GiB free for {folder}", "" if good else "Free some space, or use --data."
    )


def _pango() -> Finding:
    """What sets the PDF of the reports; nothing else needs it."""
    try:
        ctypes.CDLL(PANGO)
    except OSError:
        return Finding(False, "Pango", "not found", NO_PANGO)
    return Finding(True, "Pango", "found")


def _runnable(what: str, find: Callable[[], Path], argument: str) -> Finding:
    try:
        program = find()
        ran = subprocess.run(  # noqa: S603
            [str(program), argument], capture_output=True, text=True, timeout=20, check=False
        )
    except Trouble as trouble:
        return Finding(False, what, "none that will do", trouble.message)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding(False, what, f"does not run: {error}", "Run `make install` again, or install it.")
    if ran.returncode != 0:
        said = (ran.stderr or ran.stdout).strip()[:200]
        return Finding(
            False, what, f"does not run: {said}", "It needs Linux x86-64 with OpenSSL 3 (libssl.so.3)."
        )
    return Finding(True, what, ran.stdout.splitlines()[0] if ran.stdout else str(program))


def _jars() -> Finding:
    what = "jars of Apache Kafka"
    if jars_folder().is_dir():
        return Finding(True, what, f"in {jars_folder()}")
    try:
        return Finding(True, what, f"not fetched yet; `sxsh up` does it once, by {maven_program()}")
    except Trouble as trouble:
        return Finding(False, what, "not fetched", trouble.message)


def _scripts() -> Finding:
    """Pages lack nothing without them, so this is never wrong."""
    from services.kpi.pages.assets import Assets  # the other commands need no pages

    good = Assets().scripts
    found = "installed" if good else "not installed: pages do not move (install npm, then `make install`)"
    return Finding(True, "scripts of the pages", found)


def _secrets(folder: Path) -> Iterator[Finding]:
    if not folder.exists():
        yield Finding(True, "identity", "not made yet; `sxsh up` makes it")
        return
    open_ones = [
        path.name
        for path in sorted(folder.iterdir())
        if not path.name.startswith(".") and stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    yield Finding(
        not open_ones,
        "secrets",
        f"others can read {', '.join(open_ones)}" if open_ones else f"{folder} is readable by you alone",
        f"chmod 600 {folder}/*" if open_ones else "",
    )


def _ports(addresses: Addresses | None) -> Iterator[Finding]:
    base = addresses.port_base if addresses else ports.DEFAULT_BASE
    for name, port in ServerChoice.of(os.environ).ports_at(base).items():
        good = ports.is_free(port)
        found = "free" if good else f"taken by {ports.holder(port) or 'another program'}"
        yield Finding(
            good, f"port {port} ({name})", found, "" if good else "Stop it, or start with PORT_BASE=auto."
        )
    yield Finding(True, "system", "not running; start it with `sxsh up`")


def _services(addresses: Addresses) -> Iterator[Finding]:
    http = urllib3.PoolManager(timeout=urllib3.Timeout(3.0), retries=False)
    listening = {**addresses.services, **({"kpi-live": addresses.live} if addresses.live else {})}
    for name, url in listening.items():
        try:
            status = http.request("GET", f"{url}/readyz").status
            found = "ready" if status == 200 else f"answers {status} at {url}/readyz"
        except urllib3.exceptions.HTTPError:
            status, found = 0, f"does not answer at {url}"
        good = status == 200
        yield Finding(
            good, name, found, "" if good else f"See the log {name}.log; it is restarted by itself."
        )


def _broker(bootstrap: str) -> Finding:
    if kafka_answers(bootstrap):
        return Finding(True, "broker", f"answers at {bootstrap}")
    return Finding(
        False,
        "broker",
        f"does not answer at {bootstrap}",
        "See kafka.log if it was started here. Until it is back, targets follow the event feeds, a few "
        "seconds late; nothing is lost.",
    )


def _projection(workspace: Workspace) -> Iterator[Finding]:
    try:
        answer = LocalApi(workspace).get("kpi", "/api/v1/projections")
    except Trouble as trouble:
        yield Finding(False, "projection", trouble.message, "See kpi.log and kpi-projector.log.")
        return
    for log in answer["logs"]:
        behind = log["lag_seconds"]
        good = behind is not None and behind <= LAG_SECONDS
        found = log["problem"] or f"{log['lag_events']} commits, {behind} s behind"
        yield Finding(
            good,
            f"projection of {log['source']}",
            found,
            "" if good else "See kpi-projector.log and the relay's.",
        )
    parked = answer["parked"]
    subjects = ", ".join(one["subject"] for one in parked[:5])
    yield Finding(
        not parked,
        "parked subjects",
        subjects or "none",
        "Mend the cause (see /api/v1/projections), then POST …/projections/parked/{subject}/redrive."
        if parked
        else "",
    )
