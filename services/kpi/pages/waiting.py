"""What of the assessments waits for somebody: since when, who acts next, and what they do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any, NamedTuple

import yaml

from services.kpi.pages.beside import Answer
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


def queue(begin: Callable[..., Answer], on: date, unit_id: str | None) -> list[tuple[str, Answer, str]]:
    """Asks for what waits, as the audits service has it now: (kind, answer, since when).

    Implemented options are sorted by their proposal: the list has no order by when they were put into use.
    """
    limits_ = {"limit": MOST, "unit_id": unit_id}
    day = {"on": on.isoformat(), **limits_}
    return [
        *(
            (kind, begin("audits", "/assessments", **filters, **limits_), field)
            for kind, filters, field in _ASSESSMENTS
        ),
        ("due", begin("audits", "/options", due_on=on.isoformat(), sort="due_on", **day), "due_on"),
        (
            "implemented",
            begin("audits", "/options", status="implemented", sort="proposed_on", **day),
            "implemented_on",
        ),
    ]


def overdue(say: Reader, asked: list[tuple[str, Answer, str]], on: date) -> tuple[list[Waiting], str]:
    """What has waited longer than it may, the longest first, and what could not be asked."""
    found, trouble = [], ""
    for kind, answer, field in asked:
        told = answer()
        trouble = trouble or told.trouble
        for one in told.items:
            if one[field] is not None:
                what = one["title"] if "title" in one else say.t(f"method-{one['method']}")
                found.append(
                    Waiting(kind, one["facility_id"], what, _day(one[field]), one.get("assessor", ""))
                )
    late = [one for one in found if (on - one.since).days > limits()[one.kind]]
    return sorted(late, key=lambda one: (one.since, one.facility)), trouble


def rows(say: Reader, late: list[Waiting], names: Mapping[str, str], on: date) -> list[list[Any]]:
    """Cells of a table. `names` are those of facilities."""
    return [list(_row(one, names, on, say)) for one in late]


def _row(one: Waiting, names: Mapping[str, str], on: date, say: Reader) -> Iterator[Any]:
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
