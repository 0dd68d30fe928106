"""An assessment from its events, the plain way; shares no code with the service it checks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Any

Event = dict[str, Any]
Measured = dict[str, Any]

#: What figures are told in, so that one MWh is 1000 kWh.
FINER = {"MWh": ("kWh", 1000), "t": ("kg", 1000), "kl": ("l", 1000), "1000m3": ("m3", 1000)}


def as_known(events: Iterable[Event], on: date) -> list[Event]:
    """What has happened by a day, in the order in which it holds: by day, on one day by recording."""
    return sorted((e for e in events if e["on"] <= on), key=lambda e: (e["on"], e["order"]))


class Report:
    """A follow-up as it was last reported; a correction is to be judged again, and its flags too."""

    def __init__(self, event: Event) -> None:
        self.order, self.measurement = event["order"], event["data"]["measurement"]
        self.end = date.fromisoformat(self.measurement["period"]["end"])
        self.accepted = False
        self.decisions: dict[str, str] = {}


class Assessed:
    """What all events of an assessment leave, whatever day they tell of."""

    def __init__(self, events: list[Event]) -> None:
        self.baseline: Measured = {}
        self.reports: dict[str, Report] = {}
        for event in sorted(events, key=lambda e: e["order"]):
            what, data = event["type"], event["data"]
            report = self.reports.get(data.get("follow_up_id", ""))
            if what in ("assessment.baseline-recorded", "assessment.baseline-corrected"):
                self.baseline = data["measurement"]
                for other in self.reports.values() if what.endswith("corrected") else ():
                    other.decisions = {}
            elif what in ("follow-up.reported", "follow-up.corrected"):
                self.reports[data["follow_up_id"]] = Report(event)
            elif report is not None and what in ("follow-up.accepted", "follow-up.refused"):
                report.accepted = what == "follow-up.accepted"
            elif report is not None and what.endswith("-reviewed"):
                report.decisions[data.get("flag", "outlier")] = data["decision"]

    def accepted(self) -> list[Report]:
        return [report for report in self.reports.values() if report.accepted]

    def before(self, report: Report) -> Measured:
        """The accepted measurement that ends last before a report, else the baseline."""
        earlier = [other for other in self.accepted() if other.end < report.end]
        return max(earlier, key=lambda o: (o.end, o.order)).measurement if earlier else self.baseline


def figures(measured: Measured) -> set[tuple[str, str, str, Fraction]]:
    """The energy that was used, meter by meter."""
    found = set()
    for flow in measured["flows"]:
        quantity = Fraction(flow["quantity"])
        if flow["resource"] not in ("water", "material") and quantity > 0:
            unit, times = FINER.get(flow["unit"], (flow["unit"], 1))
            found.add((flow["resource"], flow.get("product") or "", unit, quantity * times))
    return found


def adopts(events: list[Event], on: date) -> bool:
    """Approved, with an option implemented, verified and not given up since."""
    approved, options = False, defaultdict[str, set[str]](set)
    for event in as_known(events, on):
        what, option = event["type"], event["data"].get("option_id", "")
        if what in ("assessment.approved", "assessment.rejected"):
            approved = what == "assessment.approved"
        elif what in ("option.implemented", "option.verified"):
            options[option].add(what)
        elif what in ("option.discontinued", "option.refused"):
            options[option].discard("option.verified")
    return approved and any(len(reached) == 2 for reached in options.values())
