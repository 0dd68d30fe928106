"""What of the assessments waits for somebody: since when, who acts next, and what they do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any, NamedTuple

import yaml

from services.kpi.pages.beside import Told, ask, named
from services.kpi.pages.frame import address
from services.kpi.pages.language import FOLDER, Reader

#: Of each kind the longest waiting that are asked for.
MOST = 10


class Waiting(NamedTuple):
    """`kind` says for what; `since` is the day from which."""

    kind: str
    facility: str
    what: str
    since: date
    who: str


#: (kind, list, filters, the field that says since when)
_ASSESSMENTS = (
    ("submitted", {"status": "submitted", "sort": "submitted_on"}, "submitted_on"),
    ("open", {"status": "open", "sort": "opened_on"}, "opened_on"),
    ("rejected", {"status": "rejected", "sort": "decided_on"}, "decided_on"),
)


class Queue(NamedTuple):
    """`rows` are cells of a table, the longest waiting first; `trouble` says what could not be asked."""

    rows: list[list[Any]]
    trouble: str


def queue(say: Reader, on: date, unit_id: str | None) -> Queue:
    """What is overdue on a day, as the audits service has it now."""
    found: list[Waiting] = []
    trouble = ""
    for kind, filters, field in _ASSESSMENTS:
        told = ask(say, "audits", "/assessments", limit=MOST, unit_id=unit_id, **filters)
        trouble = trouble or told.trouble
        found += [
            Waiting(
                kind, one["facility_id"], say.t(f"method-{one['method']}"), _day(one[field]), one["assessor"]
            )
            for one in told.items
        ]
    for kind, options, field in _options(say, on, unit_id):
        trouble = trouble or options.trouble
        found += [
            Waiting(kind, one["facility_id"], one["title"], _day(one[field]), "")
            for one in options.items
            if one[field] is not None
        ]
    late = [one for one in found if (on - one.since).days > limits()[one.kind]]
    late.sort(key=lambda one: (one.since, one.facility))
    names = named(say, sorted({one.facility for one in late}))
    return Queue([list(_row(one, names, on, say)) for one in late], trouble)


def _options(say: Reader, on: date, unit_id: str | None) -> Iterator[tuple[str, Told, str]]:
    """Implemented ones are sorted by their proposal: the list has no order by when they were put into use."""
    common = {"limit": MOST, "unit_id": unit_id, "on": on.isoformat()}
    yield "due", ask(say, "audits", "/options", due_on=on.isoformat(), sort="due_on", **common), "due_on"
    used = ask(say, "audits", "/options", status="implemented", sort="proposed_on", **common)
    yield "implemented", used, "implemented_on"


def _row(one: Waiting, names: dict[str, str], on: date, say: Reader) -> Iterator[Any]:
    yield {
        "text": names.get(one.facility, one.facility),
        "href": address(f"/facilities/{one.facility}", only=()),
    }
    yield {"text": say.t(f"waits-{one.kind}"), "more": one.what}
    yield {"text": say.day(one.since), "mark": say.t("waits-days", days=say.number((on - one.since).days))}
    yield {
        "text": say.t(f"waits-who-{one.kind}"),
        "more": one.who if one.kind in ("open", "rejected") else "",
    }
    yield say.t(f"waits-next-{one.kind}")


def _day(value: str) -> date:
    return date.fromisoformat(value)


@cache
def limits() -> dict[str, int]:
    found: dict[str, int] = yaml.safe_load((FOLDER / "waits.yaml").read_text(encoding="utf-8"))
    return found
