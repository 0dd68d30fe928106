"""A release with other rules or another layout builds its projection anew from the feeds before it consumes,
and so does one that is to share it out among more partitions.

The old generation stays live until then: a reading side of the old release goes on answering
from it, one of the new release says how far the build is. Of several projectors one builds, the others wait.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from pymongo.database import Database

from services.eventkit.errors import Refused
from services.eventkit.ids import new_id
from services.kpi.domain.rules import LAID_OUT, RuleSet
from services.kpi.projection.building import Stopped
from services.kpi.projection.builds import Cancelled, Paused
from services.kpi.projection.bulk.crew import Crew
from services.kpi.projection.catchup import Feed
from services.kpi.projection.generations import Generations
from services.kpi.projection.rebuild import rebuild

LOG = structlog.get_logger("projector")

#: Seconds between looks at what another projector builds.
LOOK = 1.0


class NewerRules(RuntimeError):
    """The live generation is of a later release, or in more partitions: this must not write into it."""


def ensure_rules(
    database: Database[dict[str, Any]],
    rules: RuleSet,
    feeds: Mapping[str, Feed],
    partitions: int,
    go_on: Callable[[], bool] = lambda: True,
    crew: Crew | None = None,
) -> None:
    """Return once the live generation is one of these rules and partitions, or when `go_on` says no.

    Raises `NewerRules`; `Unavailable` and the like as `rebuild` does, then call again after a pause. A build
    that an operator has paused is waited for.
    """
    generations = Generations(database)
    owner = new_id()
    while go_on():
        live = generations.live()
        if live is None:
            return
        divided = generations.divided(live) or partitions
        if live.rules == rules.key and divided == partitions:
            generations.say(live, partitions)
            return
        if _version(live.rules) > _version(rules.key):
            raise NewerRules(
                f"The projection was built under the rules {live.rules!r}, later than {rules.key!r} of this "
                "release. Stop this projector, or run `rebuild` to go back to these rules."
            )
        if divided > partitions:
            raise NewerRules(
                f"The projection is in {divided} partitions, this projector was told {partitions}, and "
                f"partitions never become fewer. Set TOPIC_PARTITIONS={divided}."
            )
        try:
            rebuild(database, rules, feeds, partitions, resume=False, go_on=go_on, crew=crew, owner=owner)
            old, new = (live.rules, divided), (rules.key, partitions)
            LOG.info("built anew, the rules or the number of partitions had changed", old=old, new=new)
        except Stopped:
            return
        except (Refused, Paused, Cancelled) as waiting:
            LOG.info("not building", reason=str(waiting) or type(waiting).__name__)
            time.sleep(LOOK)


def _version(key: str) -> tuple[str, int, int]:
    """Comparable for versions of one rule set, and layouts; what is no number is the earliest."""
    id_, _, rest = key.partition("@")
    version, _, layout = rest.partition(LAID_OUT)
    return id_, _number(version), _number(layout)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0
