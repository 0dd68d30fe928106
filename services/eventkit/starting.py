"""What a service does before it answers, which may take longer than a request may."""

from __future__ import annotations

from contextlib import AbstractContextManager

import pymongo

#: Seconds for all that is made at the start: an index that is new on a log of millions takes minutes.
STARTING = 3600.0


def starting() -> AbstractContextManager[None]:
    """Within it `Settings.mongodb_timeout` does not hold."""
    return pymongo.timeout(STARTING)
