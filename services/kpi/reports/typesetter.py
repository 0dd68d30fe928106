"""Has reports set, one at a time, and keeps what was set last: setting takes seconds of computing."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import structlog

from services.eventkit.errors import Unavailable
from services.kpi.reports.typeset import LACKS

LOG = structlog.get_logger("reports")

#: Seconds that a reader waits for its turn, that one report may take; and how many are kept.
TURN, LONGEST, KEPT = 20.0, 120.0, 16
ROOT = Path(__file__).resolve().parents[3]
COMMAND = (sys.executable, "-m", "services.kpi.reports.typeset")


class Typesetter:
    """Safe between threads. `command` sets HTML from standard input, as `typeset` does."""

    def __init__(
        self, command: Sequence[str] = COMMAND, turn: float = TURN, longest: float = LONGEST
    ) -> None:
        self._command, self._turn, self._longest = tuple(command), turn, longest
        self._one = threading.Semaphore()
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    def pdf(self, html: str) -> bytes:
        """The same for the same HTML. Raises `Unavailable` when others are before it for long, when it takes
        too long, or when this machine lacks what it takes."""
        key = hashlib.sha256(html.encode()).hexdigest()
        if (known := self._known(key)) is not None:
            return known
        if not self._one.acquire(timeout=self._turn):
            raise Unavailable("Other reports are being set just now. Ask again.", retry_after=5)
        try:
            if (known := self._known(key)) is not None:
                return known
            made = self._set(html, key)
        finally:
            self._one.release()
        with self._lock:
            self._kept[key] = made
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return made

    def _known(self, key: str) -> bytes | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _set(self, html: str, key: str) -> bytes:
        try:
            done = subprocess.run(  # noqa: S603
                [*self._command, key[:32]],
                input=html.encode(),
                capture_output=True,
                cwd=ROOT,
                timeout=self._longest,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Unavailable(
                f"Setting the report took more than {self._longest:g} s. Ask for XLSX, or try again later.",
                retry_after=60,
            ) from None
        said = done.stderr.decode(errors="replace").strip()
        if done.returncode == LACKS:
            raise Unavailable(said, retry_after=3600)
        if done.returncode:
            LOG.error("a report could not be set", code=done.returncode, error=said[-2000:])
            raise Unavailable("The report could not be set; the service's log says why.", retry_after=60)
        return done.stdout
