"""What other services tell, asked as the caller. A page shows the rest where it could not be told."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, NamedTuple

from services.eventkit.errors import Forbidden, NotFound, Unavailable
from services.eventkit.http import onward
from services.kpi.api.queries import container
from services.kpi.domain.rules import Words
from services.kpi.neighbours import Neighbours
from services.kpi.pages.language import Reader

#: Questions that a process has under way at once.
THREADS = 16


class Told(NamedTuple):
    """`body` is None when there is none: `trouble` then says why, and what to do; `missing` that the service
    knows of nothing at that address."""

    body: Any
    trouble: str = ""
    missing: bool = False

    @property
    def items(self) -> list[dict[str, Any]]:
        """Of a list."""
        found: list[dict[str, Any]] = [] if self.body is None else self.body["items"]
        return found

    @property
    def next(self) -> str | None:
        found: str | None = None if self.body is None else self.body["next"]
        return found


def choices(say: Reader, names: Mapping[str, Words], chosen: str | None) -> list[tuple[str, str, bool]]:
    """Of a list to choose from: (value, what it is called, whether it is chosen)."""
    return [(value, say.pick(name), value == chosen) for value, name in names.items()]


def named(say: Reader, ids: Sequence[str]) -> dict[str, str]:
    """What the registry calls these facilities, as far as it tells the caller."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    told = ask(say, "registry", "/facilities", id=wanted, limit=len(wanted))
    return {one["id"]: one["name"] for one in told.items}


Query = str | int | Sequence[str] | None
#: Gives what was told, once it is.
Answer = Callable[[], Told]


def ask(say: Reader, service: str, path: str, **query: Query) -> Told:
    """`GET` of another service. What is wrong with the query is raised as it is: the page says what."""
    return _ask(say, container().neighbours, onward(), service, path, query)


def asking(say: Reader) -> Callable[..., Answer]:
    """`ask` for several questions at once: each begins when it is asked, and is waited for when its answer is
    called. So services that stand still hold up a page no longer than one of them does."""
    neighbours, headers = container().neighbours, onward()

    def begin(service: str, path: str, **query: Query) -> Answer:
        return _threads(os.getpid()).submit(_ask, say, neighbours, headers, service, path, query).result

    return begin


@lru_cache(maxsize=1)
def _threads(process: int) -> ThreadPoolExecutor:
    """Of this process: threads do not outlive a fork."""
    return ThreadPoolExecutor(THREADS, "kpi-beside")


def _ask(
    say: Reader,
    neighbours: Neighbours,
    headers: Mapping[str, str],
    service: str,
    path: str,
    query: Mapping[str, Query],
) -> Told:
    given = {
        name: str(value) if isinstance(value, int) else value
        for name, value in query.items()
        if value is not None and value != ""
    }
    called = say.t(f"service-{service}")
    try:
        return Told(neighbours.get(service, path, headers, **given).body)
    except Unavailable:
        return Told(None, say.t("beside-silent", service=called))
    except Forbidden:
        return Told(None, say.t("beside-refused", service=called))
    except NotFound:
        return Told(None, say.t("beside-unknown", service=called), missing=True)
