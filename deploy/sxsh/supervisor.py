"""Keeps a group of processes alive: what dies is started again, a little later each time."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from deploy.sxsh.processes import Child, wait_until
from deploy.sxsh.trouble import Trouble

FIRST_DELAY = 0.5
LONGEST_DELAY = 20.0
#: A process that lived this long had started well: the next restart is quick again.
WELL_STARTED = 30.0
#: Deaths in a row during the start after which the start is given up.
TRIES_AT_START = 3


@dataclass
class _Watched:
    child: Child
    delay: float = FIRST_DELAY
    started: float = 0.0
    due: float | None = None
    deaths: int = 0


class Supervisor:
    """Call `tick` often, from the thread that made it (children are tied to that thread's life).

    Groups are stopped in the reverse of the order in which they were started, unless told otherwise.
    """

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._say = say
        self._clock = clock
        self._groups: list[list[_Watched]] = []

    def start(self, children: Sequence[Child], *, stop_after_last: bool = False) -> None:
        """Start a group and watch it from now on.

        `stop_after_last`: when stopping, the group started before this one goes first.
        """
        group = [_Watched(child) for child in children]
        self._groups.insert(len(self._groups) - stop_after_last, group)
        for watched in group:
            watched.child.start()
            watched.started = self._clock()

    def watch_all(self) -> Iterator[_Watched]:
        for group in self._groups:
            yield from group

    def all_lived(self, seconds: float) -> bool:
        """Whether every process has been running for that long."""
        since = self._clock() - seconds
        return all(watched.child.alive and watched.started <= since for watched in self.watch_all())

    def tick(self) -> None:
        """Notice the dead and start those whose time has come. Never blocks."""
        now = self._clock()
        for watched in self.watch_all():
            if watched.child.alive:
                continue
            if watched.due is None:
                self._bury(watched, now)
            elif now >= watched.due:
                watched.due = None
                watched.started = now
                watched.child.start()

    def _bury(self, watched: _Watched, now: float) -> None:
        if now - watched.started > WELL_STARTED:
            watched.delay, watched.deaths = FIRST_DELAY, 0
        watched.deaths += 1
        watched.due = now + watched.delay
        self._say(
            f"{watched.child.name} ended ({manner(watched.child.exit_code)}); starting it again in "
            f"{watched.delay:g} s. Its log: {watched.child.log}"
        )
        watched.delay = min(watched.delay * 2, LONGEST_DELAY)

    def wait_until(self, ready: Callable[[], object], seconds: float, what: str) -> None:
        """Until `ready`, restarting what dies meanwhile.

        Raises `Trouble` when time is up, or when one of the processes keeps dying.
        """

        def look() -> bool:
            self.tick()
            for watched in self.watch_all():
                if watched.deaths >= TRIES_AT_START:
                    raise Trouble(
                        f"{watched.child.name} does not start ({manner(watched.child.exit_code)}). "
                        f"The end of {watched.child.log}:\n{watched.child.last_words(12)}"
                    )
            return bool(ready())

        if not wait_until(look, seconds, 0.1):
            raise Trouble(f"{what} did not become ready in {seconds:.0f} s. Look into the logs named above.")

    def stop(self, grace: float = 15.0) -> list[str]:
        """Stop group by group, the last started first. Names of those that had to be killed."""
        killed: list[str] = []
        while self._groups:
            group = self._groups[-1]
            for watched in group:
                if watched.child.alive:
                    watched.child.signal(signal.SIGTERM)
            end = self._clock() + grace
            for watched in group:
                if not watched.child.stop(max(0.1, end - self._clock())):
                    killed.append(watched.child.name)
            self._groups.pop()
        return killed

    def kill(self) -> None:
        for watched in list(self.watch_all()):
            watched.child.kill()
        self._groups.clear()


def manner(code: int | None) -> str:
    """How a process ended, for a person."""
    if code is None:
        return "still running"
    if code < 0:
        return f"by {signal.Signals(-code).name}"
    return f"exit code {code}"
