"""What holds a target back most: the district, industry or size in which the most is lacking."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any, NamedTuple

from services.kpi.api.shown import Shown
from services.kpi.pages.findings import SAVING
from services.kpi.pages.frame import address
from services.kpi.pages.language import Reader

#: The divisions looked at: by what the rows are chosen, and which choice of the reader makes one useless.
_BY = (("by_district", "unit_id"), ("by_industry", "section"), ("by_size", "size"))


class Gap(NamedTuple):
    """`lacking` facilities (of a saving: goe) bring `name` to the target; `chosen` is what chooses it."""

    name: str
    lacking: int
    value: str
    choice: str
    chosen: str


def lacking_of(row: dict[str, Any], wanted: Fraction) -> int:
    """What a row lacks to reach the target itself; 0 when it has reached it, or nothing is known of it."""
    if row["numerator"] is None or not row["denominator"]:
        return 0
    numerator, denominator = int(row["numerator"]), int(row["denominator"])
    return max(ceil(wanted * denominator) - numerator, 0)


def gaps(shown: Shown, code: str, say: Reader) -> Iterator[Gap]:
    """Of each division the row that lacks most, if any lacks anything."""
    milestone = shown.plan.milestone(code, shown.on)
    if milestone is None or code == "K3":
        return
    wanted = Fraction(milestone.value)
    for division, choice in _BY:
        if getattr(shown.selection, choice) is not None:
            continue
        rows = [
            (lacking_of(row, wanted), row) for row in shown.by(division, code) if row[choice] != "unknown"
        ]
        lacking, row = max(rows, key=lambda pair: pair[0], default=(0, {}))
        if lacking and len(rows) > 1:
            yield Gap(say.pick(row["name"]), lacking, say.percent(row["decimal"]), choice, row[choice])


def held_back(shown: Shown, code: str, say: Reader) -> str:
    """In one sentence; empty when nothing is lacking."""
    found = list(gaps(shown, code, say))
    if not found:
        return ""
    kind = "saving" if code == SAVING else "facilities"
    parts = [
        say.t(
            f"held-{kind}",
            name=say.t(f"held-{gap.choice}", name=gap.name),
            lacking=_amount(gap, code, say),
            value=gap.value,
        )
        for gap in found
    ]
    return say.t("held", parts="; ".join(parts))


def next_steps(shown: Shown, code: str, say: Reader) -> Iterator[tuple[str, str]]:
    """(what to do, where): the list of those that lack, in the district in which the most do."""
    if code == SAVING:
        return
    for gap in gaps(shown, code, say):
        if gap.choice == "unit_id":
            where = address(f"/targets/{code}/facilities", counted="false", unit_id=gap.chosen)
            yield say.t(f"next-list-{code}", name=gap.name), where
    if code != "K3" and shown.plan.target(code) is not None:
        yield say.t("next-list-all"), address(f"/targets/{code}/facilities", counted="false")


def _amount(gap: Gap, code: str, say: Reader) -> str:
    if code != SAVING:
        return say.number(gap.lacking)
    return f"{say.number(Decimal(gap.lacking) / 1_000_000, 1)} TOE"
