"""Child processes that never outlive their parent."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

#: A log larger than this is moved to `<name>.1` at the next start, over the one before.
_LOG_BYTES = 20 * 2**20
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class Child:
    """One program, started and stopped any number of times; its output goes to `log`.

    On Linux the kernel sends it `death_signal` when the thread that started it ends, however it ends: so
    start it from a thread that lives as long as the program should. Elsewhere a killed parent leaves it.
    It runs in its own session: Ctrl-C in the terminal reaches the parent alone, which stops it in order.
    It may open as many files as the system allows: mongod ends itself when the usual 1,024 are not enough.
    """

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        log: Path,
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        death_signal: signal.Signals = signal.SIGKILL,
    ) -> None:
        self.name = name
        self.argv = [str(part) for part in argv]
        self.log = log
        self.env = env
        self.cwd = cwd
        self.death_signal = death_signal
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """None while it runs or before it was started; negative: the signal that ended it."""
        return self._process.poll() if self._process is not None else None

    def start(self) -> None:
        if self.alive:
            return
        parent, death_signal = os.getpid(), int(self.death_signal)
        most_files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]

        def prepare() -> None:
            with suppress(OSError, ValueError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))
            if _LIBC is not None:
                _LIBC.prctl(_PR_SET_PDEATHSIG, death_signal)
                if os.getppid() != parent:
                    os._exit(1)

        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > _LOG_BYTES:
            self.log.replace(self.log.with_name(f"{self.log.name}.1"))
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603
                self.argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(self.env) if self.env is not None else None,
                cwd=self.cwd,
                start_new_session=True,
                preexec_fn=prepare,
            )

    def signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def stop(self, grace: float = 15.0) -> bool:
        """Ask it to end; kill it after `grace` seconds. Whether it ended by itself."""
        process = self._process
        if process is None or process.poll() is not None:
            return True
        process.terminate()
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            self.kill()
            return False
        return True

    def kill(self) -> None:
        """SIGKILL, as a crash would; returns when it is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def last_words(self, lines: int = 3) -> str:
        """The end of its log, to show beside the news that it died."""
        try:
            with self.log.open(encoding="utf-8", errors="replace") as text:
                return "\n".join(line.rstrip()[:300] for line in deque(text, lines))
        except FileNotFoundError:
            return ""


def stop_together(children: Sequence[Child], grace: float = 15.0) -> bool:
    """Ask all of them at once to end. Whether each ended by itself."""
    for child in children:
        if child.alive:
            child.signal(signal.SIGTERM)
    stopped = [child.stop(grace) for child in children]
    return all(stopped)


def wait_until(condition: Callable[[], object], seconds: float, interval: float = 0.05) -> bool:
    """Call `condition` until it answers true or `seconds` are over; the answer."""
    end = time.monotonic() + seconds
    while True:
        if condition():
            return True
        if time.monotonic() > end:
            return False
        time.sleep(interval)
