"""Where evidence comes from: the APIs, as an inspector reads them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

from deploy.sxsh.client import LocalApi, Refused
from deploy.sxsh.trouble import Trouble

Answer = dict[str, Any]
#: Seconds for which a moment of the past may be built.
PATIENCE = 900.0


class Source(Protocol):
    """`Trouble` says what hinders."""

    def reading(self, on: str, known_at: str, plan: str | None) -> Answer:
        """As /targets answers."""
        ...

    def rules(self) -> Answer:
        """As /rules answers."""
        ...

    def plan(self, id_: str, known_at: str) -> Answer:
        """As one of those that /plans answers."""
        ...

    def lines(self, log: str, after: int, limit: int) -> list[bytes]:
        """Commits of a log, as they are hashed."""
        ...

    def latest(self, log: str) -> Answer | None:
        """The last checkpoint; None before the first."""
        ...

    def checkpoints(self, log: str, cursor: str | None) -> Answer:
        """A page of them, by size."""
        ...

    def inclusion(self, log: str, position: int, size: int) -> list[str]: ...

    def consistency(self, log: str, first: int, second: int) -> list[str]: ...


class ApiSource:
    """`say` is told why it waits."""

    def __init__(self, api: LocalApi, say: Callable[[str], None]) -> None:
        self._api, self._say = api, say

    def reading(self, on: str, known_at: str, plan: str | None) -> Answer:
        return self._patiently("/api/v1/targets", {"on": on, "known_at": known_at, "plan": plan})

    def rules(self) -> Answer:
        return dict(self._api.get("kpi", "/api/v1/rules"))

    def plan(self, id_: str, known_at: str) -> Answer:
        plans = self._patiently("/api/v1/plans", {"known_at": known_at})["plans"]
        return next(dict(one) for one in plans if one["id"] == id_)

    def _patiently(self, path: str, query: Answer) -> Answer:
        """The moment of the past may have to be built first."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return dict(self._api.get("kpi", path, query))
            except Refused as refused:
                if refused.status != 503 or time.monotonic() > end:
                    raise
                self._say(refused.detail)
                time.sleep(refused.retry_after)

    def lines(self, log: str, after: int, limit: int) -> list[bytes]:
        answer = self._api.raw(log, "/api/v1/events", {"after": after, "limit": limit})
        lines: list[bytes] = answer.data.split(b"\n")
        if lines.pop():
            raise Trouble(f"The answer of {log} was cut off. Try again.")
        return lines

    def latest(self, log: str) -> Answer | None:
        try:
            return dict(self._api.get(log, "/api/v1/checkpoints/latest"))
        except Refused as refused:
            if refused.status == 404:
                return None
            raise

    def checkpoints(self, log: str, cursor: str | None) -> Answer:
        return dict(self._api.get(log, "/api/v1/checkpoints", {"limit": 200, "cursor": cursor}))

    def inclusion(self, log: str, position: int, size: int) -> list[str]:
        query = {"position": position, "size": size}
        return list(self._api.get(log, "/api/v1/proofs/inclusion", query)["audit_path"])

    def consistency(self, log: str, first: int, second: int) -> list[str]:
        query = {"first": first, "second": second}
        return list(self._api.get(log, "/api/v1/proofs/consistency", query)["consistency"])
