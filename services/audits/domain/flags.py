"""Doubts about a follow-up's figures. They follow from the figures, so they are derived and never recorded;
what is recorded is what a reviewer decides about them.

A flag that nobody has decided on, or that was decided to leave the figures out, leaves the facility out of
the indicators. Keeping figures that can not be computed does not make them so.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from services.audits.domain.catalogue import Flag
from services.audits.domain.comparison import CannotCompute
from services.audits.domain.measurement import Flow, Measurement
from services.audits.domain.rules import rules
from services.audits.domain.saving import GROUPS, amount, same_months, same_units, saving_of
from services.audits.domain.state import Assessment, FollowUp
from services.audits.domain.units import NotConvertible, conversion

FLAGS: tuple[Flag, ...] = ("outlier", "periods-differ", "unit-unconvertible", "zero-output", "same-figure")

#: What figures are compared in, so that 1 MWh is the same as 1000 kWh.
_PLAIN = ("kWh", "kg", "m3")


def flags_of(state: Assessment, follow_up_id: str) -> list[Flag]:
    """Those raised by the figures as they stand, decided or not; none for a refused report."""
    report = state.follow_ups[follow_up_id]
    if report.status == "refused" or state.baseline is None:
        return []
    before, later = state.baseline, report.measurement
    raised: dict[Flag, bool] = {
        "outlier": outlier(before, later),
        "periods-differ": _fails(same_months, before, later),
        "unit-unconvertible": _unconvertible(before, later),
        "zero-output": zero_output(before, later),
        "same-figure": not figures(_preceding(state, report)).isdisjoint(figures(later)),
    }
    return [flag for flag in FLAGS if raised[flag]]


def undecided(state: Assessment, follow_up_id: str) -> list[Flag]:
    decisions = state.follow_ups[follow_up_id].decisions
    return [flag for flag in flags_of(state, follow_up_id) if flag not in decisions]


def left_out(state: Assessment, follow_up_id: str) -> bool:
    """Whether a flag keeps the figures out of the indicators."""
    decisions = state.follow_ups[follow_up_id].decisions
    return any(
        flag not in decisions or decisions[flag].decision == "leave-out"
        for flag in flags_of(state, follow_up_id)
    )


def outlier(baseline: Measurement, later: Measurement) -> bool:
    """Whether a group of resources differs from what is expected by more than the limit."""
    saving, limit = saving_of(baseline, later), rules().outlier
    pairs = [saving.pairs[group] for group in GROUPS if group in saving.pairs]
    return any(pair.expected > 0 and abs(pair.saved) > pair.expected * limit for pair in pairs)


def zero_output(baseline: Measurement, later: Measurement) -> bool:
    """A product of the baseline was not produced then, or none of them later: nothing to compare with."""
    known = {product.code for product in baseline.products}
    return any(product.output == 0 for product in baseline.products) or not any(
        product.output > 0 for product in later.products if product.code in known
    )


def figures(measurement: Measurement) -> set[tuple[str, str, str, Fraction]]:
    """The energy flows above zero: carrier, product, unit and quantity."""
    return {
        (flow.resource, flow.product or "", *_plain(flow))
        for flow in measurement.flows
        if flow.resource not in ("water", "material") and flow.quantity > 0
    }


def _plain(flow: Flow) -> tuple[str, Fraction]:
    for unit in _PLAIN:
        try:
            return unit, Fraction(flow.quantity) * conversion(flow.unit, unit)
        except NotConvertible:
            continue
    return flow.unit, Fraction(flow.quantity)


def _preceding(state: Assessment, report: FollowUp) -> Measurement:
    """The accepted report that ends last before it, else the baseline."""
    end = report.measurement.period.end
    earlier = [
        other.measurement
        for other in state.follow_ups.values()
        if other.status == "accepted" and other.measurement.period.end < end
    ]
    if earlier:
        return max(earlier, key=lambda measurement: measurement.period.end)
    if state.baseline is None:
        raise ValueError("a follow-up is reported of an assessment with a baseline")
    return state.baseline


def _unconvertible(baseline: Measurement, later: Measurement) -> bool:
    flows = (*baseline.flows, *later.flows)
    return _fails(same_units, baseline, later) or any(
        _fails(amount, flow, later.period.end) for flow in flows
    )


def _fails(check: Callable[..., object], *arguments: object) -> bool:
    try:
        check(*arguments)
    except CannotCompute:
        return True
    return False
