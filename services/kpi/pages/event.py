"""One event: its commit, who recorded it by which request, its data without persons, and what it does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response

from services.eventkit.http import allow
from services.kpi.api.effects import effect
from services.kpi.api.queries import SelectionQuery
from services.kpi.domain.rules import Words
from services.kpi.pages.beside import ask
from services.kpi.pages.language import Reader
from services.kpi.pages.records import READ_EVENTS, Records, opened
from services.kpi.pages.timeline import short, what

NAV = ()

#: Lines of data that are shown.
LINES = 80

#: Where the record stands that an event is about.
_PAGES = {"facility": "/facilities/", "officer": "/officers/", "unit": "/districts/"}


def register(pages: Blueprint) -> None:
    @pages.get("/events/<event_id>")
    @allow(*READ_EVENTS)
    def show_event(event_id: str) -> Response:
        of = opened(SelectionQuery)
        return of.page("event.html", **_context(of, event_id))


def _context(of: Records, id_: str) -> dict[str, Any]:
    """Raises `NotFound`, and `Forbidden` for whoever is limited to districts."""
    found = effect(dict(of.query), id_)
    event = found["event"]
    told = ask(of.say, event["log"], f"/events/{id_}")
    say = of.say
    kind, _, id_of = event["subject"].partition(":")
    lines = [] if told.body is None else list(_lines(say, told.body["event"]["data"]))
    commit = [] if told.body is None else list(_commit(say, told.body["commit"]))
    return {
        "id": id_,
        "what": what(of, event["type"]),
        "about_page": _PAGES[kind] + id_of if kind in _PAGES else None,
        "head": [
            (say.t("event-type"), short(event["type"])),
            (say.t("event-occurred"), say.day(event["occurred_on"])),
            (say.t("event-recorded"), say.moment(event["recorded_at"])),
            (say.t("event-by"), event["actor"]),
        ],
        "subject": event["subject"],
        "commit": commit,
        "others": [] if told.body is None else [one for one in told.body["commit"]["events"] if one != id_],
        "raw": [] if told.body is None else _raw(say, event["log"], told.body),
        "trouble": told.trouble,
        "lines": lines[:LINES],
        "more": say.t("event-more", count=say.number(len(lines) - LINES)) if len(lines) > LINES else "",
        **_effect(of, found),
    }


def _commit(say: Reader, commit: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield say.t("event-log"), say.t(f"service-{commit['log']}")
    yield say.t("event-position"), say.number(commit["position"])
    yield say.t("event-stream"), f"{commit['stream']}, {commit['version']}"
    yield say.t("event-hash"), commit["hash"]
    yield say.t("event-prev"), commit["prev"]
    yield say.t("event-request"), commit["correlation_id"] or say.t("no-value")
    yield say.t("event-command"), commit["command_id"]
    yield say.t("event-trace"), commit["traceparent"] or say.t("no-value")


def _raw(say: Reader, log: str, body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Addresses of the log's own service, which may be reached elsewhere than this one."""
    return [(say.t(f"event-{name}"), f"{log}: {body[name]}") for name in ("line", "proof")]


def _lines(say: Reader, value: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """(where in the data, what stands there), but for what was sealed with a person's key."""
    if isinstance(value, Mapping):
        if value.keys() == {"person", "box"}:
            yield at, say.t("event-not-sealed")
            return
        for name, inner in value.items():
            yield from _lines(say, inner, f"{at}.{name}" if at else name)
    elif isinstance(value, list):
        for index, inner in enumerate(value, 1):
            yield from _lines(say, inner, f"{at} {index}")
    else:
        yield at, say.t("no-value") if value is None else _plain(value)


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _effect(of: Records, found: Mapping[str, Any]) -> dict[str, Any]:
    say, day = of.say, of.say.day(of.shown.on)
    changed = [_target(of, one) for one in found["targets"] if one["changed"]]
    said = "event-effect-some" if changed else "event-effect-none"
    return {
        "effect": say.t(said, day=day, count=say.number(len(changed))),
        "targets": changed,
        "measures": [
            (one["code"], say.pick(one["name"]), _value(say, one["with"]), _value(say, one["without"]))
            for one in found["supporting"]
        ],
    }


def _target(of: Records, one: Mapping[str, Any]) -> dict[str, Any]:
    say, unit = of.say, "goe" if one["code"] == "K2b" else ""
    sides = [_side(say, one[name], unit) for name in ("with", "without")]
    both = [one[name]["decimal"] for name in ("with", "without")]
    known = None not in both
    return {
        "code": one["code"],
        "name": say.pick(one["name"]),
        "with": sides[0],
        "without": sides[1],
        "difference": say.points(Decimal(both[0]) - Decimal(both[1])) if known else say.t("no-value"),
    }


def _side(say: Reader, reading: Mapping[str, Any], unit: str) -> tuple[str, str]:
    """(value, what it is made of), or why there is none."""
    if reading["decimal"] is None:
        if reading["met"] is not None:
            return say.t("status-met" if reading["met"] else "status-missed"), ""
        why: Words | None = reading["reason"]
        return say.t("no-value"), say.pick(why) if why else ""
    counts = f"{say.amount(reading['numerator'], unit)} / {say.amount(reading['denominator'], unit)}"
    return say.percent(reading["decimal"]), counts


def _value(say: Reader, value: str | None) -> str:
    """A share as what it is made of."""
    if value is None:
        return say.t("no-value")
    parts = value.split("/")
    return " / ".join(say.number(part, 2 if "." in part else 0) for part in parts)
