"""The events about records, newest first: what happened, when, who recorded it. Of their data nothing is told
here, so no person is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request

from services.eventkit.errors import Unavailable
from services.kpi.api.queries import container
from services.kpi.domain.facts import SOURCES
from services.kpi.pages.records import PAGE, Records, may_read_events
from services.kpi.views.traced import Traced

#: The choice of a page: the sequence number, with its log, of the last event of the page before.
OLDER = "older"


def timeline(of: Records, subjects: Sequence[str]) -> dict[str, Any]:
    """`items` of the page, `by_id` all events, `older` the address of the next page; `trouble` why there is
    nothing."""
    nothing: dict[str, Any] = {"items": [], "by_id": {}, "older": None, "trouble": ""}
    if not may_read_events():
        return {**nothing, "trouble": of.say.t("timeline-rights")}
    try:
        found = container().trace.events(subjects, {log: of.view.position[log] for log in SOURCES})
    except Unavailable as error:
        return {**nothing, "trouble": error.detail}
    events = [_told(of, event) for event in reversed(found)]
    start = _start([event["key"] for event in events])
    page = events[start : start + PAGE]
    more = start + PAGE < len(events)
    return {
        "items": page,
        "by_id": {event["id"]: event for event in events},
        "older": page[-1]["key"] if more else None,
        "later": start > 0,
        "trouble": "",
    }


def _start(keys: list[str]) -> int:
    """After the event named in the address; at the newest when it is none of these."""
    asked = request.args.get(OLDER)
    return keys.index(asked) + 1 if asked in keys else 0


def _told(of: Records, event: Traced) -> dict[str, Any]:
    return {
        "id": event.id,
        "key": f"{event.log}-{event.sequence}",
        "type": short(event.type),
        "what": what(of, event.type),
        "on": of.say.day(event.occurred_on),
        "recorded": of.say.moment(event.recorded_at),
        "log": event.log,
        "actor": event.actor,
    }


def short(type_: str) -> str:
    """Without the service that it comes from."""
    return type_.split(".", 2)[2] if type_.startswith("sxsh.") else type_


def what(of: Records, type_: str) -> str:
    """What an event of this type says happened; the type itself where nobody has words for it yet."""
    try:
        return of.say.t(f"event-{short(type_)}")
    except LookupError:
        return short(type_)


Event = Mapping[str, Any]
