"""Official values as they are read: those of each plan and day in memory, the query model of their list."""

from __future__ import annotations

import threading
import time
from datetime import date
from typing import Any

import mongoengine as me

from services.eventkit.log import EventLog
from services.eventkit.text import fold, search_keys
from services.eventkit.views import View
from services.kpi.domain.official import OFFICIAL, Period, catalogue, period_id

ALIAS = "kpi"
#: Seconds for which the log is not looked at again.
FRESH = 0.1
_PAGE = 100


class OfficialBook:
    """Every period frozen: a few a year, so all of them are kept. Safe between threads.

    What another process has frozen is seen after at most `FRESH` seconds.
    """

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._periods: dict[str, Period] = {}
        self._position = 0
        self._checked = float("-inf")

    def position(self) -> int:
        """Of the log, up to which the book is written."""
        if time.monotonic() - self._checked > FRESH:
            self.refresh()
        return self._position

    def find(self, plan_id: str, on: date) -> Period | None:
        self.position()
        return self._periods.get(period_id(plan_id, on))

    def all(self) -> list[Period]:
        self.position()
        return list(self._periods.values())

    def refresh(self) -> None:
        """Read what is new; after a write of one's own, so that it is seen at once."""
        with self._lock:
            started = time.monotonic()
            while page := self._log.read(self._position, _PAGE):
                for stored in page:
                    category, _, id_ = stored.commit.stream.partition(":")
                    if category == OFFICIAL.category:
                        events = map(catalogue.decode, stored.commit.events)
                        period = OFFICIAL.fold(events, self._periods.get(id_))
                        if period is not None:
                            self._periods[id_] = period
                self._position = page[-1].commit.position
            self._checked = started


class OfficialView(me.Document):
    id = me.StringField(primary_key=True)
    version = me.IntField()
    position = me.IntField()
    plan_id = me.StringField()
    on = me.StringField()
    label = me.StringField()
    label_key = me.StringField()
    by = me.StringField()
    read_at = me.StringField()
    official_id = me.StringField()
    corrections = me.IntField()
    rules = me.StringField()
    sha256 = me.StringField()
    values = me.DictField()
    search = me.ListField(me.StringField())

    meta = {  # noqa: RUF012 - the parent's name and type
        "collection": "official_values",
        "db_alias": ALIAS,
        "auto_create_index": False,
        "indexes": ["search", ("plan_id", "on"), ("on", "id"), ("label_key", "id"), ("read_at", "id")],
    }


def official_row(period: Period | None, id_: str) -> dict[str, Any]:
    if period is None:
        return {}
    held = period.official
    reading = held.reading
    return {
        "plan_id": period.plan_id,
        "on": period.on.isoformat(),
        "label": held.label,
        "label_key": fold(held.label),
        "by": held.by,
        "read_at": reading.read_at.isoformat(),
        "official_id": held.official_id,
        "corrections": len(period.entries) - 1,
        "rules": f"{reading.rules.id}@{reading.rules.version}",
        "sha256": held.sha256,
        "values": {one.code: one.value for one in reading.targets},
        "search": search_keys(held.label, held.by, period.plan_id),
    }


VIEWS = [View(OFFICIAL, OfficialView, official_row)]
