"""The same figure two years running: a meter that was not read, or a report that was copied."""

from __future__ import annotations

from decimal import Decimal

from services.kpi.domain.facts import Assessment, FollowUp
from services.kpi.domain.saving import Measurement

FLAG = "same-figure"

_FINER = {
    "MWh": ("kWh", Decimal(1000)),
    "t": ("kg", Decimal(1000)),
    "kl": ("l", Decimal(1000)),
    "1000m3": ("m3", Decimal(1000)),
}


def figures(measurement: Measurement) -> list[str]:
    """The energy flows above zero as text: carrier, product, unit and quantity. One MWh is 1000 kWh."""
    found = []
    for flow in measurement.flows:
        if flow.resource in ("water", "material") or flow.quantity <= 0:
            continue
        unit, scale = _FINER.get(flow.unit, (flow.unit, Decimal(1)))
        quantity = (flow.quantity * scale).normalize()
        found.append(f"{flow.resource}|{flow.product or ''}|{unit}|{quantity}")
    return found


def same_figure(assessment: Assessment, follow_up: FollowUp) -> bool:
    """Whether an energy flow equals that of the period before: of the accepted report that ends last before
    it, else of the baseline."""
    before: FollowUp | None = None
    for other in assessment.follow_ups.values():
        accepted = other.event and other.verdict is not None and other.verdict.value == "accepted"
        if not accepted or other.end >= follow_up.end:
            continue
        if before is None or (other.end, other.seq) > (before.end, before.seq):
            before = other
    if before is not None:
        known = before.figures
    else:
        known = assessment.baseline.figures if assessment.baseline is not None else []
    return not set(known).isdisjoint(follow_up.figures)
