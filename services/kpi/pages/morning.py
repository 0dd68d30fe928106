"""The first thing read in the morning: where the plan stands, what holds it back, what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.kpi.api.shown import EVERYTHING, Shown
from services.kpi.domain.measures import FacilityMeasure as M
from services.kpi.domain.measures import FundingMeasure, TaskMeasure
from services.kpi.domain.measures import OptionMeasure as O
from services.kpi.pages.frame import address
from services.kpi.pages.holding import gaps, next_steps
from services.kpi.pages.language import Reader
from services.kpi.views.cube import where

#: The three of the plan.
TARGETS = ("K1", "K2", "K3")
GOOD = ("met", "on-track")


def context(
    shown: Shown, known: Mapping[str, dict[str, Any]], supporting: Sequence[dict[str, Any]], say: Reader
) -> dict[str, Any]:
    return {
        "headline": headline(shown, known, say),
        "brakes": list(_brakes(shown, known, say)),
        "steps": list(_steps(shown, known, say)),
    }


def headline(shown: Shown, known: Mapping[str, dict[str, Any]], say: Reader) -> str:
    """Where the plan stands, and how long it still has."""
    judged = [code for code in TARGETS if known[code]["status"] not in ("no-target", "unknown")]
    good = [code for code in judged if known[code]["status"] in GOOD]
    bad = [code for code in judged if code not in good]
    left = (shown.plan.due - shown.on).days
    when = (
        say.t("head-left", days=say.number(left))
        if left > 0
        else say.t("head-over", day=say.day(shown.plan.due))
    )
    if not judged:
        return say.t("head-unknown", when=when)
    kind = "head-all" if not bad else "head-some" if good else "head-none"
    if left <= 0:
        kind += "-over"
    numbers = {"good": say.number(len(good)), "count": say.number(len(judged))}
    return say.t(kind, when=when, bad=", ".join(bad), **numbers)


def _brakes(shown: Shown, known: Mapping[str, dict[str, Any]], say: Reader) -> Iterator[str]:
    """Of each target that is not reached, where the most is lacking."""
    for code in ("K1", "K2a"):
        found = next((gap for gap in gaps(shown, code, say) if gap.choice == "unit_id"), None)
        if known[code]["met"] is False and found is not None:
            yield say.t(
                f"brake-{code}", name=found.name, lacking=say.number(found.lacking), value=found.value
            )
    lacking = [
        say.pick(shown.territory.name(unit, shown.on.toordinal()))
        for unit, found in shown.staffing.items()
        if found.exists and not found.qualified
    ]
    if lacking:
        yield say.t("brake-K3", names=", ".join(lacking))


def _steps(shown: Shown, known: Mapping[str, dict[str, Any]], say: Reader) -> Iterator[tuple[str, str]]:
    """(what to do, where), in the order of what they bring."""
    for code in ("K1", "K2a"):
        if known[code]["met"] is False:
            yield from list(next_steps(shown, code, say))[:1]
    if known["K3"]["met"] is False:
        yield say.t("step-officers"), address("/targets/K3")
    if flagged := shown.sums.facilities[M.FLAGGED]:
        yield (
            say.t("step-flags", count=say.number(flagged)),
            address("/quality"),
        )
    yield from _of_options(shown, say)
    if shown.selection == EVERYTHING:
        yield from _of_plan(shown, say)


def _of_options(shown: Shown, say: Reader) -> Iterator[tuple[str, str]]:
    limits = {"unit": shown.units, **_chosen(shown)}
    sums = shown.cube.at("options", shown.on, where(**limits))
    if due := sums[O.DUE]:
        yield say.t("step-due", count=say.number(due)), address("/assessments") + "#overdue"
    if unseen := sums[O.IN_USE] - sums[O.VERIFIED]:
        yield say.t("step-verify", count=say.number(unseen)), address("/assessments") + "#overdue"


def _chosen(shown: Shown) -> dict[str, str]:
    names = ("section", "kind", "size")
    return {name: value for name in names if (value := getattr(shown.selection, name)) is not None}


def _of_plan(shown: Shown, say: Reader) -> Iterator[tuple[str, str]]:
    tasks = shown.cube.at("task", shown.on, where(plan=shown.plan.id))
    if late := tasks[TaskMeasure.LATE]:
        yield say.t("step-tasks", count=say.number(late)), address("/tasks")
    money = shown.cube.at("funding", shown.on, where(plan=shown.plan.id))
    waiting = money[FundingMeasure.PLANNED] - money[FundingMeasure.COMMITTED]
    if waiting > 0:
        yield say.t("step-money", amount=say.money(waiting)), address("/funding")
