"""Officers' certificates: whose counts, whose is about to run out, whose has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from services.kpi.pages.bars import bars
from services.kpi.pages.beside import Answer, Told
from services.kpi.pages.language import Reader

#: Days before its last day from which a certificate is about to run out (ours).
SOON = 90
#: Certificates that are asked for, the longest valid first.
MOST = 200

STATES = ("valid", "expiring", "expired")


def issued_certificates(begin: Callable[..., Answer], unit: str | None) -> Answer:
    """Of sessions held in `unit`, or anywhere."""
    asked = {"certificate": "issued", "limit": MOST, "sort": "-valid_until"}
    return begin("training", "/participations", unit_id=unit, **asked)


def certificates(say: Reader, told: Told, on: date, units: Mapping[str, str]) -> dict[str, Any]:
    """By officer the one that counts longest, of those issued by the day."""
    latest: dict[str, dict[str, Any]] = {}
    for one in told.items:
        if one["officer_id"] and date.fromisoformat(one["issued_on"]) <= on:
            latest.setdefault(one["officer_id"], one)
    found = sorted((date.fromisoformat(one["valid_until"]), id_) for id_, one in latest.items())
    by_state: dict[str, int] = dict.fromkeys(STATES, 0)
    rows = []
    for until, officer in found:
        state = _state(until, on)
        by_state[state] += 1
        one = latest[officer]
        rows.append(
            [
                {"text": say.t("officer-id", id=officer[-6:]), "more": units.get(one["unit_id"], "")},
                say.day(date.fromisoformat(one["issued_on"])),
                {"text": say.day(until), "mark": _mark(state, (until - on).days, say)},
                say.t(f"certificate-{state}", days=SOON),
                say.t(f"certificate-next-{state}"),
            ]
        )
    return {
        "told": told,
        "rows": rows,
        "more": told.next is not None,
        "most": MOST,
        "drawn": bars(
            (say.t(f"certificate-{state}", days=SOON), [("", float(count), say.number(count))], "")
            for state, count in by_state.items()
        ),
    }


def _state(until: date, on: date) -> str:
    left = (until - on).days
    return "expired" if left < 0 else "expiring" if left <= SOON else "valid"


def _mark(state: str, left: int, say: Reader) -> str:
    if state == "expired":
        return say.t("task-late", days=say.number(-left))
    return say.t("task-soon", days=say.number(left)) if state == "expiring" else ""
