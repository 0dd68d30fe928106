"""The indicators again, worked out the plain way from the raw event feeds.

It shares no code with the service it checks and takes no short cuts: every day asked for is computed from
all events.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Any

from tests.e2e.fold_audits import Assessed, Event, adopts, as_known, figures
from tests.e2e.fold_saving import NotComputable, beyond, energy, months_later, others

#: Indicator -> (numerator, denominator).
Found = dict[str, tuple[int, int]]
#: What facilities are chosen by: any of district, kind, size, section.
Choice = dict[str, str]

DISTRICTS = frozenset(
    {"ninh-binh", "tam-diep", "nho-quan", "gia-vien", "hoa-lu", "yen-khanh", "kim-son", "yen-mo"}
    | {"thanh-pho-hoa-lu"}
)


def events_of(feed: bytes) -> Iterator[Event]:
    """Of a feed's lines, in the order of the log; `order` orders those of one log."""
    for line in feed.splitlines():
        commit = json.loads(line)
        for index, event in enumerate(commit["events"]):
            yield {
                **event,
                "order": (commit["position"], index),
                "on": date.fromisoformat(event["occurred_on"]),
            }


class World:
    """All events by subject; `targets` answers for a day, for the province or for one district."""

    def __init__(self, registry: bytes, audits: bytes, training: bytes) -> None:
        self.logs = {
            name: self._by_subject(feed)
            for name, feed in (("registry", registry), ("audits", audits), ("training", training))
        }
        self.merged = self._merge()
        self.territory = self._territory()

    def _by_subject(self, feed: bytes) -> dict[str, list[Event]]:
        found: dict[str, list[Event]] = defaultdict(list)
        for event in events_of(feed):
            found[event["subject"]].append(event)
        return found

    def _merge(self) -> set[str]:
        """Subjects of merged duplicates; what is told of one is told of its survivor, on all days."""
        survivors: dict[str, str] = {}
        told = [event for events in self.logs["registry"].values() for event in events]
        for event in sorted(told, key=lambda e: e["order"]):
            if event["type"] == "facility.merged":
                survivors[event["subject"]] = f"facility:{event['data']['survivor_id']}"
            elif event["type"] == "facility.unmerged":
                del survivors[event["subject"]]
        for duplicate, survivor in survivors.items():
            for name in ("audits", "training"):
                self.logs[name][survivor] += self.logs[name].pop(duplicate, [])
        return set(survivors)

    def _territory(self) -> set[str]:
        """The districts of the plan with all that succeeded them and all that is within them."""
        found = set(DISTRICTS)
        while True:
            more = set()
            for subject, events in self.logs["registry"].items():
                category, _, id_ = subject.partition(":")
                for event in events if category == "unit" else ():
                    if id_ in found:
                        more.update(event["data"].get("successors", ()))
                    elif event["data"].get("parent_id") in found:
                        more.add(id_)
            if more <= found:
                return found
            found |= more

    def targets(self, on: date, **chosen: str) -> Found:
        """`chosen` may name a district, kind, size and section; K3 knows districts only."""
        active = aware = adopters = measured = high = saved = expected = 0
        for subject in self.logs["registry"]:
            if not subject.startswith("facility:") or subject in self.merged:
                continue
            if not self._belongs(subject, on, chosen):
                continue
            active += 1
            aware += self._aware(subject, on)
            adopts, saving = self._adoption(subject, on)
            adopters += adopts
            if saving is None:
                continue
            measured += 1
            high += saving[0] - saving[1] >= Fraction(8, 100) * saving[0]
            expected += round(saving[0])
            saved += round(saving[0]) - round(saving[1])
        return {
            "K1": (aware, active),
            "K2a": (adopters, active),
            "K2b": (saved, expected),
            "K2c": (high, active),
            "K2d": (measured, adopters),
            "K3": self._staffed(on, chosen.get("district")),
        }

    def _belongs(self, subject: str, on: date, chosen: Choice) -> bool:
        now: dict[str, Any] = {}
        since = date.min
        for event in as_known(self.logs["registry"][subject], on):
            data, what = event["data"], event["type"]
            now |= {name: data[name] for name in ("unit_id", "kind", "industry") if data.get(name)}
            if data.get("employees") is not None:
                now["employees"] = data["employees"]
            if what in ("facility.registered", "facility.reopened"):
                now["status"] = "operating"
            elif what == "facility.closed":
                now["status"] = "closed"
            elif what == "facility.suspended":
                since = since if now["status"] == "suspended" else event["on"]
                now["status"] = "suspended"
        if not now or now["status"] == "closed" or now["unit_id"] not in self.territory:
            return False
        if now["status"] == "suspended" and on >= months_later(since, 12):
            return False
        division = int(now["industry"]["code"][:2])
        if not (5 <= division <= 33 or division == 35):
            return False
        itself = {
            "district": now["unit_id"],
            "kind": now["kind"],
            "size": size_of(now.get("employees")),
            "section": "B" if division < 10 else "D" if division == 35 else "C",
        }
        return all(itself[name] == value for name, value in chosen.items())

    def _aware(self, subject: str, on: date) -> bool:
        evidence: dict[tuple[str, date], tuple[Any, bool | None]] = {}
        for event in as_known(self.logs["training"].get(subject, ()), on):
            data = event["data"]
            if event["type"] == "participation.tested":
                said = True if data["passed"] else None
                evidence[data["participation_id"], event["on"]] = ((event["on"], event["order"]), said)
            elif event["type"] == "survey.answered" and data["mode"] == "census":
                said = bool(data["benefits"])
                evidence[data["survey_id"], event["on"]] = ((event["on"], event["order"]), said)
        told = [entry for entry in evidence.values() if entry[1] is not None]
        return bool(told) and bool(max(told)[1])

    def _adoption(self, subject: str, on: date) -> tuple[bool, tuple[Fraction, Fraction] | None]:
        """Whether it adopts, and (expected, actual) energy in grams of oil when that counts."""
        by_assessment: dict[str, list[Event]] = defaultdict(list)
        for event in self.logs["audits"].get(subject, ()):
            by_assessment[event["data"]["assessment_id"]].append(event)
        adopting = [Assessed(events) for events in by_assessment.values() if adopts(events, on)]
        latest = max(
            (
                (report.end, report.order, one, report)
                for one in adopting
                for report in one.accepted()
                if report.end <= on
            ),
            key=lambda found: found[:2],
            default=None,
        )
        if latest is None:
            return bool(adopting), None
        _, _, one, report = latest
        if not one.baseline or "leave-out" in report.decisions.values():
            return True, None
        try:
            saving = energy(one.baseline, report.measurement)
            outlier = any(beyond(pair) for pair in (saving, *others(one.baseline, report.measurement)))
        except NotComputable:
            return True, None
        raised = {"outlier"} if outlier else set()
        if figures(one.before(report)) & figures(report.measurement):
            raised.add("same-figure")
        return True, None if raised - report.decisions.keys() else saving

    def _staffed(self, on: date, district: str | None) -> tuple[int, int]:
        exist, staffed = set(), set()
        for subject, events in self.logs["registry"].items():
            category, _, id_ = subject.partition(":")
            known = as_known(events, on)
            if category == "unit" and id_ in self.territory and district in (None, id_) and known:
                district_level = any(e["data"].get("level") == "district" for e in events)
                last = [e for e in known if e["type"] in ("unit.registered", "unit.closed")][-1]
                if district_level and last["type"] == "unit.registered":
                    exist.add(id_)
            if category == "officer" and self._certified(subject, on):
                held: dict[str, bool] = {}
                for event in known:
                    if event["type"] == "officer.appointed":
                        held[event["data"]["unit_id"]] = event["data"]["dedicated"]
                    elif event["type"] == "officer.relieved":
                        held[event["data"]["unit_id"]] = False
                staffed |= {unit for unit, dedicated in held.items() if dedicated}
        return len(exist & staffed), len(exist)

    def _certified(self, subject: str, on: date) -> bool:
        standing: dict[str, tuple[date, date]] = {}
        for event in as_known(self.logs["training"].get(subject, ()), on):
            if event["type"] == "certificate.issued":
                until = event["data"].get("valid_until") or "9999-12-31"
                standing[event["data"]["participation_id"]] = event["on"], date.fromisoformat(until)
            elif event["type"] == "certificate.revoked":
                standing.pop(event["data"]["participation_id"], None)
        return any(on <= min(months_later(issued, 36), until) for issued, until in standing.values())


def size_of(employees: int | None) -> str:
    if employees is None:
        return "unknown"
    bands = {"micro": 10, "small": 100, "medium": 200}
    return next((name for name, most in bands.items() if employees <= most), "large")
