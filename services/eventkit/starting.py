"""What a service does before it answers, which may take longer than a request may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pymongo
from pymongo import MongoClient

from services.eventkit.settings import Settings

T = TypeVar("T")

#: Seconds for all that is made at the start: an index that is new on a log of millions takes minutes.
STARTING = 3600.0


def started(build: Callable[[Settings], T], settings: Settings) -> T:
    """What `build` makes, for which `Settings.mongodb_timeout` does not hold. Before, MongoDB has to answer
    within that: who starts without a database, or has lost the process that started it, does not wait an
    hour for one. Raises what pymongo raises."""
    client: MongoClient[dict[str, Any]] = MongoClient(settings.mongodb_uri, **settings.mongodb_options)
    with client:
        client.admin.command("ping")
    with pymongo.timeout(STARTING):
        return build(settings)
